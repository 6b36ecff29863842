import BPF
import LinuxKernel
import TestSupport
import Testing

/// The kernel judges the cases, and for the reason that they name.
@Suite(KernelAccess.required) struct `Verdicts of Linux` {
  @Test(arguments: try VerifierCaseFile.all())
  func `on the cases are what they say`(verifierCase: VerifierCase) throws {
    let refusal = try verifierCase.refusal()
    switch verifierCase.kernel {
    case .accepts: #expect(refusal == nil, "\(refusal?.reason ?? "")")
    case .refuses(let words):
      guard let refusal else {
        Issue.record("the kernel accepts it")
        return
      }
      #expect(!words.isEmpty && refusal.description.contains(words), "\(refusal.reason)")
    }
  }
}

extension VerifierCase {
  /// Why the kernel does not take the program; nil where it does.
  func refusal() throws -> KernelError? {
    do throws(KernelError) {
      _ = try KernelEngine.load(program, ifindex: program.flags.contains(.deviceBound) ? 1 : 0)
      return nil
    } catch {
      if error.command == "BPF_PROG_LOAD" { return error }
      throw error
    }
  }
}
