import BPF
import Testing

@testable import BPFVerifier

/// Programs that would take quadratic time or a deep stack if anything did: work is counted, not timed.
@Suite struct `Hostile programs` {
  private static let slotCount = 200_000

  private func check(_ code: [Instruction], components: Int) throws {
    let layout = try CodeLayout(Program("main", code))
    let flow = try ControlFlow(layout)
    let demand = Demand(layout, flow)
    #expect(flow.componentCount == components)
    #expect(flow.work <= 30 * layout.slotCount)
    #expect(demand.work <= 30 * layout.slotCount)
    #expect(Set(flow.order).count == flow.order.count)
  }

  @Test func `of jumps only are walked once`() throws {
    let jumps = [Instruction](repeating: .jump(offset: 0), count: 999_999)
    try check(jumps + [.exit], components: 0)
  }

  @Test func `of conditions that all go back to the start are one loop`() throws {
    let back = (1..<Self.slotCount).map { slot in
      Instruction.branch(.gt, .doubleWord, .r1, .register(.r2), offset: Int16(max(-slot - 1, -32_768)))
    }
    try check([.jump(offset: 0)] + back + [.exit], components: 1)
  }

  @Test func `of loops in loops, each entered in its middle, end`() throws {
    var code: [Instruction] = []
    for index in 0..<Self.slotCount / 4 {
      let register = Register.allCases[index % 10]
      code.append(.branch(.eq, .doubleWord, register, .immediate(0), offset: 1))
      code.append(.alu(.add, .doubleWord, register, .register(Register.allCases[(index + 1) % 10])))
      code.append(.store(.doubleWord, .register(register), to: Address(.r10, Int16(-8 * (index % 64 + 1)))))
      code.append(.branch(.ne, .doubleWord, register, .immediate(1), offset: Int16(-min(index * 4 + 4, 9))))
    }
    try check(code + [.alu(.mov, .doubleWord, .r0, .immediate(0)), .exit], components: 1)
  }

  @Test func `of spills that hand one value on are followed one step at a time`() throws {
    var code: [Instruction] = []
    for index in 0..<Self.slotCount / 2 {
      code.append(.load(.doubleWord, .r1, from: Address(.r10, Int16(-8 * (index % 64 + 1)))))
      code.append(.store(.doubleWord, .register(.r1), to: Address(.r10, Int16(-8 * ((index + 1) % 64 + 1)))))
    }
    code.append(.branch(.ne, .doubleWord, .r1, .immediate(1), offset: -32_768))
    try check(code + [.load(.byte, .r0, from: Address(.r1)), .exit], components: 1)
  }

  @Test func `of many calls to many functions end`() throws {
    var code: [Instruction] = []
    let callCount = Self.slotCount
    for index in 0..<callCount {
      let target = callCount + 1 + index % 255 * 3
      code.append(.call(.local(offset: Int32(target - index - 1))))
    }
    code.append(.exit)
    for _ in 0..<255 {
      code += [.alu(.add, .doubleWord, .r1, .register(.r2)), .load(.byte, .r0, from: Address(.r1)), .exit]
    }
    try check(code, components: 0)
    let layout = try CodeLayout(Program("main", code))
    try StackDepth(layout.functions, depths: Array(repeating: 8, count: 256), calls: layout.calls).check()
  }

  @Test func `with exponentially many chains of calls are added up at once`() throws {
    let functions = (0..<256).map {
      FunctionRange(name: "f\($0)", start: $0, end: $0 + 1, isGlobal: false, type: 0)
    }
    let calls = (0..<255).flatMap { caller in
      (caller + 1..<256).map { FunctionCall(caller: caller, callee: $0, slot: caller, kind: .direct) }
    }
    let stack = try StackDepth(functions, depths: Array(repeating: 0, count: 256), calls: calls)
    #expect { try stack.check() } throws: { ($0 as? Violation)?.rule == .tooManyFrames }
  }
}
