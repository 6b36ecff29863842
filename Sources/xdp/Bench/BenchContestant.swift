/// A program on an engine, which is measured a little at a time.
protocol BenchContestant: AnyObject {
  /// The program's name.
  var program: String { get }
  /// What documents call the engine.
  var engine: String { get }
  /// How many different packets it runs on.
  var frames: Int { get }
  /// What one pass over these packets came to; nil where the engine does not say.
  var verdicts: VerdictCounts? { get }
  /// What a person should know of the figures.
  var notes: [String] { get }

  /// Runs until caches and branch predictors know the work, and finds out how long a pass takes.
  func warmUp() throws(CommandError)
  /// Runs packets for about so many nanoseconds of processor time, or longer; nanoseconds a packet.
  func measure(nanoseconds: UInt64) throws(CommandError) -> Double
}
