import BPF
import BPFVerifier
import LinuxKernel

/// A small program that makes one call with arguments of given kinds, and what the kernel's verifier says to the call.
struct CallTrial {
  /// The verifier's word about the call alone, whatever it says of the rest of the program.
  enum Outcome: Equatable, CustomStringConvertible {
    case accepted
    case refused(String)
    /// It did not come to the call, or not past it for another reason: the trial is wrong.
    case broken(String)

    var isAccepted: Bool { self == .accepted }
    var isRefused: Bool { if case .refused = self { true } else { false } }
    var isBroken: Bool { if case .broken = self { true } else { false } }
    var description: String {
      switch self {
      case .accepted: "accepted"
      case .refused(let reason): "refused: \(reason)"
      case .broken(let log): "not a trial: \(log)"
      }
    }
  }

  var prototype: CallPrototype
  var samples: [ArgumentSample]
  var license = "GPL"
  /// Where `ArgumentSample.map` points, in `TrialMaps`.
  var map: Int
  /// Whether a byte of the packet is read after the call, through a pointer that was made before it.
  var readsPacketAfter = false
  /// The BTF number of the kernel function; 0 for a helper.
  var function = 0

  /// Text that stands directly before the arguments, such as the taking of a lock.
  var before = ""

  /// A call with an argument of the right kind everywhere.
  init(_ prototype: CallPrototype, on type: MapType? = nil, _ maps: TrialMaps) {
    self.prototype = prototype
    let first = prototype.mapTypes?.min { $0.rawValue < $1.rawValue }
    let type = type ?? first ?? .hash
    map = maps.index(of: type) ?? 0
    function = prototype.id == 0 ? KernelTypeNumbers.of(prototype.name) : 0
    before = Self.opening(of: prototype, maps)
    if prototype.parameters.contains(.field(.timer)) { map = maps.index(.fields) }
    if prototype.parameters.contains(.field(.workQueue)) { map = maps.index(.moreFields) }
    samples = prototype.parameters.map { ArgumentSample.right(for: $0) }
    if type == .sockmap || type == .sockhash,
      let place = prototype.parameters.firstIndex(of: .mapValue)
    {
      samples[place] = .socket
    }
  }

  /// Asks the kernel.
  func outcome(_ maps: TrialMaps) throws -> Outcome {
    let (program, slot) = try program(maps)
    do throws(KernelError) {
      _ = try KernelEngine.load(program, maps: maps.maps)
      return .accepted
    } catch {
      guard let last = Self.lastSlot(in: error.log) else { return .broken(error.description) }
      if last > slot, !readsPacketAfter || last != slot + 1 { return .accepted }
      return last >= slot ? .refused(error.reason) : .broken(error.description)
    }
  }

  /// What the verifier's log says of `r0` after the call; empty where it says nothing.
  func result(_ maps: TrialMaps) throws -> String {
    let (program, slot) = try program(maps)
    var log = ""
    do throws(KernelError) {
      log = try KernelEngine.load(program, maps: maps.maps, logLevel: .full).log
    } catch {
      log = error.log
    }
    // Lines about what had to be precise may stand between the call and the state after it.
    let lines = log.split(whereSeparator: \.isNewline).drop { !$0.hasPrefix("\(slot): (") }
      .prefix { !$0.hasPrefix("\(slot + 1): (") }
    guard let line = lines.first(where: { $0.contains("R0=") }),
      let start = line.firstRange(of: "R0=")?.upperBound
    else { return "" }
    return String(line[start...].prefix { $0 != ")" } + ")")
  }

  /// The program and the slot of its call.
  private func program(_ maps: TrialMaps) throws -> (Program, slot: Int) {
    let code = try Assembler.assemble(text(maps))
    let target: CallTarget =
      function == 0
      ? .helper(prototype.id) : .kernelFunction(btfID: Int32(function), module: 0)
    let call = code.lastIndex(of: .call(target))!
    var program = Program("trial", code, license: license)
    if samples.contains(.callback) {
      // The callback is the last two instructions, and the kernel wants to know that it is static.
      program.btf = TrialMaps.btf
      program.functions = [
        Function(name: "trial", slot: 0, isGlobal: true, type: TrialMaps.entryType),
        Function(
          name: "callback",
          slot: program.slotCount - 2,
          isGlobal: false,
          type: TrialMaps.callbackType
        ),
      ]
    }
    program.maps = maps.maps.map(\.definition)
    return (program, code[..<call].reduce(0) { $0 + $1.slotCount })
  }

  /// The slot of the instruction that the verifier looked at last.
  private static func lastSlot(in log: String) -> Int? {
    for line in log.split(whereSeparator: \.isNewline).reversed() {
      guard let colon = line.firstIndex(of: ":"), line[colon...].hasPrefix(": (") else { continue }
      return Int(line[..<colon])
    }
    return nil
  }

