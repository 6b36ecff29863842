import BPF
import BPFRuntime
import LinuxKernel

/// Programs on engines, measured by turns, so that all share the machine's moods.
struct BenchSession {
  /// How long one turn of a contestant is, in nanoseconds of the thread's time.
  private static let turn: UInt64 = 10_000_000

  private let stop: StopRequest
  private let interruption: Interruption
  private let rounds: Int
  private var contestants: [any BenchContestant] = []
  private var harness: KernelContestant?
  private(set) var report: BenchReport

  init(traffic: String, rounds: Int) {
    self.rounds = rounds
    stop = StopRequest()
    interruption = Interruption(stopping: stop)
    report = BenchReport(traffic: traffic)
  }

  /// What ends the programs' runs when somebody asks the session to end.
  var stopRequest: StopRequest { stop }
  /// The signal that ended the session early.
  var endingSignal: Int32? { interruption.requestingSignal }

  /// Adds a contestant, or the reason why there is none.
  mutating func add(
    _ program: String,
    on engine: String,
    _ make: () throws(CommandError) -> any BenchContestant
  ) {
    do throws(CommandError) {
      contestants.append(try make())
    } catch {
      report.absences.append(BenchReport.Absence(program: program, engine: engine, reason: error.description))
    }
  }

  /// Measures all; what was measured before somebody asked to end is in the report.
  mutating func run(_ packets: [[UInt8]]) throws(CommandError) {
    var progress = ProgressLine()
    defer { progress.finish() }
    if contestants.contains(where: { $0.engine == "kernel" }) {
      harness = try .harness(packets)
    }
    try harness?.warmUp()
    for contestant in contestants where !stop.isMade {
      progress.update { "\(contestant.program) on \(contestant.engine): warming up" }
      try contestant.warmUp()
    }
    if stop.isMade { return }
    report.results = contestants.map { contestant in
      BenchReport.Result(
        program: contestant.program,
        engine: contestant.engine,
        frames: contestant.frames,
        verdicts: contestant.verdicts,
        notes: contestant.notes
      )
    }
    for round in 0..<rounds {
      if let harness { report.harness.add(try harness.measure(nanoseconds: Self.turn)) }
      for (index, contestant) in contestants.enumerated() {
        progress.update { "turn \(round + 1) of \(rounds): \(contestant.program) on \(contestant.engine)" }
        report.calibration.add(ThreadClock.nanosecondsPerAdd())
        let time = try contestant.measure(nanoseconds: Self.turn)
        // A run that was cut short says nothing.
        if stop.isMade { return }
        report.results[index].times.add(time)
      }
    }
  }
}
