import BPF
import Testing

/// A few instructions, the memory they work on, and what must come of it.
///
/// The files in `Tests/Fixtures/conformance` hold one case after another:
///
///     == the case's name, one in its file
///     memory: 0102 0304
///         r0 = *(u16 *)(r1 +2)
///         exit
///     r0: 0x403
///
/// The code is indented and in the assembler's syntax; it runs with `r1` the address of the memory and `r2` its
/// length. At the left margin stand the fields:
///
/// - `memory`: the memory before, in hex; none without it.
/// - `r0`: what the code returns, and with `after` the memory afterwards.
/// - `error`: why a checking engine stops it instead, by the name of its `Trap.Kind`; `binding` where it cannot begin.
/// - `untracked`: beside `error: uninitialized`, what an engine finds that does not track what was written: an `r0`, or
///   why it stops the code, on a machine that has run nothing and whose registers and stack are zero.
/// - `kernel`: `refuses` where Linux's verifier does not let the code run; `main` where the code must be a whole
///   program, of whose `r0` the low 32 bits are seen.
struct ConformanceCase: Sendable {
  /// What must come of the code.
  enum Expectation: Hashable, Sendable {
    /// It returns, with this memory where one is given.
    case returns(UInt64, memory: [UInt8]?)
    /// It is stopped, for a reason of this name.
    case stops(String)
  }

  /// What the kernel does with the code.
  enum Judgement: String, Hashable, Sendable {
    /// Runs it as a function with memory, and finds the same.
    case agrees
    /// Runs it as a program of its own, and finds the same.
    case main
    /// Does not let it run.
    case refuses
  }

  var file: String
  var line: Int
  var name: String
  var memory: [UInt8]
  var code: [Instruction]
  var expectation: Expectation
  /// What comes of it where nothing tracks what was written.
  var untracked: Expectation
  var judgement: Judgement
}

extension ConformanceCase: CustomTestStringConvertible {
  var testDescription: String { "\(file):\(line): \(name)" }
}

/// A case that cannot be read.
struct MalformedCase: Error, Hashable, CustomStringConvertible {
  var file: String
  var line: Int
  var reason: String

  var description: String { "\(file):\(line): \(reason)" }
}