  /// What must have been begun for a call that goes on with it or ends it.
  private static func opening(of prototype: CallPrototype, _ maps: TrialMaps) -> String {
    let take = "r1 = map[idx:\(maps.index(.moreFields))][0]+16\n"
    switch prototype.name {
    case "bpf_spin_unlock": return "r1 = map[idx:\(maps.index(.fields))][0]+24\ncall 93"
    case "bpf_rcu_read_unlock": return ArgumentSample.call("bpf_rcu_read_lock")
    case "bpf_preempt_enable": return ArgumentSample.call("bpf_preempt_disable")
    case "bpf_res_spin_unlock":
      return take + ArgumentSample.call("bpf_res_spin_lock") + "\nif r0 != 0 goto out"
    case "bpf_res_spin_unlock_irqrestore":
      return take + "r2 = r10\nr2 += -280\n" + ArgumentSample.call("bpf_res_spin_lock_irqsave")
        + "\nif r0 != 0 goto out"
    default: break
    }
    guard let iterator = prototype.iterator, prototype.parameters.first != .iterator(.makes) else {
      return ""
    }
    let numbers = ["num": "r2 = 0\nr3 = 9\n", "bits": "r2 = r10\nr2 += -64\nr3 = 1\n"]
    guard let rest = numbers[iterator.name] else { return "" }
    return "r1 = r10\nr1 += -304\n" + rest + ArgumentSample.call("bpf_iter_\(iterator.name)_new")
  }

  func text(_ maps: TrialMaps) -> String {
    var lines = ["r6 = r1", "call 5"]
    // 64 bytes of zeros at r10-64; r1 to r5 hold nothing now.
    lines += ["r0 = 0"] + stride(from: -64, to: 0, by: 8).map { "*(u64 *)(r10 \($0)) = r0" }
    for sample in Set(samples).sorted(by: { $0.rawValue < $1.rawValue }) {
      lines.append(sample.preparation(maps))
    }
    if readsPacketAfter { lines.append(ArgumentSample.packet.preparation(maps)) }
    // Whatever the preparations left in them, no register is an argument by chance.
    lines.append("call 5")
    lines.append(before)
    for (index, sample) in samples.enumerated() {
      lines.append(
        sample.assignment(
          to: "r\(index + 1)",
          map: map,
          other: maps.index(of: .stackTrace)!,
          maps
        )
      )
    }
    lines.append(function == 0 ? "call \(prototype.id)" : "call kernel-function#\(function)")
    if readsPacketAfter { lines.append("r0 = *(u8 *)(r8 +0)") }
    lines += ["out: r0 = 2", "exit"]
    if samples.contains(.callback) { lines += ["callback: r0 = 0", "exit"] }
    return lines.joined(separator: "\n")
  }
}

extension ArgumentSample {
  /// A value that a parameter takes.
  static func right(for parameter: CallPrototype.Parameter) -> ArgumentSample {
    switch parameter {
    case .constant: .kernelTypeNumber
    case .anything, .scalar, .size, .sizeOrZero, .constantSize, .allocationSize: .eight
    case .context, .contextOrNull: .context
    case .map: .map
    case .mapKey, .mapValue, .mapValueOrNull, .memoryOrNull, .fixedMemory, .fixedMemoryOrNull, .stackOrNull,
      .anyString:
      .stack
    case .mapValueOut: .freshStack
    case .memory(let use): use == .write ? .freshStack : .stack
    case .mapValueMemory: .value
    case .ringRecord: .record
    case .constantString: .readOnlyValue
    case .callback: .callback
    case .field(let kind): right(for: kind)
    case .socketCommon, .anySocket, .socket: .socket
    case .object(let type): right(for: type)
    case .iterator(let use): use == .makes ? .freshStack : .iterator
    case .interruptFlags(let saves): saves ? .freshStack : .savedFlags
    case .ignored, .anyAddress, .dynptrOrNull: .zero
    case .objectOrNull, .fieldObjectOrNull: .zero
    case .dynptr(let use): right(for: use)
    case .allocatedObject, .allocatedPerCPUObject, .countedObject, .perCPUVariable:
      .nothing
    }
  }

  private static func right(for field: CallPrototype.FieldKind) -> ArgumentSample {
    switch field {
    case .spinLock: .lock
    case .timer: .timer
    case .kernelPointer: .pointerField
    case .resilientSpinLock: .resilientLock
    case .workQueue: .workQueue
    default: .nothing
    }
  }

  static func right(for type: String) -> ArgumentSample {
    let samples: [String: ArgumentSample] = [
      "task_struct": .task, "cgroup": .cgroup, "nf_conn": .connection, "nf_conn___init": .freshConnection,
      "xfrm_state": .securityState, "bpf_key": .key,
    ]
    return samples[type] ?? .nothing
  }

  private static func right(for use: CallPrototype.DynptrUse) -> ArgumentSample {
    switch use {
    case .makes: .freshStack
    case .releasesRingBuffer: .ringDynptr
    case .clones, .reads, .changes: .dynptr
    }
  }
}
