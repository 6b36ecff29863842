/// A JSON document, with the order of its members kept and its integers exact.
public enum JSONValue: Hashable, Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case boolean(Bool)
  /// A number without fraction or exponent that fits 64 bits, signed or not.
  case integer(Int128)
  /// Any other number.
  case real(Double)
  /// Text.
  case string(String)
  /// Values in order.
  case array([JSONValue])
  /// Names and their values.
  case object(JSONObject)

  /// The largest whole number up to which every reader of JSON is exact.
  public static let exactLimit: Int128 = 1 << 53

  /// A whole number, as a decimal string where readers that keep numbers as doubles would lose digits.
  public static func number(_ value: some BinaryInteger) -> JSONValue {
    guard let exact = Int128(exactly: value), (-exactLimit...exactLimit).contains(exact) else {
      return .string(String(value))
    }
    return .integer(exact)
  }

  /// Bytes as lower-case hex digits, without spaces.
  public static func hex(_ bytes: [UInt8]) -> JSONValue { .string(Hex.text(bytes)) }

  /// What a message calls this kind of value.
  public var kindName: String {
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
public struct JSONObject: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// One name and its value.
  public struct Member: Hashable, Sendable {
    /// The name, which no other member has.
    public var name: String
    /// Its value.
    public var value: JSONValue
  }

  /// The members, in order.
  public private(set) var members: [Member] = []
  private var positions: [String: Int] = [:]

  /// An object without members.
  public init() {}

  /// An object of these members; of two with one name the first's place and the last's value.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (name, value) in elements { self[name] = value }
  }

  /// The value of a name; setting a new name adds it at the end.
  public subscript(name: String) -> JSONValue? {
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
  /// Text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// `true` or `false`.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  /// A whole number.
  public init(integerLiteral value: Int) { self = .integer(Int128(value)) }
  /// Values in order.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// `null`.
  public init(nilLiteral: ()) { self = .null }
  /// Names and their values.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (name, value) in elements { object[name] = value }
    self = .object(object)
  }
}
