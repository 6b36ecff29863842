/// Writes values by their type, over bytes that are zero.
struct ValueEncoder {
  /// The largest value that is made: a size in a file must not decide how much memory is used.
  static let byteLimit = 1 << 26

  let btf: BTF
  private(set) var bytes: [UInt8]
  private var depth = 0

  init(btf: BTF, byteCount: Int) {
    self.btf = btf
    bytes = Array(repeating: 0, count: byteCount)
  }

  /// Writes the value of a type at a bit of `bytes`; `width` is that of a bit-field, else 0.
  mutating func encode(
    _ value: BTFValue,
    as id: BTF.TypeID,
    at bitOffset: Int = 0,
    width: Int = 0
  ) throws(BTFError) {
    guard depth < 64 else { throw error(.tooComplex) }
    depth += 1
    defer { depth -= 1 }
    let id = btf.resolved(id)
    if case .bytes(let raw) = value { return try copy(raw, as: id, at: bitOffset, width: width) }
    switch btf[id] {
    case .variable(_, let type, _): try encode(value, as: type, at: bitOffset)
    case .integer(_, _, let start, let bitCount, let encoding):
      let count = width > 0 ? width : bitCount
      let bits = try Number(value, expected: "a number").bits(count, isSigned: encoding == .signed)
      try write(bits, at: width > 0 ? bitOffset : bitOffset + start, width: count)
    case .enumeration(_, let byteCount, let isSigned, let values):
      let count = width > 0 ? width : byteCount * 8
      let number = try Self.number(of: value, in: values, isSigned: isSigned)
      try write(try number.bits(count, isSigned: isSigned), at: bitOffset, width: count)
    case .pointer:
      try write(try Number(value, expected: "an address").bits(64, isSigned: false), at: bitOffset, width: 64)
    case .float(_, let byteCount): try encodeFloat(value, byteCount: byteCount, at: bitOffset)
    case .array(let element, _, let count): try encodeArray(value, of: element, count: count, at: bitOffset)
    case .structure, .union, .dataSection: try encodeStructure(value, as: id, at: bitOffset)
    default: throw error(.noValues(btf[id].kind))
    }
  }

  private mutating func encodeStructure(
    _ value: BTFValue,
    as id: BTF.TypeID,
    at bitOffset: Int
  ) throws(BTFError) {
    guard case .structure(let fields) = value else {
      throw error(.mismatch(expected: "the members of \(btf.description(of: id))", found: value.form))
    }
    for field in fields {
      guard let place = place(of: field.name, in: id) else {
        throw error(.noSuchMember(field.name, known: knownNames(of: id)))
      }
      do throws(BTFError) {
        let start = bitOffset + place.bitOffset
        try encode(field.value, as: place.type, at: start, width: place.bitFieldWidth)
      } catch {
        throw error.inside(".\(field.name)")
      }
    }
  }

  private func place(of name: String, in id: BTF.TypeID) -> BTF.MemberPlace? {
    if case .dataSection = btf[id] { return btf.parts(of: id).first { $0.name == name }?.place }
    return btf.member(name, of: id)
  }

  private func knownNames(of id: BTF.TypeID) -> [String] {
    if case .dataSection = btf[id] { return btf.parts(of: id).map(\.name) }
    return btf.memberNames(of: id)
  }

  private mutating func encodeArray(
    _ value: BTFValue,
    of element: BTF.TypeID,
    count: Int,
    at bitOffset: Int
  ) throws(BTFError) {
    let elements: [BTFValue]
    switch value {
    case .array(let values): elements = values
    case .text(let text) where btf.isCharacter(element):
      let raw = Array(text.utf8)
      guard raw.count <= count else { throw error(.tooMany(count: raw.count, limit: count)) }
      return try write(raw, at: bitOffset)
    default:
      let expected = btf.isCharacter(element) ? "a text or an array" : "an array"
      throw error(.mismatch(expected: expected, found: value.form))
    }
    guard elements.count <= count else { throw error(.tooMany(count: elements.count, limit: count)) }
    guard let byteCount = btf.byteCount(of: element) else { throw error(.noValues(btf[element].kind)) }
    guard elements.isEmpty || byteCount <= bytes.count else {
      throw error(.tooFewBytes(needed: byteCount, available: bytes.count))
    }
    for (index, value) in elements.enumerated() {
      do throws(BTFError) {
        try encode(value, as: element, at: bitOffset + index * byteCount * 8)
      } catch {
        throw error.inside("[\(index)]")
      }
    }
  }

  private mutating func encodeFloat(
    _ value: BTFValue,
    byteCount: Int,
    at bitOffset: Int
  ) throws(BTFError) {
    let number: Double
    switch value {
    case .float(let value): number = value
    case .integer(let value): number = Double(value)
    case .unsigned(let value): number = Double(value)
    default: throw error(.mismatch(expected: "a number", found: value.form))
    }
    switch byteCount {
    case 4: try write(UInt128(Float(number).bitPattern), at: bitOffset, width: 32)
    case 8: try write(UInt128(number.bitPattern), at: bitOffset, width: 64)
    default: throw error(.mismatch(expected: "\(byteCount) bytes", found: value.form))
    }
  }

