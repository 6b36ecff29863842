import XDP

/// The table of a run that redraws itself on a terminal.
struct LiveTable {
  private var lineCount = 0
  private var drawn: Duration = .zero
  private var received: [UInt64] = []

  /// Draws the lanes, four times a second, where standard error is a terminal.
  mutating func update(_ lanes: [Lane], at time: Duration) {
    guard Terminal.isError, time - drawn >= .milliseconds(250) else { return }
    let seconds = (time - drawn) / .seconds(1)
    let now = lanes.map(\.tally.received)
    var rows = [["interface", "", "packets/s"] + RunTotals.columns]
    for (index, lane) in lanes.enumerated() {
      let before = index < received.count ? received[index] : 0
      let rate = UInt64(max(0, Double(now[index] &- before) / seconds))
      let share = lane.fraction.map { "\(Int($0 * 100)) %" } ?? ""
      rows.append([lane.label, share, RunTotals.grouped(rate)] + RunTotals.cells(lane.tally))
    }
    received = now
    drawn = time
    let lines = TextTable.lines(rows, rightAligned: Set(1..<rows[0].count))
    clear()
    Console.draw(lines.map { $0 + "\n" }.joined())
    lineCount = lines.count
  }

  /// Takes the table away again.
  mutating func clear() {
    if lineCount > 0 { Console.draw("\u{1B}[\(lineCount)A\u{1B}[J") }
    lineCount = 0
  }
}
