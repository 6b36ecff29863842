import SystemPackage

/// Where the command writes: results to standard output, messages for people to standard error.
///
/// Once the reader of standard output has gone, `isClosed` is true and what is written is dropped: whoever writes
/// much asks, and stops early.
struct Console {
  /// A rendition of text on a terminal.
  enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
  }

  /// Whether standard output has no reader any more.
  private(set) var isClosed = false
  private var pending: [UInt8] = []

  /// Adds bytes to standard output; they are written in larger pieces, and by `flush`.
  mutating func write(_ bytes: some Sequence<UInt8>) throws(CommandError) {
    guard !isClosed else { return }
    pending.append(contentsOf: bytes)
    if pending.count >= 1 << 16 { try flush() }
  }

  /// Adds a line to standard output.
  mutating func print(_ line: String) throws(CommandError) {
    try write(line.utf8)
    try write(CollectionOfOne(UInt8(ascii: "\n")))
  }

  /// Adds a JSON document to standard output.
  mutating func print(_ document: JSONValue) throws(CommandError) { try write(JSONText.document(document)) }

  /// Writes what is pending.
  mutating func flush() throws(CommandError) {
    defer { pending.removeAll(keepingCapacity: true) }
    do {
      try FileDescriptor.standardOutput.writeAll(pending)
    } catch Errno.brokenPipe {
      isClosed = true
    } catch {
      throw .refused("cannot write to standard output: \(error)")
    }
  }

  /// Writes a line for a person to standard error; nobody there is no error.
  static func note(_ line: String) { _ = try? FileDescriptor.standardError.writeAll((line + "\n").utf8) }

  /// Writes to standard error as it is, for tables that redraw themselves.
  static func draw(_ text: String) { _ = try? FileDescriptor.standardError.writeAll(text.utf8) }

  /// `warning: …` on standard error.
  static func warn(_ message: String) { note(styled("warning:", .yellow, .bold) + " " + message) }

  /// `error: …` on standard error.
  static func fail(_ message: String) { note(styled("error:", .red, .bold) + " " + message) }

  /// Text in a style where standard error is a terminal that may have colour.
  static func styled(_ text: String, _ styles: Style..., on isTerminal: Bool = Terminal.isError) -> String {
    guard isTerminal, !Terminal.hasNoColour else { return text }
    return "\u{1B}[" + styles.map(\.rawValue).joined(separator: ";") + "m" + text + "\u{1B}[0m"
  }
}
