import BPF
import BPFVerifier
import LinuxKernel
import TestSupport
import Testing
import XDP

/// Every helper's prototype is the kernel's: each argument kind is passed for each parameter, to see what is taken.
@Suite(KernelAccess.required) struct `Helper prototypes beside the kernel` {
  static let prototypes = VerifierEnvironment.xdp(processorCount: (try? PossibleCPUs.count()) ?? 1).helpers
    .values
    .sorted { $0.id < $1.id }
  /// Those that XDP programs may call, and that this kernel can be asked about: it tells no variable's address.
  static let callable = prototypes.filter {
    !$0.traits.contains(.sleeps) && !$0.parameters.contains(.perCPUVariable)
  }
  let maps: TrialMaps

  init() throws { maps = try TrialMaps.shared.get() }

  @Test(arguments: prototypes.filter { !$0.parameters.contains(.perCPUVariable) })
  func `take the right arguments and need each of them`(prototype: CallPrototype) throws {
    let right = CallTrial(prototype, maps)
    let outcome = try right.outcome(maps)
    #expect(outcome.isAccepted != prototype.traits.contains(.sleeps), "\(prototype.name): \(outcome)")
    for place in prototype.parameters.indices {
      var missing = right
      missing.samples[place] = .nothing
      let outcome = try missing.outcome(maps)
      #expect(outcome.isRefused, "\(prototype.name): without argument \(place + 1) it is \(outcome)")
    }
  }

  @Test(arguments: callable)
  func `take and refuse what Linux does, whatever is passed`(prototype: CallPrototype) throws {
    for (place, parameter) in prototype.parameters.enumerated() {
      for sample in ArgumentSample.allCases where sample != .nothing {
        var trial = CallTrial(prototype, maps)
        trial.samples[place] = sample
        guard let isRight = sample.fits(parameter, of: prototype) else { continue }
        if sample == .zero, parameter.isMemoryOrNull { trial.samples[place + 1] = .zero }
        let outcome = try trial.outcome(maps)
        #expect(!outcome.isBroken, "\(prototype.name): \(outcome)")
        #expect(
          outcome.isAccepted == isRight,
          "\(prototype.name): argument \(place + 1), \(parameter), given \(sample): \(outcome)"
        )
      }
    }
  }

  @Test(arguments: callable)
  func `take the kinds of maps that Linux does`(prototype: CallPrototype) throws {
    guard prototype.parameters.contains(.map), let types = prototype.mapTypes else { return }
    for type in maps.kinds {
      let outcome = try CallTrial(prototype, on: type, maps).outcome(maps)
      #expect(!outcome.isBroken, "\(prototype.name): \(outcome)")
      #expect(outcome.isAccepted == types.contains(type), "\(prototype.name), \(type.name): \(outcome)")
    }
  }

  @Test(arguments: callable)
  func `want a GPL license where Linux does`(prototype: CallPrototype) throws {
    var trial = CallTrial(prototype, maps)
    trial.license = "Apache-2.0"
    // The task comes from a helper that wants the license itself.
    guard !trial.samples.contains(.task) else { return }
    let outcome = try trial.outcome(maps)
    #expect(outcome.isAccepted != prototype.traits.contains(.gplOnly), "\(prototype.name): \(outcome)")
  }

  @Test(arguments: callable)
  func `make packet pointers stale where Linux does`(prototype: CallPrototype) throws {
    var trial = CallTrial(prototype, maps)
    trial.readsPacketAfter = true
    let outcome = try trial.outcome(maps)
    #expect(
      outcome.isAccepted != prototype.traits.contains(.changesPacket),
      "\(prototype.name): \(outcome)"
    )
  }

  @Test(arguments: callable)
  func `give what Linux gives`(prototype: CallPrototype) throws {
    guard !prototype.parameters.contains(where: \.isCallback) else { return }
    let state = try CallTrial(prototype, maps).result(maps)
    #expect(
      prototype.result.shows(as: state),
      "\(prototype.name) gives \(prototype.result), in the kernel '\(state)'"
    )
    let isReference = state.contains("ref_obj_id=")
    let takesReference =
      prototype.parameters.contains(.anySocket) || prototype.parameters.contains(.socketCommon)
    let expected =
      prototype.traits.contains(.acquires) || (takesReference && prototype.traits.contains(.keepsReference))
    #expect(
      isReference == (expected && !prototype.parameters.contains(.fieldObjectOrNull) || prototype.id == 194),
      "\(prototype.name): '\(state)'"
    )
  }
}

extension CallPrototype: CustomTestStringConvertible {
  public var testDescription: String { name }
}

extension CallPrototype {
  /// Whether its map must be the one that its field lies in.
  fileprivate var needsMapOfField: Bool {
    parameters.contains(.field(.workQueue)) || parameters.contains(.field(.taskWork))
  }
}

extension CallPrototype.Parameter {
  /// How the memory that it points to is used, and whether it may be null; nil for what is no plain memory.
  fileprivate var memory: (use: CallPrototype.MemoryUse, orNull: Bool)? {
    switch self {
    case .mapKey, .mapValue: (.read, false)
    case .mapValueOrNull: (.read, true)
    case .mapValueOut: (.write, false)
    case .memory(let use): (use, false)
    case .fixedMemory(_, let use, _): (use, false)
    case .memoryOrNull(let use): (use, true)
    case .fixedMemoryOrNull(_, let use): (use, true)
    default: nil
    }
  }

