/// One part of the table: a name for `make bench BENCH=name`, and what measures its rows.
struct SpeedBenchmark {
  var name: String
  var rows: () throws -> [SpeedRow]

  /// All parts, in the order of the table.
  static var all: [SpeedBenchmark] { [] }
}
