import BPF

/// Programs that are made, to see how a verifier's effort grows.
enum VerifierPrograms {
  /// Branches one after the other on bits of a number that nobody knows: each may count, and then both ways meet again.
  static func joiningBranches(_ count: Int) -> Program {
    var code: [Instruction] = [
      .call(.helper(7)), .alu(.mov, .doubleWord, .r6, .register(.r0)),
      .alu(.mov, .doubleWord, .r0, .immediate(0)),
    ]
    for index in 0..<count {
      code += [
        .alu(.mov, .doubleWord, .r1, .register(.r6)),
        .alu(.and, .doubleWord, .r1, .immediate(1 << Int32(index % 31))),
        .branch(.eq, .doubleWord, .r1, .immediate(0), offset: 1),
        .alu(.add, .doubleWord, .r0, .immediate(1)),
      ]
    }
    return Program("joining_branches", code + [.alu(.and, .doubleWord, .r0, .immediate(3)), .exit])
  }

  /// Rules of four range tests each on numbers that the packet brings: the first rule that holds decides.
  static func rules(_ count: Int) -> Program {
    var random = SplitMix(state: 7)
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
    for rule in 0..<count {
      for (index, field) in fields.enumerated() {
        let low = Int32.random(in: 1 ... .max - 2, using: &random)
        let high = Int32.random(in: low + 1 ... .max, using: &random)
        let rest = Int16(2 * (fields.count - index))
        code.append(.branch(.lt, .doubleWord, field, .immediate(low), offset: rest + 1))
        code.append(.branch(.gt, .doubleWord, field, .immediate(high), offset: rest))
      }
      code += [.alu(.mov, .doubleWord, .r0, .immediate(Int32(1 + rule % 3))), .exit]
    }
    return Program("rules_\(count)", code + [.alu(.mov, .doubleWord, .r0, .immediate(2)), .exit])
  }

  /// Random numbers that are the same on every machine.
  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = state
      mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
      return mixed ^ mixed >> 31
    }
  }
}
