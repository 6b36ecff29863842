import BPF
import BPFVerifier
import SystemPackage

/// `xdp verify --html`: verdicts as one page that needs nothing beside it.
///
/// Source beside instructions, the way to a refusal marked in both, and each function's control flow as a drawing.
struct VerificationPage {
  private let title: String
  private let verifications: [Verification]

  /// The page of an object.
  init(_ title: String, _ verifications: [Verification]) {
    self.title = title
    self.verifications = verifications
  }

  /// Writes the page, but not over the program.
  func write(to path: String, keeping program: String) throws(CommandError) {
    guard FilePath(path).lexicallyNormalized() != FilePath(program).lexicallyNormalized() else {
      throw .badInput("--html \(path): that is the program itself")
    }
    do {
      let file = try FileDescriptor.open(
        FilePath(path),
        .writeOnly,
        options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead]
      )
      _ = try file.closeAfter { try file.writeAll(text.utf8) }
    } catch {
      throw .refused("--html \(path): cannot be written: \(error)")
    }
  }

  /// The page.
  var text: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width"/>
    <title>\(Markup.escaped(title)): xdp verify</title>
    <style>
    \(PageStyle.sheet)
    </style>
    </head>
    <body>
    <header><h1>\(Markup.escaped(title))</h1><p class="dim">what <code>xdp verify</code> found</p></header>
    \(verifications.map(section).joined(separator: "\n"))
    <div id="state" role="tooltip" hidden="hidden"></div>
    <script>
    \(PageScript.text)
    </script>
    </body>
    </html>

    """
  }

  private func section(_ verification: Verification) -> String {
    let program = verification.program
    let way = FailingWay(verification.rejection)
    let verdict = verification.isAccepted ? "accepted" : "refused"
    var text =
      "<section>\n<h2>\(Markup.escaped(program.name)) \(Markup.element("span", class: "verdict \(verdict)", verdict))"
    if let rule = verification.rejection?.violation.rule {
      text += " " + Markup.element("span", class: "dim", rule.rawValue)
    }
    text += "</h2>\n" + figures(of: verification)
    if let rejection = verification.rejection {
      text += Markup.element("pre", class: "message", rejection.description) + "\n"
    }
    text += "<div class=\"sides\">\n<div class=\"side\">\(source(of: program, way))</div>\n"
    text += "<div class=\"side\">\(code(of: verification, way))</div>\n</div>\n"
    for graph in BlockGraph.all(of: program) {
      text += Markup.element("h3", "Control flow of \(graph.name)") + "\n<div class=\"graph\">"
      text += GraphDrawing(graph, of: program, way).svg + "</div>\n"
    }
    return text + "</section>"
  }

  private func figures(of verification: Verification) -> String {
    let statistics = verification.statistics
    var lines = [
      "\(verification.program.instructions.count) instructions, \(statistics.processed) processed, "
        + "\(statistics.states) states, \(verification.duration.shortText)"
    ]
    lines += verification.warnings.map { "warning: \($0)" }
    if let kernel = verification.kernel {
      lines.append(
        kernel.isAccepted
          ? "The running kernel accepts it." : "The running kernel refuses it: \(kernel.reason)"
      )
    }
    return lines.map { Markup.element("p", class: "dim", $0) + "\n" }.joined()
  }

  /// The lines that instructions came from, file by file.
  private func source(of program: Program, _ way: FailingWay) -> String {
    var lines: [LineKey: SourceLine] = [:]
    for line in program.lines.values where line.line > 0 { lines[LineKey(line)] = line }
    guard !lines.isEmpty else { return Markup.element("p", class: "dim", "The object has no source lines.") }
    let onWay = Set(way.slots.compactMap { program.knownLine(at: $0).map(LineKey.init) })
    let end = way.end.flatMap(program.knownLine).map(LineKey.init)
    var text = "<table>\n", file: String?, number = 0
    for (key, line) in lines.sorted(by: { $0.key < $1.key }) {
      if file != line.file {
        text += "<tr><td class=\"name\" colspan=\"2\">\(Markup.escaped(line.file))</td></tr>\n"
      } else if line.line > number + 1 {
        text += "<tr><td class=\"number\">⋯</td><td></td></tr>\n"
      }
      (file, number) = (line.file, line.line)
      text += row("", key, mark(isEnd: key == end, isOnWay: onWay.contains(key)), "\(line.line)", line.text)
    }
    return text + "</table>"
  }

  private func code(of verification: Verification, _ way: FailingWay) -> String {
    let program = verification.program, states = verification.states
    let remarks = FailingWay.remarks(verification.rejection)
    let starts = Dictionary(program.functions.map { ($0.slot, $0.name) }) { first, _ in first }
    var text = "<table>\n"
    for (slot, instruction) in program.listing {
      if let name = starts[slot] {
        text += "<tr><td class=\"name\" colspan=\"2\">\(Markup.escaped(name))</td></tr>\n"
      }
      let map = program.mapName(in: instruction).map { "  ; \($0)" } ?? ""
      let entry = states?[slot]
      var kind = mark(isEnd: slot == way.end, isOnWay: way.slots.contains(slot))
      if kind.isEmpty, states != nil, entry == nil { kind = "dead" }
      text += row(
        " id=\"\(FailingWay.anchor(program, slot))\"" + StateCard.attributes(entry, slot),
        program.knownLine(at: slot).map(LineKey.init),
        kind,
        "\(slot)",
        instruction.description + map
      )
      for remark in remarks[slot] ?? [] {
        text += "<tr class=\"remark\(slot == way.end ? " last" : "")\"><td></td><td>"
        text += Markup.escaped(remark) + "</td></tr>\n"
      }
    }
    return text + "</table>"
  }

  private func mark(isEnd: Bool, isOnWay: Bool) -> String { isEnd ? "fails" : isOnWay ? "way" : "" }

  private func row(
    _ name: String,
    _ key: LineKey?,
    _ mark: String,
    _ number: String,
    _ text: String
  ) -> String {
    let kind = mark.isEmpty ? "" : " class=\"\(mark)\""
    let line = key.map { " data-line=\"\(Markup.escaped("\($0.file):\($0.line)"))\"" } ?? ""
    return "<tr\(name)\(kind)\(line)><td class=\"number\">\(number)</td>"
      + "<td>\(Markup.escaped(text))</td></tr>\n"
  }
}

/// A source line without its column.
private struct LineKey: Hashable, Comparable {
  let file: String
  let line: Int

  init(_ line: SourceLine) { (file, self.line) = (line.file, line.line) }

  static func < (left: LineKey, right: LineKey) -> Bool {
    (left.file, left.line) < (right.file, right.line)
  }
}
