import BPF
import BPFVerifier
import LinuxKernel
import TestSupport
import Testing
import XDP

/// Programs that would take the verifier without end or without measure, if anything did: work and memory are counted.
@Suite struct `Hostile programs before the verifier` {
  /// Limits under which a test is quick.
  private static let limits: VerifierEnvironment.Limits = {
    var limits = VerifierEnvironment.Limits()
    limits.processedInstructions = 20_000
    limits.pendingBranches = 500
    limits.keptValues = 200_000
    return limits
  }()

  /// Why a program is refused under those limits; nil where it is accepted within them.
  private static func refusal(
    _ code: [Instruction],
    _ limits: VerifierEnvironment.Limits = limits
  ) -> Rejection? {
    var environment = VerifierEnvironment.xdp()
    environment.limits = limits
    let verifier = Verifier(environment, isExact: true)
    do throws(Rejection) {
      let work = try verifier.verify(Program("hostile", code)).statistics
      #expect(work.processed <= limits.processedInstructions && work.peakPending <= limits.pendingBranches)
      return nil
    } catch {
      #expect(error.statistics.processed <= limits.processedInstructions + 1)
      #expect(error.statistics.peakPending <= limits.pendingBranches)
      return error
    }
  }

  /// Numbers in r6 to r9 of which nothing is known.
  private static let unknowns: [Instruction] = [
    .load(.word, .r6, from: Address(.r1, 12)), .load(.word, .r7, from: Address(.r1, 16)),
    .load(.word, .r8, from: Address(.r1, 12)), .load(.word, .r9, from: Address(.r1, 16)),
  ]
  private static let end: [Instruction] = [.alu(.mov, .doubleWord, .r0, .immediate(2)), .exit]

  @Test func `of a million slots, each state kept for itself, come to an end`() {
    // Two jumps in eight instructions are what it takes for a state to be kept; it is let go of without nesting.
    var code = Self.unknowns
    while code.count < 999_990 {
      let place = Address(.r10, Int16(-8 * (code.count % 64 + 1)))
      code += [.jump(offset: 0), .jump(offset: 0), .store(.doubleWord, .register(.r6), to: place)]
      code += [Instruction](repeating: .alu(.add, .doubleWord, .r6, .immediate(1)), count: 5)
    }
    var limits = VerifierEnvironment.Limits()
    #expect(Self.refusal(code + Self.end, limits) == nil)
    limits.keptValues = 1_000_000
    #expect(
      Self.refusal(code + Self.end, limits)?.violation.message
        == "states of more than 1000000 registers and stack slots would have to be kept"
    )
  }

  @Test func `of more than a million slots are refused before they are followed`() throws {
    let code = [Instruction](repeating: .jump(offset: 0), count: 1_000_000)
    let refusal = try #require(Self.refusal(code + [.exit]))
    #expect(
      refusal.violation.message == "the program has 1000001 slots, and a program may have 1000000"
    )
    #expect(refusal.statistics.processed == 0)
  }

  @Test func `of branches that all wait are refused`() {
    let branches = (0..<1_000).map { Instruction.branch(.eq, .doubleWord, .r6, .immediate($0), offset: 0) }
    #expect(
      Self.refusal(Self.unknowns + branches + Self.end)?.violation.message
        == "more than 500 branches wait to be followed"
    )
  }

  @Test func `with exponentially many ways are refused when the effort ends`() {
    var code = Self.unknowns
    for bit in 0..<31 {
      code.append(.branch(.set, .doubleWord, .r6, .immediate(1 << bit), offset: 1))
      code.append(.alu(.add, .doubleWord, .r7, .immediate(1 << bit)))
    }
    // Every sum of bits is an address of its own.
    code += [
      .alu(.mov, .doubleWord, .r1, .register(.r10)), .alu(.and, .doubleWord, .r7, .immediate(255)),
      .alu(.sub, .doubleWord, .r7, .immediate(512)), .alu(.add, .doubleWord, .r1, .register(.r7)),
      .store(.byte, .immediate(0), to: Address(.r1)),
    ]
    #expect(Self.refusal(code + Self.end)?.violation.rule == .tooComplex)
  }

  @Test func `of loops in loops are refused when the effort ends`() {
    // Six loops of a hundred rounds, one in the other.
    var code: [Instruction] = []
    let counters: [Register] = [.r4, .r5, .r6, .r7, .r8, .r9]
    var heads: [Int] = []
    for counter in counters {
      code.append(.alu(.mov, .doubleWord, counter, .immediate(0)))
      heads.append(code.count)
    }
    for (counter, head) in zip(counters, heads).reversed() {
      code.append(.alu(.add, .doubleWord, counter, .immediate(1)))
      code.append(
        .branch(.lt, .doubleWord, counter, .immediate(100), offset: Int16(head - code.count - 1))
      )
    }
    let refusal = Self.refusal(code + Self.end)
    #expect(refusal?.violation.message == "more than 20000 instructions would have to be followed")
    #expect(refusal?.notes.isEmpty == false)
  }

  @Test func `of calls that each call twice are refused when the effort ends`() {
    // Eight frames; each function calls the next one six times.
    var code: [Instruction] = []
    let length = 2 * 6 + 2
    for frame in 0..<8 {
      for call in 0..<6 {
        code.append(.alu(.add, .doubleWord, .r1, .immediate(Int32(call))))
        let target = (frame + 1) * length
        code.append(
          frame < 7
            ? .call(.local(offset: Int32(target - code.count - 1)))
            : .alu(.mov, .doubleWord, .r1, .immediate(0))
        )
        if frame < 7 { code[code.count - 2] = .alu(.mov, .doubleWord, .r1, .immediate(Int32(call))) }
      }
      code += Self.end
    }
    #expect(Self.refusal(code)?.violation.message == "more than 20000 instructions would have to be followed")
  }

  @Test func `with one number spilled wherever there is room are followed at the same pace`() {
    // All copies learn from each comparison.
    var code = Self.unknowns
    for slot in 1...64 {
      code.append(.store(.doubleWord, .register(.r6), to: Address(.r10, Int16(-8 * slot))))
    }
    for index in 0..<40 {
      code.append(.branch(.gt, .doubleWord, .r6, .immediate(Int32(100_000 - index)), offset: 0))
    }
    #expect(Self.refusal(code + Self.end) == nil)
  }

  @Test func `whose way to the mistake is long are told the shortest one`() {
    var code: [Instruction] = [
      .load(.word, .r2, from: Address(.r1, 16)), .branch(.eq, .doubleWord, .r2, .immediate(0), offset: 20),
    ]
    code += [Instruction](repeating: .alu(.mov, .doubleWord, .r3, .immediate(0)), count: 20)
    code += [.alu(.mov, .doubleWord, .r0, .register(.r9)), .exit]
    let refusal = Self.refusal(code)
    #expect(refusal?.violation.rule == .uninitializedRegister)
    #expect(refusal?.path == [0, 1, 22])
  }

  @Test(KernelAccess.required) func `of a million slots and one are refused by the kernel too`() throws {
    let code = [Instruction](repeating: .jump(offset: 0), count: 1_000_000)
    #expect(throws: KernelError.self) {
      try KernelEngine.load(Program("hostile", code + [.exit]), ifindex: 0)
    }
  }
}
