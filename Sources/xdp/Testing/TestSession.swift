import BPF
import BPFRuntime
import XDP

/// One run of `xdp test`: every packet through every engine, reports as they come, totals at the end.
struct TestSession {
  /// Runs the packets again, up to one of which two engines of these names gave these results, and tells what they did.
  typealias Reenactor = ([PacketReport], [String]) throws(CommandError) -> PartingText

  private let program: Program
  private let testers: [any PacketTester]
  private let absent: EngineAbsence?
  private let selection: PacketSelection
  private let recorder: VerdictRecorder?
  private let printsJSON: Bool
  private let tracer: TracePrinter?
  private let reenact: Reenactor?
  private let keeper: StoryKeeper?
  private var differing: DifferenceText?
  private var parting: PartingText?
  private var console = Console()
  private var verdicts: [VerdictCounts]
  private var trapped = 0
  private var difference: EngineDifference?
  /// With several engines, what was reported so far of each.
  private var collected: [[JSONValue]]
  private var printed = 0
  /// On a terminal the packets' own lines show how far it is.
  private var progress = ProgressLine(isEnabled: Terminal.isError && !Terminal.isOutput)

  init(
    _ program: Program,
    _ testers: [any PacketTester],
    absent: EngineAbsence? = nil,
    _ selection: PacketSelection,
    _ recorder: VerdictRecorder?,
    printsJSON: Bool,
    tracer: TracePrinter? = nil,
    reenact: Reenactor? = nil,
    keeper: StoryKeeper? = nil
  ) {
    self.program = program
    self.testers = testers
    self.absent = absent
    self.selection = selection
    self.recorder = recorder
    self.printsJSON = printsJSON
    self.tracer = tracer
    self.reenact = reenact
    self.keeper = keeper
    if keeper != nil, !printsJSON { progress = ProgressLine() }
    verdicts = testers.map { _ in VerdictCounts() }
    collected = testers.map { _ in [] }
  }

  /// Whether the answer is no: a packet stopped the program, or two engines differ; with `--why`, whether there was no
  /// packet to explain.
  var hasFailed: Bool { difference != nil || (keeper.map { !$0.hasAnswered } ?? (trapped > 0)) }
  /// The signal that ended the test early.
  private(set) var endingSignal: Int32?

  /// Runs all packets, or with several engines those up to the first difference.
  ///
  /// After an input that cannot be read to its end, what came before it is reported all the same, then the error thrown.
  mutating func run(_ feed: PacketFeed) throws(CommandError) {
    var feed = feed
    var failure: CommandError?
    let stop = testers[0].stop
    let interruption = Interruption(stopping: stop)
    if isStreaming { try openDocument() }
    do throws(CommandError) {
      var count = 0, isDone = false
      // A difference ends the comparison, and a reader that has gone needs no more lines.
      while !isDone, difference == nil, !isClosed, !stop.isMade, let packet = try feed.next() {
        if let reason = testers.lazy.compactMap({ $0.refusal(of: packet) }).first {
          guard testers.count > 1 else { throw CommandError.badInput("packet \(packet.index): \(reason)") }
          feed.skip(packet, because: reason)
        } else {
          try run(packet)
        }
        count += 1
        isDone = selection.ends(with: packet) || !printsJSON && keeper?.telling != nil
      }
      if !isDone, difference == nil, !stop.isMade, !isClosed, let missing = selection.missing(after: count) {
        throw missing
      }
    } catch {
      failure = error
    }
    progress.finish()
    try recorder?.close()
    endingSignal = interruption.requestingSignal
    for note in feed.skipped.notes { Console.warn(note) }
    if endingSignal != nil { Console.warn("interrupted: the packets after these were not run") }
    try finish(feed.skipped)
    if let failure { throw failure }
  }

  private var isClosed: Bool { console.isClosed || tracer?.isClosed == true }
  private var isStreaming: Bool { printsJSON && testers.count == 1 }

  private mutating func run(_ packet: TestPacket) throws(CommandError) {
    var reports: [PacketReport] = []
    let tracer = selection.mayContain(packet) ? tracer : nil
    if tracer != nil { try console.flush() }
    try tracer?.begin(packet)
    let observer: (any RunObserver)? = tracer ?? keeper?.observer(of: packet)
    for (index, tester) in testers.enumerated() {
      let report = try tester.run(packet, watchedBy: index == 0 ? observer : nil)
      if report.trap?.kind == .interrupted {
        try tracer?.end(report)
        return
      }
      verdicts[index][report.action] += 1
      reports.append(report)
    }
    let first = reports[0]
    try tracer?.end(first)
    progress.update { "\(RunTotals.counted(UInt64(packet.index) + 1)) run" }
    keeper?.end(packet, first)
    if first.trap != nil { trapped += 1 }
    try recorder?.record(first, at: packet.timestamp)
    for (index, other) in reports.enumerated().dropFirst() {
      if difference == nil, let field = EngineDifference.field(first, other) {
        difference = EngineDifference(packet: packet.index, engines: names([0, index]), field: field)
        differing = DifferenceText(first, other, of: [testers[0], testers[index]], packet)
      }
    }
    if self.tracer != nil || keeper != nil && !printsJSON { return }
    for (index, report) in reports.enumerated() where selection.contains(report) {
      try print(report, of: index, isDifferent: difference != nil)
    }
  }

