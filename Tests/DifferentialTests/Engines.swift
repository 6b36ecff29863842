import BPF
import BPFMaps
import BPFRuntime
import LinuxKernel
import TestSupport
import XDP

/// One program on every engine there is, each with maps of its own.
struct Engines: ~Copyable {
  /// What one run did to a packet.
  struct Observation: Equatable {
    var returned: UInt32
    var packet: [UInt8]
    var metadata: [UInt8]
  }

  /// Our interpreter's maps, in the order of `Program.maps`.
  let maps: [UserMap]
  /// The kernel's.
  let kernelMaps: [KernelMap]
  private var interpreter: PacketTest
  private let kernel: LoadedProgram

  /// Binds the program on all engines.
  init(_ program: Program) throws {
    let kernel = try KernelEngine.load(program)
    let cpuCount = try PossibleCPUs.count()
    let maps = try program.maps.map { definition in
      try UserMap.make(definition, cpuCount: cpuCount, memory: MemoryLimit())
    }
    let environment = Environment.xdp(for: program.attachType, maps: maps)
    interpreter = try PacketTest(try Interpreter(program, in: environment))
    self.kernel = kernel
    self.maps = maps
    kernelMaps = kernel.maps
  }

  /// Runs one packet on the interpreter and in the kernel; a trap, which the kernel cannot have, is thrown.
  mutating func run(
    _ packet: [UInt8],
    metadata: [UInt8] = []
  ) throws -> (interpreter: Observation, kernel: Observation) {
    let ours = try interpreter.run(PacketTest.Input(packet, metadata: metadata))
    if let trap = ours.trap { throw trap }
    let kernels = try kernel.testRun(packet: packet, context: XDPTestContext(metadata: metadata))
    return (
      Observation(returned: ours.returned, packet: ours.bytes, metadata: ours.metadata),
      Observation(returned: kernels.returned, packet: kernels.data, metadata: kernels.metadata)
    )
  }
}

extension Program {
  /// A GPL program of this text.
  static func assembled(_ text: String, maps: [MapDefinition] = []) throws -> Program {
    Program("test", try Assembler.assemble(text), license: "GPL", maps: maps)
  }
}
