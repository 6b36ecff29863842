/// Writes a type section and the strings that it names.
struct TypeEncoder {
  /// The type section so far.
  private(set) var section: [UInt8] = []
  /// The strings so far.
  private(set) var strings: StringTable
  private var id: BTF.TypeID = 0

  init(strings: StringTable) { self.strings = strings }

  /// Appends the record of one type.
  mutating func append(_ type: BTFType, id: BTF.TypeID) throws(BTFError) {
    self.id = id
    switch type {
    case .void: throw error("a second void")
    case .integer(let name, let byteCount, let bitOffset, let bitCount, let encoding):
      try begin(.integer, name, byteCount: byteCount)
      let number: UInt32 =
        switch encoding {
        case .unsigned: 0
        case .signed: 1
        case .character: 2
        case .boolean: 4
        }
      append(number << 24 | UInt32(bitOffset & 0xff) << 16 | UInt32(bitCount & 0xff))
    case .pointer(let target): begin(.pointer, refersTo: target)
    case .array(let element, let index, let count):
      begin(.array, refersTo: 0)
      append(element)
      append(index)
      append(try word(count, "the number of elements"))
    case .structure(let composite): try append(composite, as: .structure)
    case .union(let composite): try append(composite, as: .union)
    case .enumeration(let name, let byteCount, let isSigned, let values):
      try appendEnumeration(name, byteCount: byteCount, isSigned: isSigned, values: values)
    case .forward(let name, let isUnion): begin(.forward, name, refersTo: 0, flag: isUnion)
    case .typedef(let name, let target): begin(.typedef, name, refersTo: target)
    case .volatile(let target): begin(.volatile, refersTo: target)
    case .const(let target): begin(.const, refersTo: target)
    case .restrict(let target): begin(.restrict, refersTo: target)
    case .function(let name, let prototype, let linkage):
      begin(.function, name, refersTo: prototype, count: linkage.rawValue)
    case .functionPrototype(let result, let parameters, let isVariadic):
      try append(parameters, returning: result, isVariadic: isVariadic)
    case .variable(let name, let target, let linkage):
      begin(.variable, name, refersTo: target)
      append(linkage.rawValue)
    case .dataSection(let name, let byteCount, let variables):
      try append(variables, section: name, byteCount: byteCount)
    case .float(let name, let byteCount): try begin(.float, name, byteCount: byteCount)
    case .declarationTag(let name, let target, let component, let isAttribute):
      begin(.declarationTag, name, refersTo: target, flag: isAttribute)
      append(try component.map { (number) throws(BTFError) in try word(number, "the component") } ?? .max)
    case .typeTag(let name, let target, let isAttribute):
      begin(.typeTag, name, refersTo: target, flag: isAttribute)
    }
  }

  private mutating func append(_ composite: BTFType.Composite, as kind: EncodedKind) throws(BTFError) {
    let hasBitFields = composite.members.contains { $0.bitFieldWidth != 0 }
    try begin(
      kind,
      composite.name,
      byteCount: composite.byteCount,
      count: composite.members.count,
      flag: hasBitFields
    )
    for member in composite.members {
      append(strings.offset(of: member.name))
      append(member.type)
      let offset = try word(member.bitOffset, "the offset of '\(member.name)'")
      guard hasBitFields else {
        append(offset)
        continue
      }
      guard offset < 1 << 24, let width = UInt8(exactly: member.bitFieldWidth) else {
        throw error("the offset of '\(member.name)' in a struct with bit-fields")
      }
      append(UInt32(width) << 24 | offset)
    }
  }

  private mutating func appendEnumeration(
    _ name: String,
    byteCount: Int,
    isSigned: Bool,
    values: [BTFType.Enumerator]
  ) throws(BTFError) {
    let isWide = !values.allSatisfy {
      isSigned ? Int32(exactly: $0.value) != nil : UInt32(exactly: $0.value) != nil
    }
    try begin(
      isWide ? .enumeration64 : .enumeration,
      name,
      byteCount: byteCount,
      count: values.count,
      flag: isSigned
    )
    for enumerator in values {
      append(strings.offset(of: enumerator.name))
      append(UInt32(truncatingIfNeeded: enumerator.value))
      if isWide { append(UInt32(truncatingIfNeeded: enumerator.value >> 32)) }
    }
  }

  private mutating func append(
    _ parameters: [BTFType.Parameter],
    returning result: BTF.TypeID,
    isVariadic: Bool
  ) throws(BTFError) {
    let count = try vlen(parameters.count + (isVariadic ? 1 : 0))
    begin(.functionPrototype, refersTo: result, count: count)
    for parameter in parameters {
      append(strings.offset(of: parameter.name))
      append(parameter.type)
    }
    if isVariadic {
      append(0)
      append(0)
    }
  }

  private mutating func append(
    _ variables: [BTFType.SectionVariable],
    section name: String,
    byteCount: Int
  ) throws(BTFError) {
    try begin(.dataSection, name, byteCount: byteCount, count: variables.count)
    for variable in variables {
      append(variable.type)
      append(try word(variable.offset, "the offset of a variable"))
      append(try word(variable.byteCount, "the size of a variable"))
    }
  }

  private mutating func begin(
    _ kind: EncodedKind,
    _ name: String = "",
    byteCount: Int,
    count: Int = 0,
    flag: Bool = false
  ) throws(BTFError) {
    let size = try word(byteCount, "its size")
    let length = try vlen(count)
    begin(kind, name, refersTo: size, count: length, flag: flag)
  }

  /// Appends the three words that every record begins with (`struct btf_type`).
  private mutating func begin(
    _ kind: EncodedKind,
    _ name: String = "",
    refersTo target: UInt32,
    count: UInt32 = 0,
    flag: Bool = false
  ) {
    append(strings.offset(of: name))
    append((flag ? 1 << 31 : 0) | kind.rawValue << 24 | count)
    append(target)
  }

  private mutating func append(_ word: UInt32) { section.append(littleEndian: word) }

  private func word(_ value: Int, _ what: String) throws(BTFError) -> UInt32 {
    guard let word = UInt32(exactly: value) else { throw error("\(what) (\(value))") }
    return word
  }

  private func vlen(_ count: Int) throws(BTFError) -> UInt32 {
    guard let count = UInt16(exactly: count) else { throw error("the number of its members (\(count))") }
    return UInt32(count)
  }

  private func error(_ what: String) -> BTFError { BTFError(.tooLarge(what), in: .typeNumber(id)) }
}