  private mutating func print(_ report: PacketReport, of engine: Int, isDifferent: Bool) throws(CommandError)
  {
    if isStreaming {
      var text = JSONText()
      text.write(report.document, indentation: 4)
      try console.write((printed == 0 ? "\n    " : ",\n    ").utf8)
      try console.write(text.bytes)
    } else if printsJSON {
      collected[engine].append(report.document)
    } else if engine == 0 || isDifferent {
      let name = testers.count > 1 ? testers[engine].engineName + ": " : ""
      try console.print(name + line(report))
    }
    printed += 1
  }

  /// Columns of fixed width, for the lines are printed as they come.
  private func line(_ report: PacketReport) -> String {
    let cells = report.cells
    let widths = [5, 8, 0, 0]
    let padded = zip(cells, widths).map { cell, width in
      cell + String(repeating: " ", count: max(0, width - cell.count))
    }
    return padded.filter { !$0.isEmpty }.joined(separator: "  ")
  }

  private func names(_ engines: [Int]) -> [String] { engines.map { testers[$0].engineName } }

  // MARK: The end

  private mutating func finish(_ skipped: SkippedPackets) throws(CommandError) {
    if difference == nil {
      for index in testers.indices.dropFirst() where difference == nil {
        if let map = try EngineDifference.map(testers[0].maps, testers[index].maps) {
          difference = EngineDifference(packet: nil, engines: names([0, index]), field: map)
          differing = DifferenceText(of: [testers[0], testers[index]])
        }
      }
    }
    if let differing, let difference, endingSignal == nil {
      parting = try reenact?(differing.results, difference.engines)
    }
    if let keeper, keeper.telling == nil, endingSignal == nil { Console.note(keeper.absence(verdicts[0])) }
    if isStreaming {
      try closeDocument(skipped)
    } else if printsJSON {
      try printComparison(skipped)
    } else if tracer?.printsOnlyLines != true {
      try printTotals()
    }
    try console.flush()
  }

  private func maps(_ engine: Int) throws(CommandError) -> JSONValue {
    try MapDump.document(of: testers[engine].maps, types: program.btf)
  }

  private mutating func openDocument() throws(CommandError) {
    let name = JSONText.line(.string(program.name)), engine = JSONText.line(.string(testers[0].engineName))
    try console.write("{\n  \"program\": \(name),\n  \"engine\": \(engine),\n  \"packets\": [".utf8)
  }

  private mutating func closeDocument(_ skipped: SkippedPackets) throws(CommandError) {
    try console.write((printed == 0 ? "]" : "\n  ]").utf8)
    var members = [
      ("skipped", skipped.document), ("verdicts", verdicts[0].document), ("maps", try maps(0)),
    ]
    if let keeper { members.append(("why", keeper.document)) }
    for (name, value) in members {
      var text = JSONText()
      text.write(value, indentation: 2)
      try console.write(",\n  \"\(name)\": ".utf8)
      try console.write(text.bytes)
    }
    try console.write("\n}\n".utf8)
  }

  private mutating func printComparison(_ skipped: SkippedPackets) throws(CommandError) {
    var engines: [JSONValue] = []
    for index in testers.indices {
      engines.append([
        "program": .string(program.name),
        "engine": .string(testers[index].engineName),
        "packets": .array(collected[index]),
        "verdicts": verdicts[index].document,
        "maps": try maps(index),
      ])
    }
    var document: JSONObject = [
      "engines": .array(engines), "absent": .array(absent.map { [$0.document] } ?? []),
      "skipped": skipped.document,
      "difference": difference?.document ?? .null, "parting": parting?.document ?? .null,
    ]
    if let keeper { document["why"] = keeper.document }
    try console.print(.object(document) as JSONValue)
  }

  private mutating func printTotals() throws(CommandError) {
    for line in keeper?.lines ?? [] { try console.print(line) }
    for (index, counts) in verdicts.enumerated() where keeper == nil {
      let engine = testers[index].engineName
      try console.print("\(program.name), \(engine): \(RunTotals.counted(counts.total)): \(counts.text)")
    }
    if keeper == nil {
      for line in try MapText.lines(of: testers[0].maps, types: program.btf) { try console.print(line) }
    }
    if let difference {
      try console.print("\n" + Console.styled(difference.text, .bold, on: Terminal.isOutput))
      let changes = parting?.findings.changes
      for line in try differing?.lines(types: program.btf, changes: changes) ?? [] { try console.print(line) }
      for line in parting?.lines ?? [] { try console.print(line) }
    }
    if testers.count > 1, difference == nil, keeper == nil { try console.print("no difference") }
  }
}
