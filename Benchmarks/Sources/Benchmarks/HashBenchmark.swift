/// Look-ups in hashes, the kernel's beside them in the same run.
enum HashBenchmark {
  /// The rows of the table of speed.
  static func rows() throws -> [SpeedRow] {
    [
      try row("hash look-up, 4-byte key, 10 k entries", .hash4, 10_000, 5) { bytes(spread($0)) },
      try row("hash look-up, 4-byte key, 1 M entries", .hash4, 1_000_000, 4) { bytes(spread($0)) },
      try row("hash look-up, 16-byte key, 10 k entries", .hash16, 10_000, 3) { wide(spread($0)) },
      try row("LRU hash look-up, 4-byte key, 10 k entries", .lru4, 10_000, nil) { bytes(spread($0)) },
    ]
  }

  private static func row(
    _ title: String,
    _ work: MapRunner.Work,
    _ entries: Int,
    _ target: Double?,
    key: (UInt32) -> [UInt8]
  ) throws -> SpeedRow {
    let times = try MapRunner.times(work, entries: entries, entry: key)
    return times.row(title, targets: target.map { [.timesAsFast($0, as: MapRunner.kernelName)] } ?? [])
  }

  /// The number that the programs make of another one.
  static func spread(_ number: UInt32) -> UInt32 {
    var number = number
    number ^= number >> 16
    number &*= 0x7feb_352d
    number ^= number >> 15
    number &*= 0x846c_a68b
    return number ^ number >> 16
  }

  static func bytes(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  private static func wide(_ number: UInt32) -> [UInt8] {
    bytes(number) + bytes(number ^ 0x5bd1_e995) + bytes(number &* 3) + bytes(~number)
  }
}
