import BPF
import BPFVerifier

extension Verification {
  /// What `verify` prints for a person: why a program is refused, the verdict, and the kernel's beside it.
  var lines: [String] {
    var lines = rejection.map { Self.lines(of: $0) + [""] } ?? []
    lines.append(verdictLine)
    if let profile { lines += self.lines(of: profile) }
    if let kernel { lines += self.lines(of: kernel) }
    return lines
  }

  private static func lines(of rejection: Rejection) -> [String] {
    RejectionText(rejection) { VerdictPaint.paint($0, $1, on: Terminal.isOutput) }.lines
  }

  /// What an older kernel lacks.
  private func lines(
    of profile: (version: KernelVersion, objections: [KernelProfile.Objection])
  ) -> [String] {
    [Self.verdict("Linux \(profile.version)", profile.objections.isEmpty && isAccepted)]
      + profile.objections.map { objection in
        let place = objection.slot.map { slot in
          ", at slot \(slot)" + (program.knownLine(at: slot).map { " (\($0.file):\($0.line))" } ?? "")
        }
        return "  it \(objection.message), which is there since Linux \(objection.since)\(place ?? "")"
      }
  }

  private var verdictLine: String {
    let rule = rejection.map { " (\($0.violation.rule.rawValue))" } ?? ""
    return Self.verdict(program.name, isAccepted) + rule + ": "
      + [
        Self.count(program.instructions.count, "instruction"), "\(statistics.processed) processed",
        Self.count(statistics.states, "state"), duration.shortText,
      ].joined(separator: ", ")
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  /// The kernel's verdict, why it refused, and whether the two differ.
  private func lines(of kernel: KernelVerdict) -> [String] {
    var facts: [String] = []
    if let processed = kernel.processed { facts.append("\(processed) processed") }
    if let microseconds = kernel.microseconds { facts.append(Duration.microseconds(microseconds).shortText) }
    var lines = [
      Self.verdict("kernel", kernel.isAccepted) + (facts.isEmpty ? "" : ": " + facts.joined(separator: ", "))
    ]
    if !kernel.isAccepted { lines.append("  " + kernel.reason) }
    if kernel.isAccepted != isAccepted {
      let label = Console.styled("the verdicts differ:", .yellow, .bold, on: Terminal.isOutput)
      lines.append(
        isAccepted
          ? "\(label) accepted here, refused by the kernel"
          : "\(label) refused here, accepted by the kernel"
      )
    }
    return lines
  }

  private static func verdict(_ name: String, _ isAccepted: Bool) -> String {
    Console.styled(name, .bold, on: Terminal.isOutput) + ": "
      + Console.styled(
        isAccepted ? "accepted" : "refused",
        isAccepted ? .green : .red,
        .bold,
        on: Terminal.isOutput
      )
  }
}