  /// The number of an enumerator, by name or by itself.
  private static func number(
    of value: BTFValue,
    in values: [BTFType.Enumerator],
    isSigned: Bool
  ) throws(BTFError) -> Number {
    let name: String
    switch value {
    case .text(let text): name = text
    case .enumerator(let text, _): name = text
    default: return try Number(value, expected: "an enumerator")
    }
    if let known = values.first(where: { $0.name == name })?.value {
      return isSigned ? .signed(Int128(known)) : .unsigned(UInt128(UInt64(bitPattern: known)))
    }
    if let number = Number(text: name) { return number }
    throw BTFError(
      .value(.noSuchEnumerator(name, known: values.map(\.name))),
      in: .value(path: "")
    )
  }

  private mutating func copy(
    _ raw: [UInt8],
    as id: BTF.TypeID,
    at bitOffset: Int,
    width: Int
  ) throws(BTFError) {
    guard width == 0, let byteCount = btf.byteCount(of: id), byteCount == raw.count else {
      let expected = width > 0 ? "a bit-field" : "\(btf.byteCount(of: id) ?? 0) bytes"
      throw error(.mismatch(expected: expected, found: "\(raw.count) bytes"))
    }
    try write(raw, at: bitOffset)
  }

  private mutating func write(_ raw: [UInt8], at bitOffset: Int) throws(BTFError) {
    let start = bitOffset / 8
    guard bitOffset % 8 == 0, start + raw.count <= bytes.count else {
      throw error(.tooFewBytes(needed: start + raw.count, available: bytes.count))
    }
    bytes.replaceSubrange(start..<(start + raw.count), with: raw)
  }

  private mutating func write(_ bits: UInt128, at bitOffset: Int, width: Int) throws(BTFError) {
    guard bitOffset + width <= bytes.count * 8 else {
      throw error(.tooFewBytes(needed: (bitOffset + width + 7) / 8, available: bytes.count))
    }
    var written = 0
    while written < width {
      let position = bitOffset + written
      let count = min(8 - position % 8, width - written)
      let mask = UInt8(truncatingIfNeeded: (1 << count) - 1) << UInt8(position % 8)
      let byte = UInt8(truncatingIfNeeded: bits >> UInt128(written)) << UInt8(position % 8)
      bytes[position / 8] = bytes[position / 8] & ~mask | byte & mask
      written += count
    }
  }

  private func error(_ fault: BTFError.ValueFault) -> BTFError {
    BTFError(.value(fault), in: .value(path: ""))
  }
}

/// An integer of either sign.
private enum Number {
  case signed(Int128)
  case unsigned(UInt128)

  init(_ value: BTFValue, expected: String) throws(BTFError) {
    switch value {
    case .integer(let value): self = .signed(value)
    case .unsigned(let value): self = .unsigned(value)
    case .boolean(let value): self = .unsigned(value ? 1 : 0)
    case .enumerator(_, let value): self = .signed(Int128(value))
    case .pointer(let value): self = .unsigned(UInt128(value))
    case .text(let text):
      guard let number = Number(text: text) else { fallthrough }
      self = number
    default:
      throw BTFError(.value(.mismatch(expected: expected, found: value.form)), in: .value(path: ""))
    }
  }

  init?(text: String) {
    if text.hasPrefix("0x") || text.hasPrefix("0X") {
      guard let value = UInt128(text.dropFirst(2), radix: 16) else { return nil }
      self = .unsigned(value)
    } else if let value = UInt128(text) {
      self = .unsigned(value)
    } else if let value = Int128(text) {
      self = .signed(value)
    } else {
      return nil
    }
  }

  /// The lowest bits, if the number fits into them.
  func bits(_ width: Int, isSigned: Bool) throws(BTFError) -> UInt128 {
    let isInRange: Bool
    let bits: UInt128
    switch self {
    case .signed(let value):
      bits = UInt128(truncatingIfNeeded: value)
      let magnitude = value < 0 ? UInt128(truncatingIfNeeded: ~value) : bits
      isInRange = isSigned ? Self.fits(magnitude, width - 1) : value >= 0 && Self.fits(bits, width)
    case .unsigned(let value):
      bits = value
      isInRange = Self.fits(value, isSigned ? width - 1 : width)
    }
    guard isInRange else {
      let text =
        switch self {
        case .signed(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        }
      throw BTFError(
        .value(.outOfRange(value: text, bitCount: width, isSigned: isSigned)),
        in: .value(path: "")
      )
    }
    return bits
  }

  private static func fits(_ value: UInt128, _ width: Int) -> Bool {
    width >= 128 || value >> UInt128(max(width, 0)) == 0
  }
}
