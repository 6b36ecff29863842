import BPF
import Testing

@testable import BPFVerifier

@Suite struct `Control flow` {
  @Test(arguments: [
    ("r0 = 1\nexit\nexit", 2, "no way leads to this instruction"),
    ("goto +1\nr0 = 1\nr0 = 2\nexit", 1, "no way leads to this instruction"),
    ("r0 = 1\ngoto +2\nr1 = 5 ll\nexit", 2, "no way leads to this instruction"),
    ("r0 = 1\nexit\nf: r0 = 1\nexit\ng: call f\nexit", 2, "nothing calls 'function at slot 2'"),
    ("r0 = 1\nexit\nf: r0 = 1\ncall f\nexit", 2, "nothing calls 'function at slot 2'"),
  ])
  func `reaches every instruction or the program is refused`(text: String, slot: Int, message: String) throws
  {
    #expect(throws: Violation(.unreachableCode, message, at: slot)) { try ControlText(text) }
  }

  @Test func `goes to the next instruction, to a jump's target, or nowhere`() throws {
    let flow = try ControlText(
      """
      r1 = 5 ll
      if r1 == 1 goto out
      goto on
      on: call f
      may_goto on
      out: exit
      f: gotol g
      g: exit
      """
    ).flow
    let expected: [Int: (Int?, Int?)] = [
      0: (2, nil), 2: (3, 6), 3: (4, nil), 4: (5, nil), 5: (6, 4), 6: (nil, nil), 7: (8, nil), 8: (nil, nil),
    ]
    for (slot, successors) in expected { #expect(flow.successors(of: slot) == successors, "slot \(slot)") }
    #expect(
      (0..<9).map { Array(flow.predecessors(of: $0)) } == [[], [], [0], [2], [3, 5], [4], [2, 5], [], [7]]
    )
  }

  @Test(
    arguments: [
      ("nothing where control only falls through", "r0 = 1\nr0 = 2\nexit", [], [], [], [:]),
      ("a condition and its target", "r0 = 1\nif r0 == 1 goto +1\nr0 = 2\nexit", [1, 3], [3], [], [:]),
      ("a goto's target", "r0 = 1\ngoto +0\nr0 = 2\nexit", [2], [2], [], [:]),
      ("a gotol's target", "r0 = 1\ngotol +0\nr0 = 2\nexit", [2], [2], [], [:]),
      (
        "may_goto as a condition, and it is a checkpoint", "r0 = 1\nmay_goto +1\nr0 = 2\nexit", [1, 3], [3],
        [1], [:]
      ),
      ("what follows a helper", "call 5\nr0 = 2\nexit", [1], [1], [], [:]),
      (
        "a call, what follows it and the function", "r0 = 1\ncall f\nexit\nf: r0 = 0\nexit", [1, 2, 3],
        [2, 3], [],
        [:]
      ),
      (
        "the load of an address, what follows it and the function",
        "r0 = 1\nr2 = f ll\nexit\nf: r0 = 0\nexit", [1, 3, 4], [3, 4], [], [:]
      ),
      ("a call back at once", "r0 = 1\ncall 181\nexit", [1, 2], [1, 2], [1], [1: .callsBack]),
      ("a call back later", "r0 = 1\ncall 170\nexit", [1, 2], [2], [], [1: .asynchronousCallback]),
      (
        "the next round of an iterator", "r0 = 1\ncall kernel-function#7\nexit", [1, 2], [2], [1],
        [1: .iteratorNext]
      ),
      (
        "what follows a call that throws", "r0 = 1\ncall kernel-function#7\nexit", [2], [2], [],
        [1: .doesNotReturn]
      ),
    ] as [(String, String, [Int], [Int], [Int], [Int: ControlFlow.CallKind])]
  )
  func `has states compared at`(
    what: String,
    text: String,
    prune: [Int],
    jump: [Int],
    checkpoints: [Int],
    kinds: [Int: ControlFlow.CallKind]
  ) throws {
    let flow = try ControlText(text, callKinds: kinds).flow
    #expect(ControlText.slots(flow.isPrunePoint) == prune)
    #expect(ControlText.slots(flow.isJumpPoint) == jump)
    #expect(ControlText.slots(flow.isForcedCheckpoint) == checkpoints)
  }

