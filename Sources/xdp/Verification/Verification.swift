import BPF
import BPFVerifier

/// What `xdp verify` found out about one program.
struct Verification {
  /// The program.
  let program: Program
  /// The verdict.
  let verdict: Result<VerifiedProgram, Rejection>
  /// Whether the program was followed as Linux does, to Linux's own limits.
  let isExact: Bool

  /// How long the verdict took.
  let duration: Duration
  /// What the running kernel said, if it was asked.
  var kernel: KernelVerdict?
  /// What an older kernel lacks, if one was asked for.
  var profile: (version: KernelVersion, objections: [KernelProfile.Objection])?

  /// What Linux's verifier would log, if that was asked for.
  var log: String?

  /// What is known before each instruction, if that was asked for.
  var states: StateSheet?

  /// Verifies a program.
  init(_ program: Program, _ environment: VerifierEnvironment, isExact: Bool = false) {
    self.program = program
    let verifier = Verifier(environment, isExact: isExact)
    let start = ContinuousClock.now
    let verdict = Result { () throws(Rejection) in try verifier.verify(program) }
    duration = ContinuousClock.now - start
    self.verdict = verdict
    self.isExact = isExact
    if case .success(let verified) = verdict, verified.linux == .unknown {
      var environment = environment
      environment.limits.processedInstructions = min(
        environment.limits.processedInstructions,
        Self.foresight
      )
      linuxAccepts = (try? Verifier(environment, isExact: true).verify(program)) != nil
    }
  }

  /// How many instructions are followed as Linux does to foretell its verdict, where the proof went another way.
  private static let foresight = 150_000
  /// Whether the program was followed as Linux does after the proof, and to the end.
  private var linuxAccepts = false

  /// Whether the program is safe.
  var isAccepted: Bool { rejection == nil }

  /// Whether anybody who was asked refuses it.
  var isRefusedBySomebody: Bool {
    !isAccepted || kernel?.isAccepted == false || profile?.objections.isEmpty == false
  }

  /// Why it is refused.
  var rejection: Rejection? {
    if case .failure(let rejection) = verdict { rejection } else { nil }
  }

  /// How much work the verdict was.
  var statistics: VerifierStatistics {
    switch verdict {
    case .success(let verified): verified.statistics
    case .failure(let rejection): rejection.statistics
    }
  }

  /// What a person should know, whatever the verdict.
  var warnings: [String] {
    if case .success(let verified) = verdict {
      program.warnings
        + verified.warnings.filter { !(linuxAccepts && verified.linux.warnings.contains($0)) }
    } else {
      program.warnings
    }
  }

  /// What Linux will say: the same, unless one of the two only gave up.
  var prediction: LinuxPrediction {
    switch verdict {
    case .success(let verified): linuxAccepts ? .accepts : verified.linux
    case .failure(let rejection):
      switch rejection.violation.rule {
      case .tooComplex: isExact ? .refuses : .unknown
      case .unsupported: .unknown
      default: .refuses
      }
    }
  }
}

extension Duration {
  /// Whole microseconds.
  var microseconds: Int { Int(self / .microseconds(1)) }

  /// For a person: `90 µs`, and from ten thousand on `16.5 ms` or `1.8 s`.
  var shortText: String {
    guard microseconds >= 10_000 else { return "\(microseconds) µs" }
    let isLong = microseconds >= 1_000_000
    let tenths = Int((self / .microseconds(isLong ? 100_000 : 100)).rounded())
    return "\(tenths / 10).\(tenths % 10) \(isLong ? "s" : "ms")"
  }
}
