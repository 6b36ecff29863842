import BPF
import BPFVerifier
import LinuxKernel
import XDP

/// Milliseconds that a proof takes, beside the kernel's own verification time for the same program.
enum VerifierBenchmark {
  static func run() throws {
    print(
      KernelEngine.isAvailable
        ? "Verifying, milliseconds, beside the running kernel's own verification time:"
        : "Verifying, milliseconds (the kernel cannot be asked here: \(KernelEngine.unavailability ?? "")):"
    )
    for name in ["gateway", "lookups", "balancer"] {
      let programs = try BenchmarkFiles.object("Programs/\(name).o").linked(kernel: nil)
      for program in programs { try compare(program, rounds: name == "balancer" ? 9 : 25) }
    }
    try compare(VerifierPrograms.joiningBranches(1_100), rounds: 15)
    for count in [25, 50, 100, 200] {
      let median = try compare(VerifierPrograms.rules(count), rounds: 3, isBeyondLinux: true)
      if count == 100 { judge("100 rules", median, atMost: 50, "ms") }
    }
  }

  /// Verifies a program here and there by turns; our median in milliseconds.
  @discardableResult private static func compare(
    _ program: Program,
    rounds: Int,
    isBeyondLinux: Bool = false
  ) throws -> Double {
    let verifier = Verifier(.xdp())
    let processed = try verifier.verify(program).statistics.processed
    var ours = Series(), kernels = Series()
    var kernelProcessed = 0
    for _ in 0..<rounds {
      // By the wall's clock, as the kernel measures itself.
      let start = ContinuousClock.now
      _ = try verifier.verify(program)
      ours.add((ContinuousClock.now - start) / .milliseconds(1))
      guard KernelEngine.isAvailable else { continue }
      let log = kernelLog(of: program)
      if let time = number(after: "verification time ", in: log) { kernels.add(Double(time) / 1e3) }
      kernelProcessed = number(after: "processed ", in: log) ?? 0
    }
    print("  \(program.name), \(program.slotCount) slots:")
    print("    swift-xdp: \(ours), \(processed) processed")
    if KernelEngine.isAvailable {
      let verdict = kernelProcessed > 1_000_000 ? ", refused: too complex" : ""
      print("    Linux:     \(kernels), \(kernelProcessed) processed\(verdict)")
      if !kernels.isEmpty {
        print("    ratio swift-xdp / Linux: \(text(ours.median / kernels.median))")
        if !isBeyondLinux { judge(program.name, ours.median, atMost: kernels.median, "ms") }
      }
    }
    return ours.median
  }

  private static func kernelLog(of program: Program) -> String {
    do throws(KernelError) {
      return try KernelEngine.load(program, logLevel: .statistics).log
    } catch {
      return error.log
    }
  }

  /// The number that follows a word at the start of the log's last line with it.
  private static func number(after word: String, in log: String) -> Int? {
    for line in log.split(whereSeparator: \.isNewline).reversed() where line.hasPrefix(word) {
      return Int(line.dropFirst(word.count).prefix { $0.isNumber })
    }
    return nil
  }
}

/// Figures of one contestant.
private struct Series: CustomStringConvertible {
  private var values: [Double] = []

  var isEmpty: Bool { values.isEmpty }

  mutating func add(_ value: Double) { values.append(value) }

  var median: Double { values.sorted()[values.count / 2] }

  /// The median, and the least and the most.
  var description: String {
    let sorted = values.sorted()
    guard let first = sorted.first, let last = sorted.last else { return "not told" }
    return "\(text(median)) (\(text(first))–\(text(last)))"
  }
}
