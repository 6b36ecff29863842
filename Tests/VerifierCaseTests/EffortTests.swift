import BPF
import BPFVerifier
import TestSupport
import Testing
import XDP

/// Programs with more ways than Linux follows.
///
/// Work is counted, not timed.
@Suite struct `The verifier's effort` {
  /// Rules one after the other, of four range tests each on numbers that the packet brings: the first that holds decides.
  private struct RuleChain {
    var ruleCount: Int
    /// What stands before the rules and after them.
    var prologue: [Instruction] = [],
      epilogue: [Instruction] = [
        .alu(.mov, .doubleWord, .r0, .immediate(2)), .exit,
      ]

    var program: Program {
      var random = SplitMix(seed: 7)
      var code: [Instruction] = [
        .load(.word, .r2, from: Address(.r1)), .load(.word, .r3, from: Address(.r1, 4)),
        .alu(.mov, .doubleWord, .r4, .register(.r2)), .alu(.add, .doubleWord, .r4, .immediate(64)),
        .branch(.gt, .doubleWord, .r4, .register(.r3), offset: 5),
      ]
      let fields: [Register] = [.r6, .r7, .r8, .r9]
      for (index, field) in fields.enumerated() {
        code.append(.load(.word, field, from: Address(.r2, Int16(26 + 4 * index))))
      }
      code += [.jump(offset: 2), .alu(.mov, .doubleWord, .r0, .immediate(1)), .exit]
      code += prologue
      for rule in 0..<ruleCount {
        for (index, field) in fields.enumerated() {
          let low = Int32.random(in: 1 ... .max - 2, using: &random)
          let high = Int32.random(in: low + 1 ... .max, using: &random)
          let rest = Int16(2 * (fields.count - index))
          code.append(.branch(.lt, .doubleWord, field, .immediate(low), offset: rest + 1))
          code.append(.branch(.gt, .doubleWord, field, .immediate(high), offset: rest))
        }
        code += [.alu(.mov, .doubleWord, .r0, .immediate(Int32(1 + rule % 3))), .exit]
      }
      return Program("rules", code + epilogue)
    }
  }

  private static func proof(
    of program: Program,
    isExact: Bool = false
  ) throws -> VerifiedProgram { try Verifier(.xdp(), isExact: isExact).verify(program) }

  @Test func `grows with the number of rules, not with that of the ways through them`() throws {
    let work = try [25, 50, 100, 200].map { ruleCount in
      let verified = try Self.proof(of: RuleChain(ruleCount: ruleCount).program)
      #expect(verified.linux == .unknown)
      #expect(verified.warnings.count == 1)
      return verified.statistics.processed
    }
    for (fewer, more) in zip(work, work.dropFirst()) { #expect(more < 3 * fewer, "\(work)") }
    // Each rule has 10 instructions.
    #expect(work[3] < 200 * 10 * 40)
    let exact = try Self.proof(of: RuleChain(ruleCount: 12).program, isExact: true)
    let forgetful = try Self.proof(of: RuleChain(ruleCount: 12).program)
    #expect(exact.linux == .accepts)
    #expect(exact.statistics.processed > 3 * forgetful.statistics.processed)
  }

  /// A number that says whether a pointer is one: it flows into no address, and yet the proof wants it.
  @Test func `begins anew where what was forgotten is what the proof wanted`() throws {
    var chain = RuleChain(ruleCount: 12)
    // r2 is the packet or, where r5 is 0, a number.
    chain.prologue = [
      .alu(.mov, .doubleWord, .r4, .register(.r2)), .alu(.mov, .doubleWord, .r2, .immediate(0)),
      .alu(.mov, .doubleWord, .r5, .immediate(0)),
      .branch(.le, .doubleWord, .r6, .immediate(1000), offset: 2),
      .alu(.mov, .doubleWord, .r5, .immediate(1)), .alu(.mov, .doubleWord, .r2, .register(.r4)),
    ]
    chain.epilogue = [
      .alu(.mov, .doubleWord, .r0, .immediate(2)), .branch(.eq, .doubleWord, .r5, .immediate(0), offset: 1),
      .load(.byte, .r0, from: Address(.r2, 3)), .alu(.and, .doubleWord, .r0, .immediate(3)), .exit,
    ]
    let verified = try Self.proof(of: chain.program)
    #expect(verified.linux == .accepts)
    #expect(verified.statistics == (try Self.proof(of: chain.program, isExact: true)).statistics)
    // The number is needed: with it unknown the program is refused.
    chain.prologue.append(.load(.word, .r5, from: Address(.r1, 16)))
    #expect(throws: Rejection.self) { try Self.proof(of: chain.program) }
  }

  @Test func `goes on where only Linux's ends, and ends itself`() throws {
    var environment = VerifierEnvironment.xdp()
    environment.limits.processedInstructions = 1_000
    func loop(_ rounds: Int32) -> Program {
      Program(
        "rounds",
        [
          .alu(.mov, .doubleWord, .r0, .immediate(0)), .alu(.add, .doubleWord, .r0, .immediate(1)),
          .branch(.lt, .doubleWord, .r0, .immediate(rounds), offset: -2),
          .alu(.mov, .doubleWord, .r0, .immediate(2)), .exit,
        ]
      )
    }
    func verify(_ rounds: Int32, isExact: Bool) throws -> VerifiedProgram {
      try Verifier(environment, isExact: isExact).verify(loop(rounds))
    }
    #expect(try verify(400, isExact: false).linux == .accepts)
    #expect(try verify(400, isExact: true).linux == .accepts)
    #expect(try verify(600, isExact: false).linux == .refuses)
    #expect(throws: Rejection.self) { try verify(600, isExact: true) }
    #expect(throws: Rejection.self) { try verify(2_100, isExact: false) }
  }
}
