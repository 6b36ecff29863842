/// Bytes as hexadecimal digits.
package enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Two lower-case digits a byte, without spaces.
  package static func text(_ bytes: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Why a text is not bytes.
  package enum ParseError: Error, Hashable, CustomStringConvertible {
    /// A character that is no hexadecimal digit, counted from 1.
    case notADigit(Character, position: Int)
    /// A digit stands alone.
    case oddLength(digits: Int)

    package var description: String {
      switch self {
      case .notADigit(let character, let position):
        "character \(position), '\(character)', is not a hexadecimal digit"
      case .oddLength(let digits): "a byte is two hexadecimal digits, but there are \(digits) digits"
      }
    }
  }

  /// Reads bytes; whitespace, colons and a leading `0x` may stand between and before them.
  package static func bytes(_ text: some StringProtocol) throws(ParseError) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    var count = 0
    let hasPrefix = text.hasPrefix("0x") || text.hasPrefix("0X")
    for (position, character) in text.enumerated().dropFirst(hasPrefix ? 2 : 0) {
      if character.isWhitespace || character == ":" { continue }
      guard character.isASCII, let digit = character.hexDigitValue else {
        throw .notADigit(character, position: position + 1)
      }
      count += 1
      if let first = high {
        bytes.append(first << 4 | UInt8(digit))
        high = nil
      } else {
        high = UInt8(digit)
      }
    }
    guard high == nil else { throw .oddLength(digits: count) }
    return bytes
  }
}
