import BPF

@testable import BPFVerifier

/// A program of assembler text, and what control flow makes of it.
struct ControlText {
  let layout: CodeLayout
  let flow: ControlFlow

  init(
    _ text: String,
    functions: [Function] = [],
    callKinds: [Int: ControlFlow.CallKind] = [:],
    argumentCount: Int = 5
  ) throws {
    layout = try Self.layout(text, functions: functions)
    flow = try ControlFlow(
      layout,
      callKinds: { callKinds[$0] ?? .plain },
      argumentCounts: { _ in argumentCount }
    )
  }

  static func layout(_ text: String, functions: [Function] = []) throws -> CodeLayout {
    try CodeLayout(Program("main", Assembler.assemble(text), functions: functions))
  }

  /// The slots where a flag is set.
  static func slots(_ flags: [Bool]) -> [Int] { flags.indices.filter { flags[$0] } }

  /// The numbers of the bits of a mask.
  static func bits(_ mask: some FixedWidthInteger) -> [Int] {
    (0..<mask.bitWidth).filter { mask >> $0 & 1 == 1 }
  }
}
