import BPFRuntime
import XDPTypes

/// Prints runs as they happen, for people or as lines of JSON, and keeps nothing of them.
final class TracePrinter: RunObserver {
  /// In which form.
  enum Form { case text, json }

  private let form: Form
  private let types: TraceTypes
  private var console = Console()
  private var text: TraceText
  private var document: TraceDocument
  private var count: UInt64 = 0
  private var failure: CommandError?

  init(_ form: Form, types: TraceTypes) {
    self.form = form
    self.types = types
    text = TraceText([], types: types)
    document = TraceDocument(TestPacket(index: 0, bytes: [], timestamp: nil), types: types)
  }

  /// Whether nothing but JSON lines may stand on standard output.
  var printsOnlyLines: Bool { form == .json }
  /// Whether nobody reads any more.
  var isClosed: Bool { console.isClosed }

  /// Prints the packet that is about to be run.
  func begin(_ packet: TestPacket) throws(CommandError) {
    count = 0
    switch form {
    case .json:
      document = TraceDocument(packet, types: types)
      try print(document.start)
    case .text:
      text = TraceText(packet.bytes, types: types)
      try console.print(bold("packet \(packet.index): \(packet.bytes.count) bytes"))
      for line in PacketText.lines(packet.bytes) { try console.print("  " + line) }
      try console.print("")
    }
  }

  /// Prints an instruction.
  func observe(_ step: TraceStep) {
    count += 1
    guard failure == nil, !console.isClosed else { return }
    do throws(CommandError) {
      switch form {
      case .json: try print(document.document(step))
      case .text: for line in text.lines(step) { try console.print(line) }
      }
    } catch {
      failure = error
    }
  }

  /// Prints the verdict and the packet after it.
  func end(_ report: PacketReport) throws(CommandError) {
    if let failure { throw failure }
    switch form {
    case .json: try print(TraceDocument.end(report, count))
    case .text:
      try console.print("")
      for line in Self.after(report) { try console.print(line) }
      let instructions = count == 1 ? "1 instruction" : "\(count) instructions"
      try console.print(bold("packet \(report.index): \(Self.verdict(report)), after \(instructions)"))
      try console.print("")
    }
    try console.flush()
  }

  /// What became of the packet's bytes.
  private static func after(_ report: PacketReport) -> [String] {
    var lines: [String] = []
    if !report.metadata.isEmpty { lines.append("metadata after: \(Hex.text(report.metadata))") }
    guard report.bytes != report.input else { return lines + ["packet after: unchanged"] }
    lines.append("packet after: \(report.bytes.count) bytes")
    lines += PacketText.lines(report.bytes).map { "  " + $0 }
    lines.append("changed:")
    lines += PacketText.changes(from: report.input, to: report.bytes).map {
      "  \($0.name): \($0.old ?? "not there") → \($0.new ?? "not there")"
    }
    return lines
  }

  /// The verdict with all that is to be said about it.
  static func verdict(_ report: PacketReport) -> String {
    var text = "\(report.action) (\(report.action.cName))"
    if let redirect = report.redirect { text += " " + redirect.text }
    if report.trap != nil { return text + ", stopped by a trap" }
    if report.returned > 4 { text += ", returned \(report.returned), which is no action" }
    return text
  }

  private func bold(_ text: String) -> String { Console.styled(text, .bold, on: Terminal.isOutput) }

  private func print(_ line: JSONValue) throws(CommandError) { try console.print(JSONText.line(line)) }
}
