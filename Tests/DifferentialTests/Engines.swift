import BPF
import BPFMaps
import BPFObject
import BPFRuntime
import LinuxKernel
import TestSupport
import XDP

/// Which of our engines is compared with the kernel.
enum Judge: CaseIterable { case interpreter, oracle }

/// The programs of one object on every engine there is, each with maps of its own.
struct Engines: ~Copyable {
  /// What one run did to a packet.
  struct Observation: Equatable {
    var returned: UInt32
    var packet: [UInt8]
    /// How much of it is in the first frame.
    var linear: Int
    var metadata: [UInt8]
  }

  /// Our interpreter's maps, in the order of `Program.maps`.
  let maps: [UserMap]
  /// The kernel's.
  let kernelMaps: [KernelMap]
  /// The object's global variables.
  var globals: [GlobalVariable] = []
  private let object: LoadedObject
  private var interpreter: PacketTest
  private let kernel: LoadedProgram

  /// Binds one program.
  init(_ program: Program, routes: RoutingTable? = nil) throws { try self.init([program], routes: routes) }

  /// Binds all programs; packets run through the first, or the one of this name.
  init(
    _ programs: [Program],
    entry name: String? = nil,
    judge: Judge = .interpreter,
    routes: RoutingTable? = nil
  ) throws {
    let loaded = try KernelEngine.load(programs)
    let object = try LoadedObject(
      unverified: programs,
      options: LoadOptions(cpuCount: PossibleCPUs.count(), routes: routes)
    )
    let index = programs.firstIndex { $0.name == name } ?? 0
    let engine = object.engines[index]
    interpreter = try PacketTest(
      judge == .oracle ? object.oracle(for: engine) : engine,
      on: object.makeWorker()
    )
    kernel = loaded[index]
    maps = object.maps
    kernelMaps = kernel.maps
    self.object = object
  }

  /// Binds all programs of an object, whose global variables can be set.
  init(_ object: ObjectFile, entry name: String, judge: Judge) throws {
    try self.init(object.linked(), entry: name, judge: judge)
    globals = object.globals
  }

  /// Runs one packet on the interpreter and in the kernel; a trap, which the kernel cannot have, is thrown.
  mutating func run(
    _ packet: [UInt8],
    metadata: [UInt8] = [],
    linear: Int? = nil
  ) throws -> (interpreter: Observation, kernel: Observation) {
    let ours = try interpreter.run(PacketTest.Input(packet, metadata: metadata, linearByteCount: linear))
    if let trap = ours.trap { throw trap }
    let kernels = try kernel.testRun(
      packet: packet,
      context: XDPTestContext(metadata: metadata, linearByteCount: linear)
    )
    return (
      Observation(
        returned: ours.returned,
        packet: ours.bytes,
        linear: ours.linearByteCount,
        metadata: ours.metadata
      ),
      Observation(
        returned: kernels.returned,
        packet: kernels.data,
        linear: kernels.linearByteCount,
        metadata: kernels.metadata
      )
    )
  }

  /// The maps whose contents differ, each with ours and the kernel's.
  ///
  /// The values of all CPUs are added up, for a test run takes place on a CPU of the kernel's choice. Maps of programs and
  /// maps hold ids, which are each side's own, and ring buffers nothing to look up.
  func differingMaps() throws -> [String] {
    var differing: [String] = []
    for (ours, kernels) in zip(maps, kernelMaps) {
      switch ours.definition.type {
      case .programArray, .arrayOfMaps, .hashOfMaps, .ringBuffer, .perfEventArray, .xskmap: continue
      default: break
      }
      let mine = try contents(of: ours).mapValues {
        ours.definition.summed(ours.definition.withoutTimers($0))
      }
      let theirs = try contents(of: kernels).mapValues { ours.definition.summed($0) }
      if mine != theirs { differing.append("\(ours.definition.name): \(mine), the kernel's \(theirs)") }
    }
    return differing
  }
}

extension MapDefinition {
  /// A value with zeros for its timers, as the kernel shows it.
  fileprivate func withoutTimers(_ value: [UInt8]) -> [UInt8] {
    var value = value
    for field in fields where field.kind == .timer {
      let place = field.offset..<field.offset + field.kind.byteCount
      value.replaceSubrange(place, with: [UInt8](repeating: 0, count: place.count))
    }
    return value
  }

  /// A value as bpf(2) passes it, with the CPUs' 64-bit words added up.
  fileprivate func summed(_ value: [UInt8]) -> [UInt64] {
    let words = stride(from: 0, to: value.count & ~7, by: 8).map { start in
      (0..<8).reduce(UInt64(0)) { $0 | UInt64(value[start + $1]) << UInt64(8 * $1) }
    }
    guard type.isPerCPU else { return words + value[(value.count & ~7)...].map(UInt64.init) }
    let perCPU = (valueSize + 7) / 8
    return (0..<perCPU).map { word in
      stride(from: word, to: words.count, by: perCPU).reduce(0) { $0 &+ words[$1] }
    }
  }
}

extension Program {
  /// A GPL program of this text.
  static func assembled(
    _ text: String,
    named name: String = "test",
    maps: [MapDefinition] = [],
    flags: ProgramFlags = []
  ) throws -> Program {
    Program(name, try Assembler.assemble(text), flags: flags, license: "GPL", maps: maps)
  }
}
