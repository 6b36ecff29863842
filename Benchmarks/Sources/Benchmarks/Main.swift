/// `Benchmarks [NAME …]`: the README's table, or what is named.
@main struct Main {
  /// What is measured only when it is named.
  private static var others: [(name: String, run: () throws -> Void)] {
    [
      ("interpreter", InterpreterBenchmark.run), ("replay", ReplayBenchmark.run),
      ("loading", LoadingBenchmark.run), ("verifier", VerifierBenchmark.run),
    ]
  }

  static func main() throws {
    let wanted = CommandLine.arguments.dropFirst()
    let names = SpeedBenchmark.all.map(\.name) + others.map(\.name)
    if let unknown = wanted.first(where: { !names.contains($0) }) {
      fatalError("there is no benchmark '\(unknown)', but \(names.joined(separator: ", "))")
    }
    print("calibration: \(text(nanosecondsPerCycle())) ns a dependent add")
    var table = SpeedTable()
    for benchmark in SpeedBenchmark.all where wanted.isEmpty || wanted.contains(benchmark.name) {
      table.add(try benchmark.rows())
    }
    for other in others where wanted.contains(other.name) { try other.run() }
  }
}
