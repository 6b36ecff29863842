/// What is to be expected of Linux's own verifier.
public enum LinuxPrediction: String, Sendable {
  case accepts, refuses
  /// Only an exact simulation or the kernel itself can tell.
  case unknown
}

extension LinuxPrediction {
  /// What Linux will say of a program that is accepted here.
  ///
  /// - Parameters:
  ///   - work: What the proof took.
  ///   - isExact: Whether every way was followed as Linux follows it.
  ///   - limits: Where Linux's effort ends.
  init(of work: VerifierStatistics, isExact: Bool, limits: VerifierEnvironment.Limits) {
    if !isExact {
      self = .unknown
    } else {
      let isWithin =
        work.processed <= limits.processedInstructions && work.peakPending <= limits.pendingBranches
      self = isWithin ? .accepts : .refuses
    }
  }

  /// What a person should know of it, one line each.
  public var warnings: [String] {
    switch self {
    case .accepts: []
    case .unknown: ["Linux follows all ways of this program one by one: its effort may end first"]
    case .refuses: ["Linux's effort ends before that of this proof: it will refuse the program as too large"]
    }
  }
}
