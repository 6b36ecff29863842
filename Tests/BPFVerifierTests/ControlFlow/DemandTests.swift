import BPF
import Testing

@testable import BPFVerifier

@Suite struct `Demand for a value` {
  @Test(arguments: [
    ("nothing for a value that is only returned", "r0 = r1\nr0 += r2\nexit", [[], [], []]),
    (
      "what flows into an address", "r2 += r3\nr1 += r2\nr0 = *(u8 *)(r1 +0)\nexit",
      [[1, 2, 3], [1, 2], [1], []]
    ),
    ("an address, and not what is stored there", "*(u8 *)(r1 +0) = r2\nr0 = 0\nexit", [[1], [], []]),
    (
      "no old value of what is overwritten", "r1 = r2\nr1 = r3\nr0 = *(u8 *)(r1 +0)\nexit",
      [[3], [3], [1], []]
    ),
    ("no divisor of its own", "r1 /= r2\nr0 = r1\nexit", [[], [], []]),
    ("nothing for a branch that joins", "if r1 > r2 goto +1\nr3 = 0\nr0 = 0\nexit", [[], [], [], []]),
    (
      "what bounds an index", "if r2 > r3 goto +2\nr1 += r2\nr0 = *(u8 *)(r1 +0)\nr0 = 0\nexit",
      [[1, 2, 3], [1, 2], [1], [], []]
    ),
    (
      "the arguments of a helper", "r6 = r1\ncall 5\nr0 = r6\nexit",
      [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [], []]
    ),
    (
      "an address that is fetched from", "r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)\nr0 = 0\nexit",
      [[1], [], []]
    ),
    ("the address behind an address", "r1 = *(u64 *)(r1 +0)\nr0 = *(u64 *)(r1 +0)\nexit", [[1], [1], []]),
    ("the source of a sign extension", "r1 = (s8)r2\nr0 = *(u8 *)(r1 +0)\nexit", [[2], [1], []]),
  ])
  func `is`(what: String, text: String, registers: [[Int]]) throws {
    let control = try ControlText(text)
    let demand = Demand(control.layout, control.flow)
    #expect(demand.registersBefore.map(ControlText.bits) == registers)
  }

  @Test(arguments: [
    (
      "of a counter that ends it", "r6 = 0\nr6 += 1\nif r6 < 9 goto -2\nr0 = 0\nexit", [[], [6], [6], [], []]
    ),
    (
      "of both sides of what ends it", "r6 = 0\nr6 += 1\nif r6 != r7 goto -2\nr0 = 0\nexit",
      [[7], [6, 7], [6, 7], [], []]
    ),
    (
      "of what goes from round to round, though its branch ends nothing",
      """
      r6 = 0
      r7 = 0
      if r6 > 3 goto +1
      r6 += 1
      r7 += 1
      if r7 < 9 goto -4
      r0 = 0
      exit
      """, [[], [6], [6, 7], [6, 7], [6, 7], [6, 7], [], []]
    ),
    (
      "and not of what is made anew in every round",
      """
      r7 = 0
      r6 = r7
      if r6 > 3 goto +1
      r0 = 1
      r7 += 1
      if r7 < 9 goto -5
      exit
      """, [[], [7], [7], [7], [7], [7], []]
    ),
  ])
  func `is in a loop`(what: String, text: String, registers: [[Int]]) throws {
    let control = try ControlText(text, argumentCount: 0)
    let demand = Demand(control.layout, control.flow)
    #expect(demand.registersBefore.map(ControlText.bits) == registers)
  }

  @Test func `goes through spills at constant places`() throws {
    let control = try ControlText(
      """
      *(u64 *)(r10 -8) = r2
      *(u64 *)(r10 -16) = r3
      *(u32 *)(r10 -508) = r4
      r2 = *(u64 *)(r10 -8)
      r1 += r2
      r5 = *(u64 *)(r10 -512)
      r1 += r5
      r0 = *(u8 *)(r1 +0)
      exit
      """
    )
    let demand = Demand(control.layout, control.flow)
    #expect(
      demand.registersBefore.map(ControlText.bits) == [
        [1, 2, 4], [1, 4], [1, 4], [1], [1, 2], [1], [1, 5], [1], [],
      ]
    )
    #expect(
      demand.slotsBefore.map(ControlText.bits) == [
        [63], [0, 63], [0, 63], [0, 63], [63], [63], [], [], [],
      ]
    )
  }

  @Test func `of a call's arguments is what the function demands, and of its result what the caller does`()
    throws
  {
    let control = try ControlText(
      """
      r6 = r1
      r1 = r2
      r2 = r3
      call index
      r6 += r0
      r0 = *(u8 *)(r6 +0)
      exit
      index: r0 = r1
      exit
      """
    )
    let demand = Demand(control.layout, control.flow)
    #expect(
      demand.registersBefore.map(ControlText.bits) == [
        [1, 2], [2, 6], [1, 6], [1, 6], [0, 6], [6], [], [1], [0],
      ]
    )
  }

  @Test func `is on what a function returns that is called back`() throws {
    let control = try ControlText("r2 = f ll\nr0 = 0\nexit\nf: r0 = r1\nexit")
    let demand = Demand(control.layout, control.flow)
    #expect(demand.registersBefore.map(ControlText.bits) == [[], [], [], [], [1], [0]])
  }

  @Test func `on the arguments of a call can be told`() throws {
    let control = try ControlText("r0 = 0\ncall 5\nexit")
    let demand = Demand(control.layout, control.flow, arguments: { $0 == 1 ? 0b1100 : 0 })
    #expect(demand.registersBefore.map(ControlText.bits) == [[2, 3], [2, 3], []])
  }

  @Test func `ends where functions call each other`() throws {
    let control = try ControlText(
      "r1 = r2\ncall f\nexit\nf: r2 += r1\nr0 = *(u8 *)(r2 +0)\ncall g\nexit\ng: r2 = r1\nr1 = r3\ncall f\nexit"
    )
    let demand = Demand(control.layout, control.flow)
    #expect(
      demand.registersBefore.map(ControlText.bits) == [
        [2, 3], [1, 2, 3], [], [1, 2, 3], [1, 2, 3], [1, 3], [], [1, 3], [2, 3], [1, 2, 3], [],
      ]
    )
  }
}
