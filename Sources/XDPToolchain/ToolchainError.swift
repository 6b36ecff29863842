/// Why a source could not be built.
public enum ToolchainError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No clang beside `swift` nor in `PATH` that makes BPF objects; the ones that were tried, with what is wrong.
  case noCompiler(tried: [String])
  /// The compiler refused the source: what it said, as it said it.
  case refused(source: String, diagnostics: String)
  /// The compiler could not be started or was ended by something else.
  case notRun(compiler: String, reason: String)

  /// What a person should read, with what to do.
  public var description: String {
    switch self {
    case .noCompiler(let tried):
      "no C compiler for BPF was found"
        + (tried.isEmpty ? "" : " (" + tried.joined(separator: "; ") + ")")
        + ": put the clang of the Swift toolchain, or of `apt-get install clang`, into PATH"
    case .refused(let source, let diagnostics):
      "clang refused \(source):\n" + diagnostics
    case .notRun(let compiler, let reason):
      "\(compiler) could not be run: \(reason)"
    }
  }
}