  fileprivate var isOfMap: Bool { [.mapKey, .mapValue, .mapValueOrNull].contains(self) }
  var isCallback: Bool { if case .callback = self { true } else { false } }
  fileprivate var isFixed: Bool { if case .fixedMemory = self { true } else { false } }
  var isMemoryOrNull: Bool { if case .memoryOrNull = self { true } else { false } }
}

extension CallPrototype.Result {
  /// Whether the kernel's log of the state after a call shows this result.
  func shows(as state: String) -> Bool {
    switch self {
    case .integer: state == "scalar()"
    case .errorOrLength: state.hasPrefix("scalar(smin=") && state.contains("=-4095,")
    case .range(let low, let high): low == 0 && state.contains("umax32=\(high),")
    case .void: state == ""
    case .mapValueOrNull: state.hasPrefix("map_value_or_null(")
    case .mapValue: state.hasPrefix("map_value(")
    case .socketOrNull: state.hasPrefix("sock_or_null(")
    case .socketCommonOrNull: state.hasPrefix("sock_common_or_null(")
    case .tcpSocketOrNull: state.hasPrefix("tcp_sock_or_null(")
    case .recordOrNull: state.hasPrefix("ringbuf_mem_or_null(")
    case .memoryOrNull(let use, _):
      state.hasPrefix(use == .read ? "rdonly_mem_or_null(" : "mem_or_null(")
    case .fixedMemoryOrNull(_, let use):
      state.hasPrefix(use == .read ? "rdonly_mem_or_null(" : "mem_or_null(")
    case .object(let type):
      state.hasPrefix("ptr_\(type)(") || state.hasPrefix("trusted_ptr_\(type)(")
        || state.hasPrefix("untrusted_ptr_\(type)(")
    case .objectOrNull(let type):
      state.hasPrefix("ptr_or_null_\(type)(") || state.hasPrefix("rcu_ptr_or_null_\(type)(")
        || state.hasPrefix("trusted_ptr_or_null_\(type)(")
    case .fieldObjectOrNull: state.contains("ptr_or_null_")
    default: false
    }
  }
}

extension ArgumentSample {
  /// Memory that may be read, and that may be written.
  private static let readable: Set<ArgumentSample> = [.stack, .freshStack, .value, .readOnlyValue, .record]
  private static let writable: Set<ArgumentSample> = [.stack, .freshStack, .value, .writeOnlyValue, .record]

  /// Whether a parameter takes it; nil where trials of this kind cannot tell.
  func fits(_ parameter: CallPrototype.Parameter, of prototype: CallPrototype) -> Bool? {
    if let memory = parameter.memory {
      if self == .zero { return memory.orNull }
      if self == .iterator || self == .savedFlags { return nil }
      if self == .packet { return prototype.id == 0 || prototype.traits.contains(.packetAccess) }
      // Kernel functions want memory for both; helpers that write do not read.
      if self == .writeOnlyValue, prototype.id == 0 { return false }
      // Read-only memory and objects of the kernel's that are known to be alive are readable, but no keys or values.
      if self == .task, parameter.isFixed { return nil }
      if self == .task || self == .slice { return memory.use == .read && !parameter.isOfMap }
      // No call takes two things that must be given back.
      if self == .record, prototype.parameters.contains(.anySocket) { return false }
      return (memory.use == .read ? Self.readable : Self.writable).contains(self)
    }
    switch parameter {
    case .anything:
      return [.eight, .zero, .anyNumber, .stack, .packet, .map, .context].contains(self) ? true : nil
    case .scalar: return [.eight, .zero, .anyNumber, .kernelTypeNumber].contains(self)
    case .context: return self == .context
    case .map where prototype.needsMapOfField:
      // Linux 6.18 crashes over a map without fields here: it must never be tried.
      return self == .map ? true : nil
    case .map: return self == .map || (self == .otherMap && prototype.id == 0 && prototype.mapTypes == nil)
    case .mapValueMemory: return self == .value || self == .writeOnlyValue
    case .size: return self == .kernelTypeNumber ? nil : self == .eight
    case .sizeOrZero, .allocationSize:
      return self == .kernelTypeNumber ? nil : self == .eight || self == .zero
    case .ringRecord: return self == .record
    case .constantString: return self == .readOnlyValue
    case .stackOrNull:
      return [.zero, .stack, .freshStack, .dynptr, .ringDynptr, .savedFlags, .iterator].contains(self)
    case .callback: return self == .callback
    case .field: return self == ArgumentSample.right(for: parameter)
    case .socketCommon, .anySocket: return self == .socket || self == .socketCommon
    case .object: return self == ArgumentSample.right(for: parameter)
    case .objectOrNull(let type): return self == .zero || self == ArgumentSample.right(for: type)
    case .fieldObjectOrNull: return self == .zero
    case .dynptr(let use):
      switch use {
      case .releasesRingBuffer: return self == .ringDynptr
      case .makes where self == .iterator || self == .savedFlags: return nil
      case .clones where self == .iterator || self == .savedFlags || self == .dynptr: return nil
      case .makes, .clones: return [.stack, .freshStack, .dynptr].contains(self)
      default: return self == .dynptr || self == .ringDynptr
      }
    default: return nil
    }
  }
}
