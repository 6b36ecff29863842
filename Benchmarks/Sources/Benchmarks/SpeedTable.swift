/// The rows of the README's table, as they are measured.
struct SpeedTable {
  /// The rows, in the order of the table.
  private(set) var rows: [SpeedRow] = []

  /// Adds rows and shows them.
  mutating func add(_ rows: [SpeedRow]) {
    self.rows += rows
    for line in rows.flatMap(\.lines) { print(line) }
  }

  /// What the clock took for an add over the whole run: median, least, most.
  var calibration: Figures {
    let clocks = rows.flatMap { row in zip(row.ours.nanoseconds, row.ours.cycles).map { $0 / $1 } }
    return Figures(cycles: clocks, nanoseconds: clocks)
  }

  /// The table as Markdown.
  var markdown: [String] {
    var lines = [
      "| work | at least | here | at 3.6 GHz | | beside it, same run |", "|---|---|---|---|---|---|",
    ]
    for row in rows {
      let cells = [
        row.work, row.targets.map(\.description).joined(separator: "<br>"), row.measured(row.ours),
        row.atNominalClock, row.verdict, row.besides.joined(separator: "<br>"),
      ]
      lines.append("| " + cells.joined(separator: " | ") + " |")
    }
    return lines
  }
}
