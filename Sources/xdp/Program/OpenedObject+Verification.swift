import BPF
import BPFJIT
import BPFVerifier
import BTF
import LinuxKernel
import XDP

extension OpenedObject {
  /// How many processors programs are verified for where the machine does not say.
  private static let usualProcessorCount = 64

  /// What the programs may do on a machine with so many processors, or on this one.
  func verifierEnvironment(
    for programs: [Program],
    processors: Int? = nil
  ) throws(CommandError) -> VerifierEnvironment {
    .xdp(
      processorCount: processors ?? (try? PossibleCPUs.count()) ?? Self.usualProcessorCount,
      kernelTypes: try kernelTypes(for: programs)
    )
  }

  /// Judges the programs that are to run, unless they are to be taken as they are.
  func admit(_ programs: [Program], _ options: RunOptions) throws(CommandError) -> AdmittedPrograms {
    options.unverified ? .unverified(programs) : .verified(try verified(programs))
  }

  /// The programs, proved safe.
  func verified(_ programs: [Program]) throws(CommandError) -> [VerifiedProgram] {
    let verifier = Verifier(try verifierEnvironment(for: programs))
    do throws(Rejection) {
      return try verifier.verify(programs)
    } catch {
      throw .refused(error, of: programs)
    }
  }

  /// The machine code of the first of some programs, bound to maps of the object's sizes.
  func machineCode(
    of programs: [Program],
    for instructionSet: InstructionSet
  ) throws(CommandError) -> CodeListing {
    let verified = try verified(programs)
    do {
      let loaded = try LoadedObject(verified)
      return try loaded.listing(of: verified[0], for: instructionSet)
    } catch let error as CompilationError {
      throw .refused("program '\(programs[0].name)' cannot be machine code: \(error)")
    } catch {
      throw .badInput("\(error)")
    }
  }

  /// The kernel's types, where one of the programs calls into the kernel and so may be lent one of its objects.
  private func kernelTypes(for programs: [Program]) throws(CommandError) -> BTF? {
    programs.contains { !$0.externs.isEmpty } ? try kernel.types() : nil
  }
}

extension CommandError {
  /// A program that the verifier refuses: the answer is no, in the verifier's words.
  fileprivate static func refused(_ rejection: Rejection, of programs: [Program]) -> CommandError {
    let text = RejectionText(rejection) { VerdictPaint.paint($0, $1, on: Terminal.isError) }
    return .no(
      """
      the verifier refuses '\(rejection.program.name)', so it does not run
      \(text.lines.joined(separator: "\n"))
      note: --unverified runs it all the same, in the interpreter, which checks every access
      """
    )
  }
}
