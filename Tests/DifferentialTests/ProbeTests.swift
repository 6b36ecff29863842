import BPF
import BPFMaps
import BPFRuntime
import LinuxKernel
import TestSupport
import Testing
import XDP

/// Programs with probes on all engines, and the programs without on the oracle, which is watched.
struct ProbeComparison {
  let probed: ProbedPrograms
  /// Programs that the kernel's verifier follows almost as far as it goes.
  private static let long = ["signatures"]
  private let recorder: ProbeRecorder
  private let kernel: [LoadedProgram]
  private let objects: [LoadedObject]
  private let subject: ProgramSubject
  private var counts: [UInt64] = [0, 0]

  /// Whether only branches have probes.
  var isSparse: Bool { Self.long.contains(subject.name) }

  /// Loads everything, and fills the maps as the subject says.
  init(_ programs: [Program], of subject: ProgramSubject) throws {
    let places: ProbedPrograms.Places = Self.long.contains(subject.name) ? .branches : .everywhere
    probed = try #require(
      ProbedPrograms(programs, at: places, arguments: HelperTable.xdp.argumentRegisters),
      "every jump still reaches its target"
    )
    recorder = ProbeRecorder(probed)
    kernel = try KernelEngine.load(probed.programs)
    let options = LoadOptions(cpuCount: try PossibleCPUs.count(), clock: .host)
    objects = [
      try LoadedObject(unverified: programs, options: options),
      try LoadedObject(unverified: probed.programs, options: options),
    ]
    self.subject = subject
    for entry in subject.entries {
      try kernel[0].maps.first { $0.definition.name == entry.map }?.update(entry.key, to: entry.value, .any)
      for object in objects { try object.map(named: entry.map)?.update(entry.key, to: entry.value, .any) }
    }
  }

  /// What one packet did.
  struct Runs {
    /// Of the oracle, of the interpreter with probes, of the kernel with probes.
    var traces: [EngineTrace]
    var outcomes: [[UInt8]]
  }

  /// Runs one packet through a program on every engine.
  mutating func run(_ entry: Int, _ step: ProgramPackets.Step) throws -> Runs {
    let input = PacketTest.Input(step.bytes, metadata: step.metadata, linearByteCount: step.linear)
    recorder.begin()
    var watched = try PacketTest(
      objects[0].oracle(for: objects[0].engines[entry]),
      on: objects[0].makeWorker()
    )
    watched.worker.machine.observer = recorder
    var plain = try PacketTest(objects[1].engines[entry], on: objects[1].makeWorker())
    let outcomes = [try watched.run(input), try plain.run(input)]
    let context = XDPTestContext(metadata: step.metadata, linearByteCount: step.linear)
    let kernels = try kernel[entry].testRun(packet: step.bytes, context: context)
    let traces = [
      recorder.trace, try trace(0, objects[1].maps), try trace(1, kernel[0].maps),
    ]
    return Runs(
      traces: traces,
      outcomes: outcomes.map { [UInt8($0.returned)] + $0.bytes } + [[UInt8(kernels.returned)] + kernels.data]
    )
  }

  private mutating func trace(_ engine: Int, _ maps: [any BPFMap]) throws -> EngineTrace {
    let map = try #require(maps.first { $0.definition.name == ProbedPrograms.mapName })
    let value = try #require(try map.lookup([0, 0, 0, 0]))
    defer { counts[engine] = ProbedPrograms.count(in: value) }
    return probed.trace(in: value, since: counts[engine])
  }
}

/// The slots and numbers that the kernel's machine code runs through are those of our engines, instruction by instruction.
@Suite(KernelAccess.required) struct `Traces of all engines` {
  /// All but those that ask a clock, or walk a hash table, whose order is each engine's own.
  private static let subjects = ProgramSubject.all.filter { $0.comparedBytes.isEmpty && $0.name != "loops" }

  @Test(arguments: subjects)
  func `are equal step by step`(subject: ProgramSubject) throws {
    let programs = try subject.programs()
    var comparison = try ProbeComparison(programs, of: subject), steps: UInt64 = 0
    let packets = ProgramPackets(seed: 0, cut: false, inPieces: programs[0].flags.contains(.frags)).steps
    for (index, packet) in packets.enumerated() where index % 4 == 0 {
      let runs = try comparison.run(index / 4 % programs.count, packet)
      #expect(runs.outcomes[0] == runs.outcomes[1] && runs.outcomes[0] == runs.outcomes[2], "\(packet.name)")
      for (engine, trace) in zip(["interpreter", "kernel"], runs.traces.dropFirst()) {
        let parting = Parting(runs.traces[0], trace, reference: runs.traces[0])
        try #require(
          parting == nil,
          """
          \(subject), \(engine), \(packet.name): \(parting.map { "\($0)" } ?? "")
          ours \(parting.map { "\(String(describing: runs.traces[0][$0.number]))" } ?? "")
          theirs \(parting.map { "\(String(describing: trace[$0.number]))" } ?? "")
          """
        )
      }
      steps += runs.traces[2].count
    }
    #expect(steps > 100)
    // Nearly all instructions have two registers to spare.
    let count = programs.reduce(0) { $0 + $1.instructions.count }
    #expect(comparison.probed.probeCount * 5 >= count * 4 || comparison.isSparse)
  }
}
