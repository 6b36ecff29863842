/// One part of the table: a name for `make bench BENCH=name`, and what measures its rows.
struct SpeedBenchmark {
  var name: String
  var rows: () throws -> [SpeedRow]

  /// All parts, in the order of the table.
  static var all: [SpeedBenchmark] {
    [
      SpeedBenchmark(name: "path", rows: PathBenchmark.rows),
      SpeedBenchmark(name: "maps", rows: MapBenchmark.rows),
      SpeedBenchmark(name: "memory", rows: MemoryBenchmark.rows),
      SpeedBenchmark(name: "cores", rows: CoresBenchmark.rows),
      SpeedBenchmark(name: "generator", rows: GeneratorBenchmark.rows),
      SpeedBenchmark(name: "call", rows: CallBenchmark.rows),
      SpeedBenchmark(name: "compile", rows: CompileBenchmark.rows),
    ]
  }
}
