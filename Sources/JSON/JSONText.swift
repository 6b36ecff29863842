/// Writes JSON for people and programs alike: what fits a line stands on one, the rest is indented by two spaces.
public struct JSONText {
  /// The width that a value on one line may have.
  public static let width = 110

  /// What was written so far, UTF-8.
  public private(set) var bytes: [UInt8] = []

  /// Nothing written yet.
  public init() {}

  /// The document with a newline at its end.
  public static func document(_ value: JSONValue) -> [UInt8] {
    var text = JSONText()
    text.write(value, indentation: 0)
    text.append("\n")
    return text.bytes
  }

  /// The document on one line, without a newline.
  public static func line(_ value: JSONValue) -> String {
    var text = JSONText()
    text.writeCompact(value)
    return String(decoding: text.bytes, as: UTF8.self)
  }

  /// Writes a value whose first line is already indented.
  public mutating func write(_ value: JSONValue, indentation: Int) {
    if let remaining = Self.room(for: value, in: Self.width - indentation), remaining >= 0 {
      writeCompact(value)
      return
    }
    switch value {
    case .array(let elements):
      writeLines("[", "]", elements, indentation) { text, element in
        text.write(element, indentation: indentation + 2)
      }
    case .object(let object):
      writeLines("{", "}", object.members, indentation) { text, member in
        text.writeString(member.name)
        text.append(": ")
        text.write(member.value, indentation: indentation + 2)
      }
    default: writeCompact(value)
    }
  }

  private mutating func writeLines<Element>(
    _ open: StaticString,
    _ close: StaticString,
    _ elements: [Element],
    _ indentation: Int,
    _ body: (inout JSONText, Element) -> Void
  ) {
    append("\(open)")
    for (index, element) in elements.enumerated() {
      append(index == 0 ? "\n" : ",\n")
      append(String(repeating: " ", count: indentation + 2))
      body(&self, element)
    }
    append("\n")
    append(String(repeating: " ", count: indentation))
    append("\(close)")
  }

  private mutating func writeCompact(_ value: JSONValue) {
    switch value {
    case .null: append("null")
    case .boolean(let truth): append(truth ? "true" : "false")
    case .integer(let number): append(String(number))
    case .real(let number): append(number.isFinite ? "\(number)" : "null")
    case .string(let string): writeString(string)
    case .array(let elements):
      append("[")
      for (index, element) in elements.enumerated() {
        if index > 0 { append(", ") }
        writeCompact(element)
      }
      append("]")
    case .object(let object):
      append("{")
      for (index, member) in object.members.enumerated() {
        if index > 0 { append(", ") }
        writeString(member.name)
        append(": ")
        writeCompact(member.value)
      }
      append("}")
    }
  }

  private mutating func writeString(_ string: String) {
    append("\"")
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\t"): append("\\t")
      case UInt8(ascii: "\r"): append("\\r")
      case 0..<0x20, 0x7F: append("\\u00" + Hex.text([byte]))
      default: bytes.append(byte)
      }
    }
    append("\"")
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// What is left of `width` after the value on one line, or nil as soon as it does not fit.
  private static func room(for value: JSONValue, in width: Int) -> Int? {
    var left = width
    switch value {
    case .null: left -= 4
    case .boolean: left -= 5
    case .integer(let number): left -= String(number).utf8.count
    case .real: left -= 12
    case .string(let string): left -= string.utf8.count + 2
    case .array(let elements):
      left -= 2
      for element in elements {
        guard left >= 0, let rest = room(for: element, in: left - 2) else { return nil }
        left = rest
      }
    case .object(let object):
      left -= 2
      for member in object.members {
        left -= member.name.utf8.count + 6
        guard left >= 0, let rest = room(for: member.value, in: left) else { return nil }
        left = rest
      }
    }
    return left >= 0 ? left : nil
  }
}
