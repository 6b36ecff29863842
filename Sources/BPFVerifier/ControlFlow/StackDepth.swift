/// How deep the frames of a program's calls may lie on each other.
///
/// What a function's frame takes is only known when it was followed; this adds frames up along all chains of calls that
/// stand in the code, as Linux does, whether the calls are made or not.
struct StackDepth {
  /// The most bytes of a chain of frames (`MAX_BPF_STACK`).
  static let mostBytes = 512
  /// The most functions in a chain of calls (`MAX_CALL_FRAMES`).
  static let mostFrames = 8
  /// A function with this many bytes of frames above it must not tail-call.
  static let tailCallBytes = 256
  /// What each frame is rounded up to.
  static let alignment = 16

  private let functions: [FunctionRange]
  private let depths: [Int]
  private let graph: CallGraph

  /// Looks at a program whose calls and frames are known.
  ///
  /// - Parameters:
  ///   - functions: The program's functions, the entry first.
  ///   - depths: How many bytes of its frame each function uses.
  ///   - calls: All calls in the code, `CodeLayout.calls`, and what was found to call the addresses that it loads.
  /// - Throws: The chain of functions that call each other in a circle.
  init(_ functions: [FunctionRange], depths: [Int], calls: [FunctionCall]) throws(Violation) {
    self.functions = functions
    self.depths = depths.map { ($0 + Self.alignment - 1) / Self.alignment * Self.alignment }
    graph = CallGraph(functions, calls: calls)
    if let circle = graph.circle {
      let names = (circle + [circle[0]]).map(\.caller).map { "'\(functions[$0].name)'" }
      throw Violation(
        .recursion,
        circle.count == 1
          ? "\(names[0]) calls itself" : "these call each other: \(names.joined(separator: ", "))",
        at: circle[circle.count - 1].slot
      )
    }
  }

  /// Checks that no chain of calls is too long or has too many bytes.
  ///
  /// - Parameter throwingSlots: For each function that has one, the slot of a call that throws.
  /// - Returns: The bytes of the deepest chain.
  /// - Throws: The chain, its functions named.
  @discardableResult func check(throwingSlots: [Int: Int] = [:]) throws(Violation) -> Int {
    var deepest = 0
    let bytes = graph.longest { depths[$0] }
    let frames = graph.longest { _ in 1 }
    for function in graph.order {
      let frameCount = frames.above[function] + 1
      guard frameCount <= Self.mostFrames else {
        throw Violation(
          .tooManyFrames,
          "\(frameCount) functions call each other in a chain, and \(Self.mostFrames) may: "
            + names(of: frames.chain(to: function)).joined(separator: ", "),
          at: frames.last[function]?.slot
        )
      }
      let above = bytes.above[function]
      guard !functions[function].hasTailCall || above < Self.tailCallBytes else {
        throw Violation(
          .tailCallTooDeep,
          "'\(functions[function].name)' tail-calls with \(above) bytes of frames above it, and may have under "
            + "\(Self.tailCallBytes): \(sum(of: bytes.chain(to: function).dropLast()))",
          at: bytes.last[function]?.slot
        )
      }
      let total = above + depths[function]
      guard total <= Self.mostBytes else {
        throw Violation(
          .stackTooDeep,
          "the frames of a chain of calls have \(total) bytes, and may have \(Self.mostBytes): "
            + sum(of: bytes.chain(to: function)),
          at: bytes.last[function]?.slot
        )
      }
      deepest = max(deepest, total)
    }
    for (function, slot) in throwingSlots.sorted(by: { $0.value < $1.value })
    where graph.isCalledBack[function] {
      throw Violation(
        .throwsFromCallback,
        "'\(functions[function].name)' throws, and runs while a helper calls back",
        at: slot
      )
    }
    return deepest
  }

  private func names(of chain: some Sequence<Int>) -> [String] { chain.map { "'\(functions[$0].name)'" } }

  private func sum(of chain: some Sequence<Int>) -> String {
    chain.map { "'\(functions[$0].name)' \(depths[$0])" }.joined(separator: " + ")
  }
}
