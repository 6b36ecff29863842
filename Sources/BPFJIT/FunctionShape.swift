import BPF

/// A function of a program as a generator needs it.
struct FunctionShape {
  /// The slot of its first instruction, and one past its last.
  var start: Int, end: Int
  /// Which of `r6` to `r9` it writes, and must restore.
  var saved: [Register]
  /// Whether it uses the program's stack.
  var needsFrame: Bool
  /// Whether it calls anything.
  var calls: Bool
  /// Whether it has a `may_goto`.
  var hasLoops: Bool

  init(_ range: Range<Int>, of instructions: [Instruction?]) {
    start = range.lowerBound
    end = range.upperBound
    let code = instructions[range].compactMap { $0 }
    saved = [.r6, .r7, .r8, .r9].filter { register in
      code.contains { $0.writtenRegister == register }
    }
    needsFrame = code.contains { $0.readRegisters.contains(.r10) }
    hasLoops = code.contains { if case .mayGoto = $0 { true } else { false } }
    calls = hasLoops || code.contains { if case .call = $0 { true } else { false } }
  }
}
