/// Look-ups of the longest prefix, the kernel's beside them in the same run.
enum PrefixBenchmark {
  /// The rows of the table of speed.
  static func rows() throws -> [SpeedRow] {
    [
      try row("LPM look-up, 10 k prefixes of 8 to 32 bits", 10_000) { 8 + HashBenchmark.spread(~$0) % 25 },
      try row("LPM look-up, 10 k prefixes of 16 to 24 bits, most of 24", 10_000) {
        max(16, min(24, 16 + HashBenchmark.spread(~$0) % 18))
      },
    ]
  }

  private static func row(
    _ title: String,
    _ entries: Int,
    length: (UInt32) -> UInt32
  ) throws -> SpeedRow {
    let times = try MapRunner.times(.prefix, entries: entries) { number in
      HashBenchmark.bytes(length(number)) + HashBenchmark.bytes(HashBenchmark.spread(number))
    }
    return times.row(title, targets: [.timesAsFast(4, as: MapRunner.kernelName)])
  }
}
