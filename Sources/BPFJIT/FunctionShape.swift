import BPF

/// A function of a program as a generator needs it.
struct FunctionShape {
  /// The slot of its first instruction, and one past its last.
  var start: Int, end: Int
  /// Which of `r6` to `r9` it writes, and must restore.
  var saved: [Register]
  /// Which registers its instructions write, a bit each; calls write `r0` to `r5` besides.
  var writtenRegisters: UInt16
  /// Whether it uses the program's stack.
  var needsFrame: Bool
  /// Whether it calls anything.
  var calls: Bool
  /// Whether it calls anything but functions of the program.
  var callsHelpers: Bool
  /// Whether it has a `may_goto`.
  var hasLoops: Bool

  init(_ range: Range<Int>, of instructions: [Instruction?]) {
    start = range.lowerBound
    end = range.upperBound
    var written: UInt16 = 0
    (needsFrame, calls, callsHelpers, hasLoops) = (false, false, false, false)
    for slot in range {
      guard let instruction = instructions[slot] else { continue }
      if let register = instruction.writtenRegister { written |= 1 << UInt16(register.rawValue) }
      if !needsFrame, instruction.reads(.r10) { needsFrame = true }
      if case .call(let target) = instruction {
        calls = true
        if case .local = target {} else { callsHelpers = true }
      }
      if case .mayGoto = instruction { (calls, hasLoops) = (true, true) }
    }
    saved = [.r6, .r7, .r8, .r9].filter { written & 1 << UInt16($0.rawValue) != 0 }
    writtenRegisters = written
  }
}
