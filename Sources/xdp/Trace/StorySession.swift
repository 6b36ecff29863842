import BPF
import XDP

/// One run of `xdp test --why`: packets up to the one whose verdict is to be explained, and its story.
struct StorySession {
  private let program: Program
  private let tester: UserTester
  private let selection: PacketSelection
  private let recorder: VerdictRecorder?
  private let trace = TraceRecorder()

  init(
    _ program: Program,
    _ tester: UserTester,
    _ selection: PacketSelection,
    _ recorder: VerdictRecorder?
  ) {
    self.program = program
    self.tester = tester
    self.selection = selection
    self.recorder = recorder
  }

  /// Runs packets until there is one to explain, and answers the exit code: 1 where there is none, or where the packet
  /// that was asked for has another verdict.
  func run(_ feed: PacketFeed) throws(CommandError) -> Int32 {
    var feed = feed, verdicts = VerdictCounts()
    let interruption = Interruption(stopping: tester.stop)
    var explained: PacketReport?
    var progress = ProgressLine()
    while explained == nil, !tester.stop.isMade, let packet = try feed.next() {
      let isWatched = selection.mayContain(packet)
      trace.begin(packet.index)
      let report = try tester.run(packet, watchedBy: isWatched ? trace : nil)
      if report.trap?.kind == .interrupted { break }
      verdicts[report.action] += 1
      try recorder?.record(report, at: packet.timestamp)
      progress.update { "\(RunTotals.counted(verdicts.total)) run" }
      if isWatched, selection.ends(with: packet) || selection.contains(report) { explained = report }
    }
    progress.finish()
    try recorder?.close()
    if let signal = interruption.requestingSignal { return 128 + signal }
    if let explained {
      try tell(explained)
      return selection.contains(explained) ? 0 : CommandError.Code.no.rawValue
    }
    if let missing = selection.missing(after: Int(verdicts.total)) { throw missing }
    let wanted = selection.action.map { "\($0)" } ?? "any"
    Console.note(
      "no packet got the verdict \(wanted): \(RunTotals.counted(verdicts.total)): \(verdicts.text)"
    )
    return CommandError.Code.no.rawValue
  }

  private func tell(_ report: PacketReport) throws(CommandError) {
    var console = Console()
    let story = Story(trace.steps, of: report.input, types: TraceTypes(types: program.btf))
    let head = "packet \(report.index): \(TracePrinter.verdict(report))"
    try console.print(Console.styled(head, .bold, on: Terminal.isOutput))
    for line in PacketText.lines(report.input, dump: 0) { try console.print("  " + line) }
    try console.print("")
    if trace.isCut {
      try console.print("Of \(trace.count) instructions the last \(trace.steps.count) are looked at.")
    }
    for line in story.lines { try console.print(line) }
    try console.flush()
  }
}
