/// A word of a line of assembly text.
struct Token: Hashable {
  enum Kind: Hashable {
    /// A name: register, keyword, label, helper.
    case word(String)
    /// Digits without their sign. Hexadecimal ones may stand for a bit pattern.
    case number(UInt64, isHexadecimal: Bool)
    /// An operator or a bracket.
    case symbol(String)
    /// An opcode in brackets, as the verifier's log puts it before an instruction: `(b7)`.
    case opcode(UInt8)
    case end
  }

  let kind: Kind
  /// Counted from 1.
  let column: Int

  /// For an error's `found`.
  var description: String {
    switch kind {
    case .word(let word): "'\(word)'"
    case .number(let value, let isHexadecimal): "'\(isHexadecimal ? hexadecimal(value) : "\(value)")'"
    case .symbol(let symbol): "'\(symbol)'"
    case .opcode(let opcode): "opcode \(hexadecimal(opcode))"
    case .end: "the end of the line"
    }
  }
}
