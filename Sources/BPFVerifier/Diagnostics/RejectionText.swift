public import BPF

/// A rejection in words, as a compiler prints an error: its place, the source line with a caret, the instruction, notes, help.
///
/// Where the object has no source lines, the place is the program's name and the slot.
public struct RejectionText: Sendable {
  /// What a piece of text is, so that whoever prints it can give each its own look.
  public enum Part: Hashable, Sendable {
    /// `file:line:col:`
    case place
    /// `error:`, `note:` and `help:`
    case errorLabel, noteLabel, helpLabel
    /// What is wrong.
    case message
    /// The mark below the source line.
    case caret
  }

  private let rejection: Rejection
  private let paint: @Sendable (Part, String) -> String

  /// Prepares a rejection's text; `paint` dresses each part that has a look of its own.
  public init(
    _ rejection: Rejection,
    paint: @escaping @Sendable (Part, String) -> String = { _, text in text }
  ) {
    self.rejection = rejection
    self.paint = paint
  }

  /// The text, line by line.
  public var lines: [String] {
    let program = rejection.program, slot = rejection.violation.slot
    var lines = [
      [
        paint(.place, program.place(at: slot) + ":"), paint(.errorLabel, "error:"),
        paint(.message, rejection.violation.message),
      ].joined(separator: " ")
    ]
    if let slot { lines += excerpt(at: slot) }
    for note in rejection.notes {
      lines.append(paint(.noteLabel, "note:") + " " + note.message + placement(of: note))
    }
    if !rejection.help.isEmpty { lines.append(paint(.helpLabel, "help:") + " " + rejection.help) }
    return lines
  }

  /// The source line with a caret below the column, and the instruction.
  private func excerpt(at slot: Int) -> [String] {
    var lines: [String] = []
    if let line = rejection.program.knownLine(at: slot), !line.text.isEmpty {
      let number = " \(line.line) "
      lines.append(number + "| " + line.text)
      if line.column > 0 {
        let margin = String(repeating: " ", count: number.utf8.count)
        lines.append(margin + "| " + Self.indent(of: line) + paint(.caret, "^"))
      }
    }
    if let instruction = rejection.program.instruction(at: slot) { lines.append(" \(slot): \(instruction)") }
    return lines
  }

  /// What is as wide as the text before the column: its tabs, and a space for every other character.
  private static func indent(of line: SourceLine) -> String {
    let before = String(decoding: line.text.utf8.prefix(line.column - 1), as: UTF8.self)
    return String(before.map { $0 == "\t" ? "\t" : " " })
  }

  private func placement(of note: Rejection.Note) -> String {
    guard let slot = note.slot else { return "" }
    guard let line = rejection.program.knownLine(at: slot) else { return ", at slot \(slot)" }
    return ", at slot \(slot) (\(line.path):\(line.line))"
  }
}

extension Rejection: CustomStringConvertible {
  /// The rejection as a compiler would print it, without a newline at its end.
  public var description: String { RejectionText(self).lines.joined(separator: "\n") }
}

extension Program {
  /// Where a slot's instruction came from; nil where the object does not say, or says that the compiler did not know.
  public func knownLine(at slot: Int) -> SourceLine? {
    guard !lines.isEmpty, let line = line(at: slot), line.line > 0 else { return nil }
    return line
  }

  /// The instruction that begins at a slot.
  public func instruction(at slot: Int) -> Instruction? {
    var next = 0
    for instruction in instructions {
      if next == slot { return instruction }
      next += instruction.slotCount
      if next > slot { return nil }
    }
    return nil
  }

  /// `file:line:col`, or the program's name and the slot where there are no lines.
  fileprivate func place(at slot: Int?) -> String {
    guard let slot else { return name }
    guard let line = knownLine(at: slot) else { return "\(name): slot \(slot)" }
    return line.column > 0 ? "\(line.path):\(line.line):\(line.column)" : "\(line.path):\(line.line)"
  }
}

extension SourceLine {
  /// The file without the `./` that compilers put before names that are relative to where they ran.
  fileprivate var path: Substring { file.hasPrefix("./") ? file.dropFirst(2) : file[...] }
}
