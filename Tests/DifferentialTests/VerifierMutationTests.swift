import BPF
import BPFObject
import BPFRuntime
import BPFVerifier
import LinuxKernel
import TestSupport
import Testing
import XDP

/// Programs that were right, changed at random: both verifiers judge them, and what ours accepts never traps.
@Suite(KernelAccess.required) struct `Changed programs` {
  private static let subjects = [
    "connections", "dns", "extension_headers", "gre", "load_balancer", "loops", "map_operations", "mss_clamp",
    "nat", "queues", "rate_limiter", "vlan", "vxlan",
  ]

  /// Where the verdicts differ for a reason that is known.
  ///
  /// - The kernel gives up with an error of its own making (`verifier bug`): it says nothing of the program.
  /// - `number += record` loses the record's reference in the kernel, which then takes it for none; ours keeps it, so that
  ///   no pointer to a record outlives it.
  private static let ledger = ["verifier bug", "must be referenced when passed to release"]

  @Test(arguments: subjects) func `get the kernel's verdict and keep to it`(name: String) throws {
    let programs = try Fixture.object("programs/\(name)").linked()
    for seed in Seeds.first(60) {
      var random = SplitMix(seed: seed)
      let program = Mutation.of(random.pick(programs), &random)
      let refusal = Self.kernelRefusal(of: program)
      if let refusal, Self.ledger.contains(where: refusal.contains) { continue }
      switch Result(catching: { () throws(Rejection) in try Verifier(.xdp()).verify(program) }) {
      case .success:
        #expect(
          refusal == nil,
          "seed \(seed), '\(program.name)': ours accepts it; the kernel: \(refusal ?? "")"
        )
        try Self.expectNoTrap(program, seed, &random)
      case .failure(let rejection):
        let violation = rejection.violation
        #expect(
          refusal != nil,
          "seed \(seed), '\(program.name)': ours refuses it at \(violation.slot ?? -1): \(violation.message)"
        )
      }
    }
  }

  private static func kernelRefusal(of program: Program) -> String? {
    do throws(KernelError) {
      _ = try KernelEngine.load(program)
      return nil
    } catch {
      return error.description
    }
  }

  /// The oracle, which knows what was written and what every pointer was made from, finds nothing wrong.
  private static func expectNoTrap(_ program: Program, _ seed: UInt64, _ random: inout SplitMix) throws {
    let object = try LoadedObject(unverified: [program])
    var test = try PacketTest(
      object.oracle(for: object.engines[0], stackPolicy: .readAsZero),
      on: object.makeWorker()
    )
    let faults: [Trap.Kind] = [.outOfBounds, .notAllowed, .badArgument, .badInstruction]
    for _ in 0..<8 {
      let packet = random.pick(PacketKind.all).packet(&random).bytes
      let trap = try test.run(PacketTest.Input(packet)).trap
      #expect(
        trap.map { !faults.contains($0.kind) } ?? true,
        "seed \(seed), '\(program.name)': \(trap?.description ?? "")"
      )
    }
  }
}
