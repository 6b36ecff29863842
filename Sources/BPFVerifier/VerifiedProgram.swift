public import BPF

/// A program that was proved safe: its instructions unmodified, with what an engine can use of the proof.
public struct VerifiedProgram: Sendable {
  /// The program.
  public let program: Program
  /// Whether any instruction looks into the packet.
  public let readsPacket: Bool
  /// Bytes of stack that each function uses, by its place in the program's functions.
  public let stackDepths: [Int]
  /// Bytes of frozen read-only maps that the proof relied on: offsets by the map's index in `Program.maps`.
  ///
  /// An engine binds the program only to maps that hold the same bytes there.
  public let reliedOn: [Int: Set<Int>]
  /// How much work the proof was.
  public let statistics: VerifierStatistics
  /// What is to be expected of Linux: its effort may end where this proof went on.
  public let linux: LinuxPrediction
  /// What a person should know all the same, such as that Linux's own effort may end first; one line each.
  public let warnings: [String]

  init(
    _ program: Program,
    readsPacket: Bool,
    stackDepths: [Int],
    reliedOn: [Int: Set<Int>],
    statistics: VerifierStatistics,
    linux: LinuxPrediction,
    warnings: [String]
  ) {
    self.program = program
    self.readsPacket = readsPacket
    self.stackDepths = stackDepths
    self.reliedOn = reliedOn
    self.statistics = statistics
    self.linux = linux
    self.warnings = warnings
  }
}

/// How much work a verdict was.
public struct VerifierStatistics: Hashable, Sendable {
  /// Instructions that were followed, on all ways.
  public var processed = 0
  /// States that were kept.
  public var states = 0
  /// The most ways that waited to be followed.
  public var peakPending = 0
  /// Makes empty statistics.
  public init() {}
}
