/// Why a text is not JSON, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public var message: String
  /// Counted from 1.
  public var line: Int
  /// Counted from 1, in bytes.
  public var column: Int

  /// One line for a person.
  public var description: String { "line \(line), column \(column): \(message)" }
}

/// Reads one JSON document (RFC 8259): strict, with a bound on nesting, and with no name twice in an object.
public struct JSONParser {
  /// How deep arrays and objects may be nested.
  public static let depthLimit = 64

  private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

  private let bytes: [UInt8]
  private var position = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The document, the whole text being one.
  public static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else {
      throw parser.error("there is more after the end of the document")
    }
    return value
  }

  /// The document in a string.
  public static func parse(_ text: String) throws(JSONError) -> JSONValue { try parse(Array(text.utf8)) }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func error(_ message: String, at place: Int? = nil) -> JSONError {
    let before = bytes[..<min(place ?? position, bytes.count)]
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return JSONError(message: message, line: line, column: before.count - start + 1)
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= Self.depthLimit else { throw error("nested more than \(Self.depthLimit) deep") }
    skipSpace()
    switch next {
    case nil: throw error("the document ends where a value should be")
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case let byte? where byte == UInt8(ascii: "-") || Self.digits ~= byte: return try number()
    default:
      for (word, value) in [("null", .null), ("true", .boolean(true)), ("false", .boolean(false))]
        as [(String, JSONValue)]
      where bytes[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return value
      }
      throw error("expected a value")
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value(depth: depth + 1))
      if take(UInt8(ascii: "]")) { return .array(elements) }
      guard take(UInt8(ascii: ",")) else { throw error("expected ',' or ']' after an array's element") }
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    position += 1
    var object = JSONObject()
    if take(UInt8(ascii: "}")) { return .object(object) }
    while true {
      skipSpace()
      let start = position
      guard next == UInt8(ascii: "\"") else { throw error("expected a member's name in quotes") }
      let name = try string()
      guard object[name] == nil else {
        throw error("the name \"\(name)\" stands here a second time", at: start)
      }
      guard take(UInt8(ascii: ":")) else { throw error("expected ':' after the name \"\(name)\"") }
      object[name] = try value(depth: depth + 1)
      if take(UInt8(ascii: "}")) { return .object(object) }
      guard take(UInt8(ascii: ",")) else { throw error("expected ',' or '}' after the member \"\(name)\"") }
    }
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    let leadingZero = next == UInt8(ascii: "0")
    let whole = try digits()
    guard whole == 1 || !leadingZero else { throw error("a number does not begin with 0", at: start) }
    var isWhole = true
    if next == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      _ = try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      isWhole = false
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      _ = try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole {
      guard let exact = Int128(text), exact >= Int128(Int64.min), exact <= Int128(UInt64.max) else {
        throw error("the number \(text.prefix(40)) does not fit 64 bits", at: start)
      }
      return .integer(exact)
    }
    guard let real = Double(text), real.isFinite else { throw error("the number is out of range", at: start) }
    return .real(real)
  }

  private mutating func digits() throws(JSONError) -> Int {
    let start = position
    while let byte = next, Self.digits ~= byte { position += 1 }
    guard position > start else { throw error("expected a digit") }
    return position - start
  }

  private mutating func string() throws(JSONError) -> String {
    let start = position
    position += 1
    var content: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: content, as: UTF8.self) else {
          throw error("the string is not UTF-8", at: start)
        }
        return string
      case UInt8(ascii: "\\"): content.append(contentsOf: String(try escape()).utf8)
      case 0..<0x20: throw error("a control character in a string has to be escaped", at: position - 1)
      default: content.append(byte)
      }
    }
    throw error("the string that begins here has no end", at: start)
  }

  private mutating func escape() throws(JSONError) -> Character {
    let place = position - 1
    guard let byte = next else { throw error("the document ends in an escape", at: place) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return Character(try unicodeEscape(place))
    default: throw error("an escape that JSON does not have", at: place)
    }
  }

  private mutating func unicodeEscape(_ place: Int) throws(JSONError) -> Unicode.Scalar {
    let first = try fourDigits(place)
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
      throw error("half of a surrogate pair", at: place)
    }
    position += 2
    let second = try fourDigits(place)
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw error("half of a surrogate pair", at: place) }
    return scalar
  }

  private mutating func fourDigits(_ place: Int) throws(JSONError) -> UInt32 {
    guard bytes.count - position >= 4 else { throw error("the document ends in an escape", at: place) }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("an escape of four hexadecimal digits was expected", at: place)
      }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }
}
