import BPFVerifier
import Foundation
import LinuxKernel
import TestSupport
import Testing
import XDP

/// Writes the kernel's words and ours into refusals that have none yet, where the environment has `XDP_RECORD`.
///
/// The verdict itself is never changed: whoever writes a case says first what should come of it.
@Suite(KernelAccess.required, .enabled(if: ProcessEnvironment["XDP_RECORD"] != nil))
struct `Recording of verdicts` {
  @Test func `fills in the reasons that are missing`() throws {
    for url in try VerifierCaseFile.files() {
      let text = try String(contentsOf: url, encoding: .utf8)
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      for verifierCase in try VerifierCaseFile.cases(in: text, named: url.lastPathComponent)
      where verifierCase.kernel == .refuses("") {
        guard let refusal = try verifierCase.refusal(),
          let field = lines[verifierCase.line...].firstIndex(where: { $0.hasPrefix("kernel: refuses") })
        else { continue }
        lines[field] = "kernel: refuses \(refusal.reason.isEmpty ? "\(refusal.code)" : refusal.reason)"
      }
      for verifierCase in try VerifierCaseFile.cases(in: text, named: url.lastPathComponent).reversed()
      where verifierCase.message == nil {
        guard let field = lines[verifierCase.line...].firstIndex(where: { $0.hasPrefix("kernel: ") }) else {
          continue
        }
        do throws(Rejection) {
          let types = verifierCase.wantsKernelTypes ? KernelTypes.all : nil
          _ = try Verifier(.xdp(kernelTypes: types)).verify(verifierCase.program)
        } catch {
          lines.insert("message: \(error.violation.message)", at: field + 1)
        }
      }
      try lines.joined(separator: "\n").write(to: url, atomically: true, encoding: .utf8)
    }
  }
}
