/// `Benchmarks [interpreter|loading|replay|verifier …]`: everything, or what is named.
@main struct Main {
  static func main() throws {
    let wanted = Set(CommandLine.arguments.dropFirst())
    func asked(_ name: String) -> Bool { wanted.isEmpty || wanted.contains(name) }
    print("calibration: \(text(nanosecondsPerCycle())) ns a dependent add")
    if asked("interpreter") { try InterpreterBenchmark.run() }
    if asked("replay") { try ReplayBenchmark.run() }
    if asked("loading") { try LoadingBenchmark.run() }
    if asked("verifier") { try VerifierBenchmark.run() }
  }
}
