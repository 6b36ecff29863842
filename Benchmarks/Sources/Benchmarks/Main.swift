/// `Benchmarks [NAME …]`: the README's table, which is written there; or what is named, which is only shown.
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
    let chosen = SpeedBenchmark.all.filter { wanted.isEmpty || wanted.contains($0.name) }
    for (index, benchmark) in chosen.enumerated() {
      print("[\(index + 1) of \(chosen.count)] \(benchmark.name)")
      table.add(try benchmark.rows())
    }
    if wanted.isEmpty { SpeedReport.write(table) }
    for other in others where wanted.contains(other.name) { try other.run() }
  }
}
