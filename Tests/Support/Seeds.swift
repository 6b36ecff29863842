/// The seeds of randomized tests: few in every run, many on request.
///
/// `XDP_TEST_SEEDS=20000` tries so many in each randomized test.
public enum Seeds {
  /// The first seeds: as many as a quick run takes, unless the environment asks for another number.
  public static func first(_ count: UInt64) -> Range<UInt64> {
    0..<(ProcessEnvironment["XDP_TEST_SEEDS"].flatMap { UInt64($0) } ?? count)
  }
}
