import BPF

/// A control-flow graph as SVG: blocks in layers from top to bottom, the way to a refusal marked.
struct GraphDrawing {
  private static let width = 132, height = 36, gap = 28, layerGap = 40, margin = 24, sideMargin = 64

  private let graph: BlockGraph
  private let program: Program
  /// The instructions on the way to a refusal, and the steps from one to the next.
  private let way: FailingWay
  private var positions: [(x: Int, y: Int)] = []
  private var size = (width: 0, height: 0)

  /// Lays the graph out.
  init(_ graph: BlockGraph, of program: Program, _ way: FailingWay) {
    self.graph = graph
    self.program = program
    self.way = way
    let layers = Dictionary(grouping: graph.blocks.indices) { graph.blocks[$0].layer }
    let widest = layers.values.map(\.count).max() ?? 0
    let inner = widest * (Self.width + Self.gap) - Self.gap
    positions = Array(repeating: (0, 0), count: graph.blocks.count)
    for (layer, places) in layers {
      let used = places.count * (Self.width + Self.gap) - Self.gap
      for (column, place) in places.enumerated() {
        positions[place] = (
          Self.sideMargin + (inner - used) / 2 + column * (Self.width + Self.gap),
          Self.margin + layer * (Self.height + Self.layerGap)
        )
      }
    }
    size = (
      inner + Self.sideMargin * 2,
      layers.count * (Self.height + Self.layerGap) - Self.layerGap + Self.margin * 2
    )
  }

  /// The drawing.
  var svg: String {
    let box = "0 0 \(size.width) \(size.height)"
    let label = "control flow of \(Markup.escaped(graph.name))"
    var text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"\(label)\" viewBox=\"\(box)\" "
      + "width=\"\(size.width)\" height=\"\(size.height)\">\n"
    for edge in graph.edges { text += path(of: edge) }
    for place in graph.blocks.indices { text += rectangle(of: place) }
    return text + "</svg>\n"
  }

  private func path(of edge: BlockGraph.Edge) -> String {
    let from = positions[edge.source], to = positions[edge.target]
    let x1 = from.x + Self.width / 2, y1 = from.y + Self.height
    let x2 = to.x + Self.width / 2, y2 = to.y
    let isOnWay = way.goes(from: graph.blocks[edge.source].last, to: graph.blocks[edge.target].first)
    let kind = "edge" + (edge.goesBack ? " back" : "") + (isOnWay ? " way" : "")
    let source = graph.blocks[edge.source], target = graph.blocks[edge.target]
    let curve: String, tip: String
    if !edge.goesBack, target.layer == source.layer + 1 {
      curve =
        "M \(x1) \(y1) C \(x1) \(y1 + Self.layerGap / 2) \(x2) \(y2 - Self.layerGap / 2) \(x2) \(y2 - 5)"
      tip = "\(x2 - 4),\(y2 - 7) \(x2 + 4),\(y2 - 7) \(x2),\(y2)"
    } else {
      // Around the blocks between: down on the right, back up on the left.
      let bend = 24 + 6 * min(abs(target.layer - source.layer), 8)
      (curve, tip) = sideways(from, to, bend: bend, onRight: !edge.goesBack)
    }
    return "<path class=\"\(kind)\" d=\"\(curve)\"/>"
      + "<polygon class=\"tip\(isOnWay ? " way" : "")\" points=\"\(tip)\"/>\n"
  }

  private func sideways(
    _ from: (x: Int, y: Int),
    _ to: (x: Int, y: Int),
    bend: Int,
    onRight: Bool
  ) -> (curve: String, tip: String) {
    let side = onRight ? Self.width : 0, out = onRight ? 1 : -1
    let (x1, y1, x2, y2) = (from.x + side, from.y + Self.height / 2, to.x + side, to.y + Self.height / 2)
    let bent = "C \(x1 + out * bend) \(y1) \(x2 + out * bend) \(y2)"
    return (
      "M \(x1) \(y1) \(bent) \(x2 + out * 5) \(y2)",
      "\(x2),\(y2) \(x2 + out * 7),\(y2 - 4) \(x2 + out * 7),\(y2 + 4)"
    )
  }

  private func rectangle(of place: Int) -> String {
    let block = graph.blocks[place], (x, y) = positions[place]
    var kind = "block"
    if (block.first...block.last).contains(where: way.slots.contains) { kind += " way" }
    if let end = way.end, (block.first...block.last).contains(end) { kind += " fails" }
    let slots = block.first == block.last ? "\(block.first)" : "\(block.first)–\(block.last)"
    let line = program.knownLine(at: block.first).map { "line \($0.line)" } ?? ""
    let middle = x + Self.width / 2
    return "<a href=\"#\(FailingWay.anchor(program, block.first))\"><g class=\"\(kind)\">"
      + "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(Self.width)\" height=\"\(Self.height)\" rx=\"4\"/>"
      + "<text x=\"\(middle)\" y=\"\(y + 15)\">\(slots)</text>"
      + "<text class=\"line\" x=\"\(middle)\" y=\"\(y + 29)\">\(line)</text></g></a>\n"
  }
}
