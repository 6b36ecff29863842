/// A processor as a code generator knows it: its instruction set, and what it has beyond the least of its kind.
package enum CodeTarget: Hashable, Sendable {
  case x86_64(X86Features)
  case arm64(ARM64Features)

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
    case .x86_64(let features):
      var generator = X86Generator(source, features: features)
      generator.isListed = isListed
      return try generator.generate(batch)
    case .arm64(let features):
      var generator = ARM64Generator(source, features: features)
      generator.isListed = isListed
      return try generator.generate(batch)
    }
  }
}
