import BPF
import BPFJIT
import BPFVerifier
import Emulation
import TestSupport
import Testing
import XDP

/// Programs of chance: `XDP_TEST_SEEDS=350000 swift test -c release --filter 'Random objects'` runs a million of them.
@Suite struct `Random objects` {
  /// Batches for each program, and packets in each.
  private static let batches = 2, packets = 3

  /// A verifier that soon gives up where loops in loops have many ways through them.
  private static let verifier: Verifier = {
    var environment = VerifierEnvironment.xdp()
    environment.limits.processedInstructions = 20_000
    return Verifier(environment)
  }()

  /// Programs that the verifier accepts, one of each name; nil where it refuses too many.
  private static func verified(_ object: inout RandomObject) -> [VerifiedProgram]? {
    var programs: [VerifiedProgram] = []
    for name in RandomObject.names {
      for _ in 0..<20 where programs.last?.program.name != name {
        if let program = try? verifier.verify(object.program(named: name)) {
          programs.append(program)
        }
      }
    }
    return programs.count == RandomObject.names.count ? programs : nil
  }

  @Test(arguments: TestedProcessor.all)
  func `do the same as machine code and in the interpreter`(tested: TestedProcessor) throws {
    let pools = [
      try FramePool(frameCount: 64, geometry: .kernelTestRun),
      try FramePool(frameCount: 64, geometry: .kernelTestRun),
    ]
    var refused = 0, traps: UInt64 = 0
    let seeds = Seeds.first(150)
    for seed in seeds {
      var object = RandomObject(seed: seed)
      guard let programs = Self.verified(&object) else {
        refused += 1
        continue
      }
      var comparison = try MachineCodeComparison(programs, pools: pools, on: tested.processor)
      for index in programs.indices {
        for _ in 0..<Self.batches {
          let packets = (0..<Self.packets).map { _ in object.packet() }
          let difference = try comparison.difference(index, on: packets) ?? comparison.differingMap()
          try #require(difference == nil, "seed \(seed): \(programs[index].program.instructions)")
        }
      }
      traps += comparison.trapCount
    }
    // A generator whose programs are refused, or never by a helper, would show nothing.
    #expect(refused * 20 < seeds.count)
    #expect(traps > 0)
  }

  @Test(KernelAccess.required, arguments: Seeds.first(40))
  func `do the same in the kernel and on every engine`(seed: UInt64) throws {
    var object = RandomObject(seed: seed, scope: [])
    let programs = RandomObject.names.map { object.program(named: $0) }
    let comparison = try ObjectComparison(programs, of: ProgramSubject("random"))
    for index in programs.indices {
      for _ in 0..<4 {
        let packet = object.packet()
        let difference = try comparison.run(index, packet).difference
        try #require(difference == nil, "\(programs[index].instructions) on \(packet)")
      }
    }
    #expect(comparison.notCompiled == nil)
    #expect(try comparison.differingMaps() == [], "\(programs.map(\.instructions))")
  }
}
