/// Bytes as hexadecimal digits.
public enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Two lower-case digits a byte, without spaces.
  public static func text(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Why a text is not bytes.
  public enum ParseError: Error, Hashable, CustomStringConvertible {
    /// A character that is no hexadecimal digit, counted from 1.
    case notADigit(Character, position: Int)
    /// A digit stands alone.
    case oddLength(digits: Int)

    /// One line for a person.
    public var description: String {
      switch self {
      case .notADigit(let character, let position):
        "character \(position), '\(character)', is not a hexadecimal digit"
      case .oddLength(let digits): "a byte is two hexadecimal digits, but there are \(digits) digits"
      }
    }
  }

  /// Reads bytes; whitespace, colons and a leading `0x` may stand between and before them.
  public static func bytes(_ text: String) throws(ParseError) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    var count = 0
    let hasPrefix = text.hasPrefix("0x") || text.hasPrefix("0X")
    for (position, byte) in text.utf8.enumerated().dropFirst(hasPrefix ? 2 : 0) {
      if isSeparator(byte) { continue }
      guard let digit = value(of: byte) else {
        // Positions and names in messages are those of whole characters.
        let place = text.utf8.index(text.startIndex, offsetBy: position)
        let character = text.indices.last { $0 <= place } ?? text.startIndex
        throw .notADigit(
          text[character],
          position: text.distance(from: text.startIndex, to: character) + 1
        )
      }
      count += 1
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    guard high == nil else { throw .oddLength(digits: count) }
    return bytes
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte) || byte == UInt8(ascii: ":")
  }

  private static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46, 0x61...0x66: (digit | 0x20) - 0x57
    default: nil
    }
  }
}
