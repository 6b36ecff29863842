import BPF
import XDP

/// What a run came to.
struct RunTotals {
  let loaded: UserEngine
  let lanes: [Lane]
  let elapsed: Duration

  /// The heads of the columns that `cells` fills.
  static let columns = ["received"] + XDPAction.allCases.map { "\($0)" } + ["transmitted"]

  /// A tally's numbers.
  static func cells(_ tally: Tally) -> [String] {
    ([tally.received] + XDPAction.allCases.map { tally[$0] } + [tally.transmitted]).map(grouped)
  }

  /// A number with its digits in groups of three.
  static func grouped(_ number: UInt64) -> String {
    var text = ""
    for (offset, digit) in String(number).reversed().enumerated() {
      if offset > 0, offset % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  /// A number of packets.
  static func counted(_ number: UInt64) -> String { number == 1 ? "1 packet" : "\(grouped(number)) packets" }

  private var verdicts: VerdictCounts {
    lanes.reduce(into: VerdictCounts()) { sum, lane in
      for action in XDPAction.allCases { sum[action] += lane.tally[action] }
    }
  }

  /// What a person should know beside the counts, each under its interface.
  var notes: [String] { lanes.flatMap { lane in lane.notes.map { "\(lane.label): \($0)" } } }

  private var seconds: Double { elapsed / .seconds(1) }

  /// The document of `run --json`.
  func document() throws(CommandError) -> JSONValue {
    [
      "program": .string(loaded.name),
      "engine": .string(loaded.engine.engineName),
      "fallback": loaded.fallback.map { .string($0) } ?? .null,
      "seconds": .real((seconds * 1e6).rounded() / 1e6),
      "interfaces": .array(
        lanes.map { lane in
          [
            "name": .string(lane.name),
            "mode": .string(lane.mode.rawValue),
            "received": .number(lane.tally.received),
            "transmitted": .number(lane.tally.transmitted),
            "verdicts": VerdictCounts(lane.tally).document,
            "traps": .number(lane.tally.trapped),
            "interrupted": .number(lane.tally.interrupted),
            "unknownCode": .number(lane.tally.unknownCode),
            "redirectFailed": .number(lane.tally.redirectFailed),
            "droppedOnTheWay": .number(lane.tally.droppedOnTheWay),
            "abortedOnTheWay": .number(lane.tally.abortedOnTheWay),
            "tooLong": .number(lane.tally.tooLong),
            "outOfFrames": .number(lane.tally.outOfFrames),
            "sendFailed": .number(lane.tally.sendFailed),
            "notes": .array(lane.notes.map { .string($0) }),
          ]
        }
      ),
      "verdicts": verdicts.document,
      "maps": try MapDump.document(of: loaded.maps, types: loaded.types),
    ]
  }

  /// What a person reads at the end.
  func text() throws(CommandError) -> String {
    var lines = [headline, ""]
    lines += TextTable.lines(
      [["interface"] + Self.columns] + lanes.map { [$0.label] + Self.cells($0.tally) },
      rightAligned: Set(1...Self.columns.count)
    )
    if let reason = loaded.fallback { lines.append("no machine code, so the interpreter ran: \(reason)") }
    lines += notes
    lines += try MapText.lines(of: loaded.maps, types: loaded.types)
    return lines.map { $0 + "\n" }.joined()
  }

  private var headline: String {
    let received = lanes.reduce(UInt64(0)) { $0 + $1.tally.received }
    let modes = Set(lanes.map(\.mode.rawValue)).sorted().joined(separator: ", ")
    let milliseconds = (seconds * 1000).rounded() / 1000
    return
      "\(loaded.name): \(Self.counted(received)) in \(milliseconds) s, \(loaded.engine.engineName), \(modes) mode"
  }
}
