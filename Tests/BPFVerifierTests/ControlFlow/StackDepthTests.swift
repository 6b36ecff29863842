import Testing

@testable import BPFVerifier

/// The verdicts are Linux 6.18's, for programs of these frames and calls.
@Suite struct `Stack depth` {
  private typealias Call = FunctionCall

  /// Functions `f0`, `f1` and on, of which some tail-call.
  private func functions(_ count: Int, tailCalling: Set<Int> = []) -> [FunctionRange] {
    (0..<count).map {
      FunctionRange(
        name: "f\($0)",
        start: $0 * 10,
        end: $0 * 10 + 10,
        isGlobal: $0 == 0,
        type: 0,
        hasTailCall: tailCalling.contains($0)
      )
    }
  }

  /// Each function calls the next.
  private func chain(_ count: Int, _ kind: FunctionCall.Kind = .direct) -> [FunctionCall] {
    (1..<count).map { FunctionCall(caller: $0 - 1, callee: $0, slot: $0 * 10 - 5, kind: kind) }
  }

  @Test(
    arguments: [
      ([512], nil), ([512, 0], nil), ([256, 256], nil), ([496, 8], nil), ([496, 16], nil),
      ([64, 64, 64, 64, 64, 64, 64, 64], nil), ([256, 16, 240], nil),
      ([256, 264], "'f0' 256 + 'f1' 272"), ([512, 8], "'f0' 512 + 'f1' 16"),
      ([504, 8], "'f0' 512 + 'f1' 16"),
      ([256, 8, 248], "'f0' 256 + 'f1' 16 + 'f2' 256"), ([488, 8, 8], "'f0' 496 + 'f1' 16 + 'f2' 16"),
    ] as [([Int], String?)]
  )
  func `is at most 512 bytes for the frames of a chain, each rounded up to 16`(
    depths: [Int],
    sum: String?
  ) throws {
    for kind in [FunctionCall.Kind.direct, .address, .callback] {
      let stack = try StackDepth(functions(depths.count), depths: depths, calls: chain(depths.count, kind))
      guard let sum else {
        try stack.check()
        continue
      }
      let message = "the frames of a chain of calls have 528 bytes, and may have 512: " + sum
      #expect(throws: Violation(.stackTooDeep, message, at: depths.count * 10 - 15)) { try stack.check() }
    }
  }

  @Test func `counts the deepest of several chains`() throws {
    let calls = [
      Call(caller: 0, callee: 1, slot: 1, kind: .direct), Call(caller: 0, callee: 2, slot: 2, kind: .direct),
      Call(caller: 1, callee: 3, slot: 11, kind: .direct),
      Call(caller: 2, callee: 3, slot: 21, kind: .direct),
    ]
    try StackDepth(functions(4), depths: [16, 100, 200, 280], calls: calls).check()
    let message =
      "the frames of a chain of calls have 528 bytes, and may have 512: 'f0' 16 + 'f2' 208 + 'f3' 304"
    #expect(throws: Violation(.stackTooDeep, message, at: 21)) {
      try StackDepth(functions(4), depths: [16, 100, 200, 300], calls: calls).check()
    }
  }

  @Test func `is at most 8 functions`() throws {
    try StackDepth(functions(8), depths: Array(repeating: 0, count: 8), calls: chain(8)).check()
    let message =
      "9 functions call each other in a chain, and 8 may: 'f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7', 'f8'"
    #expect(throws: Violation(.tooManyFrames, message, at: 75)) {
      try StackDepth(functions(9), depths: Array(repeating: 0, count: 9), calls: chain(9)).check()
    }
  }

  @Test(arguments: [
    ([Call(caller: 0, callee: 0, slot: 3, kind: .direct)], "'f0' calls itself", 3),
    (
      [
        Call(caller: 0, callee: 1, slot: 3, kind: .direct),
        Call(caller: 1, callee: 2, slot: 13, kind: .address),
        Call(caller: 2, callee: 1, slot: 23, kind: .direct),
      ], "these call each other: 'f1', 'f2', 'f1'", 23
    ),
    (
      [
        Call(caller: 0, callee: 1, slot: 3, kind: .callback),
        Call(caller: 1, callee: 1, slot: 13, kind: .callback),
      ], "'f1' calls itself", 13
    ),
  ])
  func `has no end where functions call each other`(calls: [FunctionCall], message: String, slot: Int) {
    #expect(throws: Violation(.recursion, message, at: slot)) {
      try StackDepth(functions(3), depths: [0, 0, 0], calls: calls)
    }
  }

  @Test(
    arguments: [
      ([240, 0], [1], nil), ([240, 272], [1], nil), ([512, 0], [0], nil), ([256, 256], [0], nil),
      ([248, 0], [1], "'f1' tail-calls with 256 bytes of frames above it, and may have under 256: 'f0' 256"),
      (
        [128, 120, 0], [2],
        "'f2' tail-calls with 256 bytes of frames above it, and may have under 256: 'f0' 128 + 'f1' 128"
      ),
      ([128, 128, 256], [1], nil),
    ] as [([Int], Set<Int>, String?)]
  )
  func `above a function that tail-calls is under 256`(
    depths: [Int],
    tailCalling: Set<Int>,
    message: String?
  ) throws {
    let stack = try StackDepth(
      functions(depths.count, tailCalling: tailCalling),
      depths: depths,
      calls: chain(depths.count)
    )
    guard let message else {
      try stack.check()
      return
    }
    #expect(throws: Violation(.tailCallTooDeep, message, at: depths.count * 10 - 15)) { try stack.check() }
  }

  @Test func `of what runs later begins anew, unless it is also called`() throws {
    var calls = [Call(caller: 0, callee: 1, slot: 3, kind: .asynchronous)]
    calls.append(Call(caller: 1, callee: 1, slot: 13, kind: .address))
    try StackDepth(functions(2), depths: [512, 512], calls: calls).check()
    calls[1] = Call(caller: 0, callee: 1, slot: 4, kind: .direct)
    let message = "the frames of a chain of calls have 1024 bytes, and may have 512: 'f0' 512 + 'f1' 512"
    #expect(throws: Violation(.stackTooDeep, message, at: 4)) {
      try StackDepth(functions(2), depths: [512, 512], calls: calls).check()
    }
  }

  @Test(arguments: [
    ([FunctionCall.Kind.callback, .direct], true), ([.asynchronous, .direct], true),
    ([.address, .direct], false),
    ([.direct, .direct], false), ([.direct, .callback], true),
  ])
  func `is no place to throw from below what is called back`(
    kinds: [FunctionCall.Kind],
    isRefused: Bool
  ) throws {
    let calls = [
      Call(caller: 0, callee: 1, slot: 3, kind: kinds[0]),
      Call(caller: 1, callee: 2, slot: 13, kind: kinds[1]),
    ]
    let stack = try StackDepth(functions(3), depths: [0, 0, 0], calls: calls)
    try stack.check(throwingSlots: [0: 7])
    guard isRefused else {
      try stack.check(throwingSlots: [2: 27])
      return
    }
    let message = "'f2' throws, and runs while a helper calls back"
    #expect(throws: Violation(.throwsFromCallback, message, at: 27)) {
      try stack.check(throwingSlots: [2: 27])
    }
  }
}
