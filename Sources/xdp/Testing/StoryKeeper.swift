import BPF
import XDP

/// `xdp test --why`: watches packets up to the one whose verdict is to be explained, and keeps its story.
final class StoryKeeper {
  /// What is told of one packet.
  struct Telling {
    var report: PacketReport
    var story: Story
    /// How many instructions the run had, and how many of them, the last ones, the story looks at.
    var instructions: UInt64, examined: Int
  }

  /// The packet that is explained, once it was found.
  private(set) var telling: Telling?
  private let selection: PacketSelection
  private let types: TraceTypes
  private let trace = TraceRecorder()

  /// Explains the first packet of a selection, or the only one it has.
  init(_ selection: PacketSelection, types: TraceTypes) {
    self.selection = selection
    self.types = types
  }

  /// Whether there is a story, and it is of a packet with the verdict that was asked about.
  var hasAnswered: Bool { telling.map { selection.contains($0.report) } ?? false }

  /// Whoever is to watch a packet that is about to be run; nil for one that is not going to be explained.
  func observer(of packet: TestPacket) -> TraceRecorder? {
    guard telling == nil, selection.mayContain(packet) else { return nil }
    trace.begin(packet.index)
    return trace
  }

  /// Tells the story of the packet that was watched, where it is the one.
  func end(_ packet: TestPacket, _ report: PacketReport) {
    guard telling == nil, selection.mayContain(packet) else { return }
    guard selection.ends(with: packet) || selection.contains(report) else { return }
    telling = Telling(
      report: report,
      story: Story(trace.steps, of: report.input, types: types),
      instructions: trace.count,
      examined: trace.steps.count
    )
  }

  /// What is to be said where no packet had the verdict.
  func absence(_ verdicts: VerdictCounts) -> String {
    let wanted = selection.action.map { "\($0)" } ?? "any"
    return "no packet got the verdict \(wanted): \(RunTotals.counted(verdicts.total)): \(verdicts.text)"
  }

  /// The lines for a person; none where there is no story.
  var lines: [String] {
    guard let telling else { return [] }
    let head = "packet \(telling.report.index): \(TracePrinter.verdict(telling.report))"
    var lines = [Console.styled(head, .bold, on: Terminal.isOutput)]
    lines += PacketText.lines(telling.report.input, dump: 0).map { "  " + $0 } + [""]
    if telling.instructions > telling.examined {
      lines.append("Of \(telling.instructions) instructions the last \(telling.examined) are looked at.")
    }
    return lines + telling.story.lines
  }

  /// The document; null where there is no story.
  var document: JSONValue {
    guard let telling else { return nil }
    return [
      "packet": .number(telling.report.index),
      "action": .string("\(telling.report.action)"),
      "instructions": .number(telling.instructions),
      "examined": .number(telling.examined),
      "omitted": .number(telling.story.omitted),
      "steps": .array(telling.story.items.map(\.document)),
    ]
  }
}
