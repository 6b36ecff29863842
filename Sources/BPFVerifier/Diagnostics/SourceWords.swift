import BPF

/// What the source calls the things that instructions compute, as far as its lines show it.
struct SourceWords {
  let program: Program

  /// Where an instruction stands, for the middle of a sentence: `line 48`, or `slot 4` where there are no lines.
  func place(_ slot: Int) -> String {
    program.knownLine(at: slot).map { "line \($0.line)" } ?? "slot \(slot)"
  }

  /// The variable that the statement at a slot gives a value to.
  func variable(assignedAt slot: Int) -> String? {
    guard let text = before(slot), let place = Self.lastAssignment(in: text) else { return nil }
    var left = text[..<place]
    if let last = left.last, Self.operators.contains(last) { left = left.dropLast() }
    while left.last == Self.space { left = left.dropLast() }
    let name = left.reversed().prefix(while: Self.isOfName).reversed()
    guard let first = name.first, Self.isOfName(first), !(48...57).contains(first) else { return nil }
    // A member or an element is not a variable of its own.
    if let before = left.dropLast(name.count).last, [UInt8(ascii: "."), UInt8(ascii: ">")].contains(before) {
      return nil
    }
    return String(decoding: name, as: UTF8.self)
  }

  /// Whether the statement at a slot declares what it gives a value to as a pointer to bytes.
  func declaresBytes(at slot: Int) -> Bool {
    guard let line = program.knownLine(at: slot) else { return false }
    let words = line.text.split { !($0.isLetter || $0.isNumber || $0 == "_") }
    let types: Set<Substring> = ["void", "char", "u8", "__u8", "uint8_t"]
    return words.first { $0 != "const" && $0 != "unsigned" }.map(types.contains) ?? false
  }

  /// Whether a statement of the program moves a variable on.
  func moves(_ variable: String) -> Bool {
    program.lines.values.contains { line in
      ["\(variable) +=", "\(variable) -=", "\(variable)++", "++\(variable)"].contains(
        where: line.text.contains
      )
    }
  }

  /// The variable or member that stands at an instruction's column, such as `eth->protocol`.
  func expression(at slot: Int) -> String? {
    guard let line = program.knownLine(at: slot), line.column > 0 else { return nil }
    let text = Array(line.text.utf8)
    guard line.column <= text.count, Self.isOfName(text[line.column - 1]) else { return nil }
    var start = line.column - 1, end = start
    while end < text.count, Self.isOfName(text[end]) { end += 1 }
    while start > 0 {
      if Self.isOfName(text[start - 1]) || text[start - 1] == UInt8(ascii: ".") {
        start -= 1
      } else if start > 1, text[start - 1] == UInt8(ascii: ">"), text[start - 2] == UInt8(ascii: "-") {
        start -= 2
      } else {
        break
      }
    }
    let words = String(decoding: text[start..<end], as: UTF8.self)
    guard let first = words.utf8.first, !(48...57).contains(first), !Self.keywords.contains(words),
      end == text.count || text[end] != UInt8(ascii: "(")
    else { return nil }
    return words
  }

  /// What a `return` at an instruction gives back, where it is one variable.
  func returned(at slot: Int) -> String? {
    guard let text = program.knownLine(at: slot)?.text, let place = text.firstRange(of: "return ") else {
      return nil
    }
    let name = text[place.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    guard text[place.upperBound...].dropFirst(name.count).first == ";", name.first?.isLetter == true,
      name.first?.isLowercase == true
    else { return nil }
    return String(name)
  }

  // MARK: Bytes of a line

  private static let space = UInt8(ascii: " ")
  private static let operators = Set("+-|&^*/%<>".utf8)
  private static let keywords: Set<String> = [
    "if", "for", "while", "do", "return", "int", "long", "char", "unsigned", "void", "struct", "else", "goto",
    "sizeof", "static", "const", "switch", "case", "break", "continue",
  ]

  private static func isOfName(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
      || byte == UInt8(ascii: "_")
  }

  /// The line's text before the instruction's column, from the statement's beginning.
  private func before(_ slot: Int) -> ArraySlice<UInt8>? {
    guard let line = program.knownLine(at: slot) else { return nil }
    let text = Array(line.text.utf8)
    let end = line.column > 0 ? min(line.column, text.count) : text.count
    let start = text[..<end].lastIndex(of: UInt8(ascii: ";")).map { $0 + 1 } ?? 0
    return text[start..<end]
  }

  /// The last `=` that stands alone.
  private static func lastAssignment(in text: ArraySlice<UInt8>) -> Int? {
    let equals = UInt8(ascii: "=")
    return text.indices.last { index in
      guard text[index] == equals, index > text.startIndex else { return false }
      if index + 1 < text.endIndex, text[index + 1] == equals { return false }
      return ![equals, UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">")].contains(text[index - 1])
    }
  }
}
