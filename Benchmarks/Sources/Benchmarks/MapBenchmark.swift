/// Look-ups in maps, the kernel's beside them.
enum MapBenchmark {
  /// The rows.
  static func rows() throws -> [SpeedRow] { try HashBenchmark.rows() + PrefixBenchmark.rows() }
}
