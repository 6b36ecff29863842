import LinuxKernel

extension CommandError {
  /// A refusal by the kernel: an answer where its verifier said it, of which the end of the log says enough; else the
  /// system's.
  static func kernel(_ error: KernelError) -> CommandError {
    guard !error.log.isEmpty else { return .refused("\(error)") }
    let lines = error.log.split(whereSeparator: \.isNewline)
    let shown = lines.suffix(12).map { "  " + $0 }.joined(separator: "\n")
    let omitted = lines.count > 12 ? "  …\n" : ""
    return .no("the kernel's verifier refuses '\(error.subject)': \(error.reason)\n\(omitted)\(shown)")
  }

  /// Does what the kernel may refuse.
  static func asking<Answer>(_ body: () throws(KernelError) -> Answer) throws(CommandError) -> Answer {
    do throws(KernelError) { return try body() } catch { throw .kernel(error) }
  }
}
