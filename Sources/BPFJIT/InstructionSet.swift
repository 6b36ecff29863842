/// A kind of processor that machine code is made for.
public enum InstructionSet: String, Hashable, Sendable, CaseIterable {
  /// 64-bit x86, any of its processors.
  case x86_64 = "x86-64"
  /// 64-bit Arm, from its first version (ARMv8.0).
  case arm64

  /// What the processor here runs; nil where nothing is made for it.
  public static var host: InstructionSet? {
    #if arch(x86_64)
    .x86_64
    #elseif arch(arm64)
    .arm64
    #else
    nil
    #endif
  }

  /// Makes code for a program.
  ///
  /// - Parameters:
  ///   - source: The program.
  ///   - batch: How batches lie in memory; nil for no loop over them.
  ///   - isListed: Whether the place of every instruction is wanted.
  /// - Returns: The code and where its parts are.
  /// - Throws: What cannot be compiled.
  func generate(
    _ source: CodeSource,
    _ batch: BatchLayout?,
    isListed: Bool = false
  ) throws(CompilationError) -> GeneratedCode {
    switch self {
    case .x86_64:
      var generator = X86Generator(source, features: .host)
      generator.isListed = isListed
      return try generator.generate(batch)
    case .arm64:
      throw CompilationError(slot: nil, reason: "there is no code generator for arm64 yet")
    }
  }
}
