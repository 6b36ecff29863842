/// A JSON document, with the order of its members kept and its integers exact.
package enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  /// A number without fraction or exponent that fits 64 bits, signed or not.
  case integer(Int128)
  /// Any other number.
  case real(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// The largest whole number up to which every reader of JSON is exact.
  package static let exactLimit: Int128 = 1 << 53

  /// A whole number, as a decimal string where readers that keep numbers as doubles would lose digits.
  package static func number(_ value: some BinaryInteger) -> JSONValue {
    let exact = Int128(value)
    return (-exactLimit...exactLimit).contains(exact) ? .integer(exact) : .string(String(exact))
  }

  /// Bytes as lower-case hex digits, without spaces.
  package static func hex(_ bytes: some Collection<UInt8>) -> JSONValue { .string(Hex.text(bytes)) }

  /// What a message calls this kind of value.
  package var kindName: String {
    switch self {
    case .null: "null"
    case .boolean: "true or false"
    case .integer, .real: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object, in the order in which they were written.
package struct JSONObject: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// One name and its value.
  package struct Member: Hashable, Sendable {
    package var name: String
    package var value: JSONValue
  }

  package private(set) var members: [Member] = []
  private var positions: [String: Int] = [:]

  package init() {}

  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (name, value) in elements { self[name] = value }
  }

  /// The value of a name; setting a new name adds it at the end.
  package subscript(name: String) -> JSONValue? {
    get { positions[name].map { members[$0].value } }
    set {
      guard let newValue else { return }
      if let position = positions[name] {
        members[position].value = newValue
      } else {
        positions[name] = members.count
        members.append(Member(name: name, value: newValue))
      }
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(booleanLiteral value: Bool) { self = .boolean(value) }
  package init(integerLiteral value: Int) { self = .integer(Int128(value)) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(nilLiteral: ()) { self = .null }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (name, value) in elements { object[name] = value }
    self = .object(object)
  }
}
