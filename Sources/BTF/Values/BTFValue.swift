/// The bytes of a type as a tree that a person or JSON can read and write.
///
/// `BTF.decode(_:as:)` makes one of bytes, `BTF.encode(_:as:)` makes bytes of one. Encoding also takes what is not
/// the type's own form but means a value of it: a number for a `bool`, a name for an enumeration, a decimal or
/// `0x` text for a number, fewer elements or members than the type has (the rest is zero).
public enum BTFValue: Hashable, Sendable {
  /// A signed integer of 1 to 16 bytes, or a bit-field of one.
  case integer(Int128)
  /// An unsigned integer of 1 to 16 bytes, or a bit-field of one.
  case unsigned(UInt128)
  /// A `float` or `double`.
  case float(Double)
  /// A `bool` that is 0 or 1; others are `unsigned`.
  case boolean(Bool)
  /// A value of an enumeration that has a name; others are `integer` or `unsigned`.
  case enumerator(name: String, value: Int64)
  /// An address.
  case pointer(UInt64)
  /// An array of `char` that holds printable text, up to its first zero.
  case text(String)
  /// The elements of any other array.
  case array([BTFValue])
  /// The members of a struct, a union (all of them, over the same bytes) or a data section.
  ///
  /// Those of anonymous structs and unions stand among the others.
  case structure([Field])
  /// Bytes that have no other form, such as a `long double`; any type can be encoded of as many as it has.
  case bytes([UInt8])

  /// A member and its value.
  public struct Field: Hashable, Sendable {
    /// The member's name.
    public var name: String
    /// Its value.
    public var value: BTFValue
    /// Makes a field.
    public init(_ name: String, _ value: BTFValue) {
      self.name = name
      self.value = value
    }
  }

  /// The value of a member of a structure; nil if this is none or has no such member.
  public subscript(name: String) -> BTFValue? {
    guard case .structure(let fields) = self else { return nil }
    return fields.first { $0.name == name }?.value
  }

  /// What form the value has, for messages.
  var form: String {
    switch self {
    case .integer(let value): "the number \(value)"
    case .unsigned(let value): "the number \(value)"
    case .float(let value): "the number \(value)"
    case .boolean(let value): "\(value)"
    case .enumerator(let name, _): "the enumerator \(name)"
    case .pointer: "a pointer"
    case .text(let text): "the text '\(text)'"
    case .array(let elements): "an array of \(elements.count)"
    case .structure: "a structure"
    case .bytes(let bytes): "\(bytes.count) bytes"
    }
  }
}

extension BTF {
  /// Reads a value of a type, a variable or a data section from the start of `bytes`.
  ///
  /// Fails if there are too few bytes, or if the type has no values.
  public func decode(_ bytes: [UInt8], as id: TypeID) throws(BTFError) -> BTFValue {
    let needed = try sizeOfValue(id)
    guard needed <= bytes.count else {
      throw BTFError(.value(.tooFewBytes(needed: needed, available: bytes.count)), in: .value(path: ""))
    }
    var decoder = ValueDecoder(btf: self, bytes: bytes)
    return try decoder.value(id)
  }

  /// The bytes of a value of a type, a variable or a data section; what the value doesn't name is zero.
  public func encode(_ value: BTFValue, as id: TypeID) throws(BTFError) -> [UInt8] {
    let byteCount = try sizeOfValue(id)
    guard byteCount <= ValueEncoder.byteLimit else {
      throw BTFError(.tooLarge("a value of \(byteCount) bytes"), in: .value(path: ""))
    }
    var encoder = ValueEncoder(btf: self, byteCount: byteCount)
    try encoder.encode(value, as: id)
    return encoder.bytes
  }

  private func sizeOfValue(_ id: TypeID) throws(BTFError) -> Int {
    guard let byteCount = byteCount(of: id) else {
      throw BTFError(.value(.noValues(self[resolved(id)].kind)), in: .value(path: ""))
    }
    return byteCount
  }

  /// Whether an array's element is a `char`, so that the array may hold text.
  func isCharacter(_ id: TypeID) -> Bool {
    guard case .integer(let name, 1, _, 8, let encoding) = self[resolved(id)] else { return false }
    return name == "char" || encoding == .character
  }

  /// The parts of a struct, union or data section, with the names and places that values know them by.
  func parts(of id: TypeID) -> [(name: String, place: MemberPlace)] {
    if case .dataSection(_, _, let variables) = self[id] {
      return variables.map { variable in
        let place = MemberPlace(
          composite: id,
          index: 0,
          type: variable.type,
          bitOffset: variable.offset * 8,
          bitFieldWidth: 0
        )
        return (name(of: variable.type), place)
      }
    }
    return (self[id].composite?.members ?? []).enumerated().map { index, member in
      (member.name, place(of: member, at: index, in: id, from: 0))
    }
  }
}

extension BTFError {
  /// The same error one step further inside a value.
  func inside(_ step: String) -> BTFError {
    guard case .value(let path) = place else { return self }
    return BTFError(fault, in: .value(path: step + path))
  }
}
