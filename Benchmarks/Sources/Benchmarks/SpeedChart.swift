/// The table as a picture: for each row a bar a contestant, the longer the faster, and a mark where the target is.
///
/// Every row has a scale of its own, for the rows have little in common but who takes part.
struct SpeedChart {
  private static let width = 880, left = 190, right = 120, barHeight = 15, gap = 4, titleHeight = 24

  /// One bar.
  fileprivate struct Bar {
    var name: String
    /// Operations a nanosecond.
    var rate: Double
    var label: String
    var isOurs: Bool
  }

  private var body: [String] = []
  private var height = 56

  /// Draws the rows.
  init(_ table: SpeedTable) {
    for row in table.rows { draw(row) }
  }

  /// The picture as an SVG document, readable on light and dark pages.
  var svg: String {
    let width = Self.width
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" role="img" aria-label="Speed of swift-xdp beside its targets and peers">
      <style>
        text { font: 12px system-ui, sans-serif; fill: #1f2328 }
        .page { fill: #ffffff } .title { font-weight: 600 } .ours { fill: #0a7d5a } .peer { fill: #9aa4b2 } .note { fill: #59636e }
        .label { paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
        .target { stroke: #cf222e; stroke-width: 2 }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3 } .page { fill: #0d1117 } .ours { fill: #2ea97d } .peer { fill: #6b7684 } .note { fill: #9198a1 } .label { stroke: #0d1117 }
          .target { stroke: #ff7b72 }
        }
      </style>
      <rect class="page" width="\(width)" height="\(height)" rx="6"/>
      <rect class="ours" x="16" y="18" width="14" height="12"/><text x="36" y="28">swift-xdp</text>
      <rect class="peer" x="116" y="18" width="14" height="12"/><text x="136" y="28">others, in the same run</text>
      <line class="target" x1="292" y1="16" x2="292" y2="32"/><text x="300" y="28">target at 3.6 GHz; the longer a bar, the faster</text>
      \(body.joined(separator: "\n"))
      </svg>

      """
  }

  private mutating func draw(_ row: SpeedRow) {
    var bars = [Bar(name: "swift-xdp", figures: row.ours, row, isOurs: true)]
    var absent: [String] = []
    for peer in row.peers {
      switch peer.figures {
      case .success(let figures): bars.append(Bar(name: peer.name, figures: figures, row, isOurs: false))
      case .failure: absent.append(peer.name)
      }
    }
    let targets = row.targets.compactMap { rate(of: $0, in: row) }
    let longest = (bars.map(\.rate) + targets).max() ?? 1
    let scale = Double(Self.width - Self.left - Self.right) / longest
    let note = absent.isEmpty ? "" : "  (not here: \(absent.joined(separator: ", ")))"
    body.append("<text class=\"title\" x=\"16\" y=\"\(height + 13)\">\(Self.escaped(row.work + note))</text>")
    let top = height + Self.titleHeight
    height = top
    var labels: [String] = []
    for bar in bars {
      let length = max(1, Int((bar.rate * scale).rounded()))
      let middle = height + Self.barHeight - 3
      body.append(
        "<rect class=\"\(bar.isOurs ? "ours" : "peer")\" x=\"\(Self.left)\" y=\"\(height)\" width=\"\(length)\" height=\"\(Self.barHeight)\"/>"
      )
      labels.append(
        "<text class=\"note\" x=\"\(Self.left - 8)\" y=\"\(middle)\" text-anchor=\"end\">\(Self.escaped(bar.name))</text>"
          + "<text class=\"label\" x=\"\(Self.left + length + 7)\" y=\"\(middle)\">\(Self.escaped(bar.label))</text>"
      )
      height += Self.barHeight + Self.gap
    }
    for target in targets {
      let place = Self.left + Int((target * scale).rounded())
      body.append(
        "<line class=\"target\" x1=\"\(place)\" y1=\"\(top - 3)\" x2=\"\(place)\" y2=\"\(height - Self.gap + 3)\"/>"
      )
    }
    body += labels
    height += 14
  }

  /// Operations a nanosecond that a target asks for, at the clock of this run.
  private func rate(of target: SpeedRow.Target, in row: SpeedRow) -> Double? {
    let cycle = row.ours.medianNanoseconds / row.ours.median
    let atThisClock = SpeedRow.nominalNanosecondsPerCycle / cycle
    switch target {
    case .millionsASecond(let least): return least / 1000 * atThisClock
    case .nanoseconds(let most): return atThisClock / most
    case .microseconds(let most): return atThisClock / most / 1000
    case .timesAsFast(let least, let peer): return row.figures(of: peer).map { least / ($0.median * cycle) }
    }
  }

  private static func escaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      default: String(character)
      }
    }.joined()
  }
}

extension SpeedChart.Bar {
  fileprivate init(name: String, figures: Figures, _ row: SpeedRow, isOurs: Bool) {
    self.init(
      name: name,
      rate: 1 / figures.medianNanoseconds,
      label: "\(short(row.value(nanoseconds: figures.medianNanoseconds))) \(row.unit)",
      isOurs: isOurs
    )
  }
}