  @Test(arguments: [
    ("straight code", "r0 = 1\nr1 = 5 ll\nexit", [0, 1, 3], [0, 0, 0]),
    ("a branch that joins", "if r1 == 0 goto +1\nr0 = 1\nexit", [0, 1, 2], [0, 0, 0]),
    ("a jump to itself", "if r1 == 0 goto -1\nr0 = 1\nexit", [0, 1, 2], [1, 0, 0]),
    ("a loop", "r0 = 0\nr0 += 1\nif r0 < 9 goto -2\nexit", [0, 1, 2, 3], [0, 1, 1, 0]),
    (
      "a loop whose way out stands in its middle",
      "a: if r1 == 0 goto out\nr1 += 1\ngoto a\nout: r0 = 1\nexit", [0, 1, 2, 3, 4], [1, 1, 1, 0, 0]
    ),
    (
      "a loop that stands behind what follows it",
      "goto loop\nout: r0 = 1\nexit\nloop: r1 += 1\nif r1 > 9 goto out\ngoto loop", [0, 3, 4, 5, 1, 2],
      [0, 1, 1, 1, 0, 0]
    ),
    (
      "a loop in a loop, which is one component",
      "a: r1 = 0\nb: r1 += 1\nif r1 < 3 goto b\nr2 += 1\nif r2 < 3 goto a\nexit", [0, 1, 2, 3, 4, 5],
      [1, 1, 1, 1, 1, 0]
    ),
    (
      "two loops after each other",
      "a: r1 += 1\nif r1 < 3 goto a\nb: r2 += 1\nif r2 < 3 goto b\nexit", [0, 1, 2, 3, 4], [1, 1, 2, 2, 0]
    ),
    (
      "a loop that is entered in two places",
      "if r1 == 0 goto b\na: r2 += 1\nb: r3 += 1\nif r3 < 9 goto a\nexit", [0, 2, 3, 1, 4], [0, 1, 1, 1, 0]
    ),
    (
      "functions, one after the other",
      "call f\nexit\nf: r1 += 1\nif r1 < 3 goto f\nexit", [0, 1, 2, 3, 4], [0, 0, 1, 1, 0]
    ),
  ])
  func `orders`(what: String, text: String, order: [Int32], components: [Int32]) throws {
    let control = try ControlText(text)
    #expect(control.flow.order == order)
    #expect(order.map { control.flow.component[Int($0)] } == components)
    #expect(order.indices.allSatisfy { Int(control.flow.position[Int(order[$0])]) == $0 })
    #expect(control.flow.componentCount == Int(components.max() ?? 0))
    let parts = control.layout.functions.map { Array(control.flow.order(of: $0)) }
    #expect(parts.flatMap(\.self) == order)
    for (function, part) in zip(control.layout.functions, parts) {
      #expect(
        part.allSatisfy { function.start..<function.end ~= Int($0) } && part.first == Int32(function.start)
      )
    }
  }

  @Test(arguments: [
    ("r0 = 1\nexit", 5, [[], [0]]),
    ("r0 = r1\nr0 += r2\nexit", 5, [[1, 2], [0, 2], [0]]),
    ("r1 = 1\ncall 5\nexit", 5, [[2, 3, 4, 5], [1, 2, 3, 4, 5], [0]]),
    ("r1 = 1\ncall 5\nexit", 1, [[], [1], [0]]),
    ("r6 = r1\ncall 5\nr0 = r6\nexit", 0, [[1], [6], [6], [0]]),
    ("r1 = 1\ncall f\nexit\nf: r0 = r1\nexit", 1, [[2, 3, 4, 5], [1, 2, 3, 4, 5], [0], [1], [0]]),
    ("if r1 == r2 goto +1\nr3 = 0\nr0 = r3\nexit", 5, [[1, 2, 3], [], [3], [0]]),
    ("r6 = 0\nr6 += 1\nif r6 < 9 goto -2\nr0 = 0\nexit", 5, [[], [6], [6], [], [0]]),
    ("*(u64 *)(r10 - 8) = r1\nr0 = *(u64 *)(r10 - 8)\nexit", 5, [[1, 10], [10], [0]]),
    ("r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)\nexit", 5, [[0, 1, 2], [0]]),
    ("r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)\nr0 = r2\nexit", 5, [[1, 2], [2], [0]]),
    ("lock *(u64 *)(r1 +0) += r2\nr0 = r2\nexit", 5, [[1, 2], [2], [0]]),
    (
      "r0 = load_acquire((u64 *)(r1 +0))\nstore_release((u64 *)(r1 +0), r2)\nexit", 5,
      [[1, 2], [0, 1, 2], [0]]
    ),
    ("r0 = -r0\nr0 = be16 r0\nr0 = (s8)r3\nexit", 5, [[0, 3], [0, 3], [3], [0]]),
  ])
  func `keeps registers live until they are read`(text: String, argumentCount: Int, live: [[Int]]) throws {
    let flow = try ControlText(text, argumentCount: argumentCount).flow
    #expect(flow.liveBefore.map(ControlText.bits) == live)
  }
}
