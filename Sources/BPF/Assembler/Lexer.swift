/// Splits one line of assembly text into tokens and drops its comment.
struct Lexer {
  private let characters: [Unicode.Scalar]
  private let line: Int
  private var position = 0

  /// Longer ones first, so that none is cut short.
  ///
  /// Those that begin with `s` are the signed forms.
  private static let operators: [[Unicode.Scalar]] = [
    "s>>=", "<<=", ">>=", "s/=", "s%=", "s>=", "s<=", "==", "!=", ">=", "<=", "+=", "-=", "*=", "/=", "|=",
    "&=",
    "%=", "^=", "s>", "s<", "=", "<", ">", "&", "+", "-", "*", "(", ")", "[", "]", ",", ":", "#", "@",
  ].map { Array($0.unicodeScalars) }

  /// The tokens of the line, the last of which is `.end`.
  static func tokens(of text: some StringProtocol, line: Int) throws(AssemblyError) -> [Token] {
    var lexer = Lexer(text, line: line)
    var tokens: [Token] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
    return tokens
  }

  private init(_ text: some StringProtocol, line: Int) {
    characters = Array(text.unicodeScalars)
    self.line = line
  }

  private mutating func next() throws(AssemblyError) -> Token {
    while position < characters.count, characters[position].properties.isWhitespace { position += 1 }
    let start = position
    guard position < characters.count, !beginsComment() else { return Token(kind: .end, column: start + 1) }
    return Token(kind: try kind(), column: start + 1)
  }

  /// `//`, `;`, or a `#` that is not the number sign of a call, `bpf_map_lookup_elem#1`.
  private func beginsComment() -> Bool {
    switch characters[position] {
    case ";": return true
    case "/": return position + 1 < characters.count && characters[position + 1] == "/"
    case "#":
      guard position > 0, Self.isWord(characters[position - 1]), position + 1 < characters.count else {
        return true
      }
      return characters[position + 1] != "-" && !Self.isDigit(characters[position + 1])
    default: return false
    }
  }

  private mutating func kind() throws(AssemblyError) -> Token.Kind {
    if let opcode = opcode() {
      position += 4
      return .opcode(opcode)
    }
    if let symbol = Self.operators.first(where: { characters[position...].starts(with: $0) }) {
      position += symbol.count
      return .symbol(String(String.UnicodeScalarView(symbol)))
    }
    if Self.isDigit(characters[position]) { return try number() }
    guard Self.isWord(characters[position]) else {
      throw failure(expected: "an instruction's next word", at: position, length: 1)
    }
    return .word(takeWord())
  }

  private func opcode() -> UInt8? {
    guard position + 3 < characters.count, characters[position] == "(", characters[position + 3] == ")" else {
      return nil
    }
    return UInt8(String(String.UnicodeScalarView(characters[position + 1...position + 2])), radix: 16)
  }

  private mutating func number() throws(AssemblyError) -> Token.Kind {
    let start = position
    let word = takeWord()
    let isHexadecimal = word.hasPrefix("0x") || word.hasPrefix("0X")
    let digits = isHexadecimal ? word.dropFirst(2) : word[...]
    guard let value = UInt64(digits, radix: isHexadecimal ? 16 : 10) else {
      throw failure(expected: "a number of at most 64 bits", at: start, length: word.count)
    }
    return .number(value, isHexadecimal: isHexadecimal)
  }

  private mutating func takeWord() -> String {
    let start = position
    while position < characters.count, Self.isWord(characters[position]) { position += 1 }
    return String(String.UnicodeScalarView(characters[start..<position]))
  }

  private func failure(expected: String, at start: Int, length: Int) -> AssemblyError {
    let found = String(String.UnicodeScalarView(characters[start..<start + length]))
    return AssemblyError(line: line, column: start + 1, expected: expected, found: "'\(found)'")
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "$": true
    default: false
    }
  }
}
