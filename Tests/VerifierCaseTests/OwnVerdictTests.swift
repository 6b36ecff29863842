import BPF
import BPFVerifier
import Testing
import XDP

/// Our verifier judges the cases as Linux does, except where a case says why not.
@Suite struct `Our verdicts` {
  @Test(arguments: try VerifierCaseFile.all())
  func `on the cases are Linux's, or differ for a reason`(verifierCase: VerifierCase) throws {
    if verifierCase.wantsKernelTypes, KernelTypes.all == nil { return }
    let types = verifierCase.wantsKernelTypes ? KernelTypes.all : nil
    let accepts = verifierCase.difference?.accepts ?? (verifierCase.kernel == .accepts)
    do throws(Rejection) {
      _ = try Verifier(.xdp(kernelTypes: types)).verify(verifierCase.program)
      #expect(accepts, "ours accepts it")
    } catch {
      #expect(!accepts, "ours refuses it: \(error.violation.slot ?? -1): \(error.violation.message)")
      if let message = verifierCase.message { #expect(error.violation.message == message) }
    }
  }
}
