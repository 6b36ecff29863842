/// Reads the type section of `.BTF`, one type after the other.
struct TypeParser: ~Escapable {
  private let section: RawSpan
  private var strings: StringInterner
  private var cursor = 0
  private var start = 0
  /// The types so far; a split BTF starts with those of its base.
  private(set) var types: [BTFType]

  @_lifetime(copy section)
  init(_ section: RawSpan, strings: StringSection, base: [BTFType]) {
    self.section = section
    self.strings = StringInterner(strings)
    self.types = base
  }

  /// Reads to the end of the section.
  mutating func parse() throws(BTFError) {
    while cursor < section.byteCount {
      start = cursor
      let type = try self.type()
      types.append(type)
    }
  }

  private mutating func type() throws(BTFError) -> BTFType {
    let name = try word()
    let info = try word()
    let sizeOrType = try word()
    guard let kind = EncodedKind(rawValue: info >> 24 & 0x1f) else {
      throw error(.unknownKind(Int(info >> 24 & 0x1f)))
    }
    let flag = info >> 31 != 0
    let count = Int(info & 0xffff)
    switch kind {
    case .integer: return try integer(name, byteCount: Int(sizeOrType))
    case .pointer: return .pointer(to: sizeOrType)
    case .array: return .array(of: try word(), index: try word(), count: Int(try word()))
    case .structure:
      return .structure(try composite(name, byteCount: sizeOrType, memberCount: count, hasBitFields: flag))
    case .union:
      return .union(try composite(name, byteCount: sizeOrType, memberCount: count, hasBitFields: flag))
    case .enumeration, .enumeration64:
      return try enumeration(
        name,
        byteCount: Int(sizeOrType),
        isSigned: flag,
        valueCount: count,
        isWide: kind == .enumeration64
      )
    case .forward: return .forward(name: try string(name), isUnion: flag)
    case .typedef: return .typedef(name: try string(name), of: sizeOrType)
    case .volatile: return .volatile(sizeOrType)
    case .const: return .const(sizeOrType)
    case .restrict: return .restrict(sizeOrType)
    case .function:
      return .function(
        name: try string(name),
        prototype: sizeOrType,
        linkage: try linkage(UInt32(count))
      )
    case .functionPrototype: return try prototype(returns: sizeOrType, parameterCount: count)
    case .variable:
      return .variable(name: try string(name), type: sizeOrType, linkage: try linkage(try word()))
    case .dataSection: return try dataSection(name, byteCount: sizeOrType, variableCount: count)
    case .float: return try float(name, byteCount: Int(sizeOrType))
    case .declarationTag: return try declarationTag(name, type: sizeOrType, isAttribute: flag)
    case .typeTag: return .typeTag(name: try string(name), of: sizeOrType, isAttribute: flag)
    }
  }

  private mutating func integer(_ name: UInt32, byteCount: Int) throws(BTFError) -> BTFType {
    let data = try word()
    let bitOffset = Int(data >> 16 & 0xff)
    let bitCount = Int(data & 0xff)
    let encoding: BTFType.IntegerEncoding? =
      switch data >> 24 & 0xf {
      case 0: .unsigned
      case 1: .signed
      case 2: .character
      case 4: .boolean
      default: nil
      }
    guard byteCount > 0, byteCount <= 16, byteCount.nonzeroBitCount == 1 else {
      throw error(.invalidSize(kind: .integer, byteCount: byteCount))
    }
    guard let encoding, bitCount > 0, bitOffset + bitCount <= byteCount * 8 else {
      throw error(
        .invalidInteger(
          byteCount: byteCount,
          bitOffset: bitOffset,
          bitCount: bitCount,
          encoding: Int(data >> 24 & 0xf)
        )
      )
    }
    return .integer(
      name: try string(name),
      byteCount: byteCount,
      bitOffset: bitOffset,
      bitCount: bitCount,
      encoding: encoding
    )
  }

  private mutating func composite(
    _ name: UInt32,
    byteCount: UInt32,
    memberCount: Int,
    hasBitFields: Bool
  ) throws(BTFError) -> BTFType.Composite {
    try require(byteCount: memberCount * 12)
    var members: [BTFType.Member] = []
    members.reserveCapacity(memberCount)
    for _ in 0..<memberCount {
      let member = try string(try word())
      let type = try word()
      let offset = try word()
      members.append(
        BTFType.Member(
          name: member,
          type: type,
          bitOffset: Int(hasBitFields ? offset & 0xff_ffff : offset),
          bitFieldWidth: hasBitFields ? Int(offset >> 24) : 0
        )
      )
    }
    return BTFType.Composite(name: try string(name), byteCount: Int(byteCount), members: members)
  }

  private mutating func enumeration(
    _ name: UInt32,
    byteCount: Int,
    isSigned: Bool,
    valueCount: Int,
    isWide: Bool
  ) throws(BTFError) -> BTFType {
    guard byteCount > 0, byteCount <= 8, byteCount.nonzeroBitCount == 1 else {
      throw error(.invalidSize(kind: .enumeration, byteCount: byteCount))
    }
    try require(byteCount: valueCount * (isWide ? 12 : 8))
    var values: [BTFType.Enumerator] = []
    values.reserveCapacity(valueCount)
    for _ in 0..<valueCount {
      let enumerator = try string(try word())
      let low = try word()
      let value: Int64 =
        if isWide {
          Int64(bitPattern: UInt64(low) | UInt64(try word()) << 32)
        } else {
          isSigned ? Int64(Int32(bitPattern: low)) : Int64(low)
        }
      values.append(BTFType.Enumerator(name: enumerator, value: value))
    }
    return .enumeration(name: try string(name), byteCount: byteCount, isSigned: isSigned, values: values)
  }

  private mutating func prototype(
    returns result: BTF.TypeID,
    parameterCount: Int
  ) throws(BTFError) -> BTFType {
    try require(byteCount: parameterCount * 8)
    var parameters: [BTFType.Parameter] = []
    parameters.reserveCapacity(parameterCount)
    var isVariadic = false
    for index in 0..<parameterCount {
      let name = try word()
      let type = try word()
      let parameter = BTFType.Parameter(name: try string(name), type: type)
      isVariadic = index == parameterCount - 1 && type == 0 && parameter.name.isEmpty
      if !isVariadic { parameters.append(parameter) }
    }
    return .functionPrototype(returns: result, parameters: parameters, isVariadic: isVariadic)
  }

  private mutating func dataSection(
    _ name: UInt32,
    byteCount: UInt32,
    variableCount: Int
  ) throws(BTFError) -> BTFType {
    try require(byteCount: variableCount * 12)
    var variables: [BTFType.SectionVariable] = []
    variables.reserveCapacity(variableCount)
    for _ in 0..<variableCount {
      variables.append(
        BTFType.SectionVariable(type: try word(), offset: Int(try word()), byteCount: Int(try word()))
      )
    }
    return .dataSection(name: try string(name), byteCount: Int(byteCount), variables: variables)
  }

  private mutating func float(_ name: UInt32, byteCount: Int) throws(BTFError) -> BTFType {
    guard [2, 4, 8, 12, 16].contains(byteCount) else {
      throw error(.invalidSize(kind: .float, byteCount: byteCount))
    }
    return .float(name: try string(name), byteCount: byteCount)
  }

  private mutating func declarationTag(
    _ name: UInt32,
    type: BTF.TypeID,
    isAttribute: Bool
  ) throws(BTFError) -> BTFType {
    let component = Int(Int32(bitPattern: try word()))
    guard component >= -1 else { throw error(.invalidComponent(component)) }
    return .declarationTag(
      name: try string(name),
      type: type,
      component: component < 0 ? nil : component,
      isAttribute: isAttribute
    )
  }

  private func linkage(_ value: UInt32) throws(BTFError) -> BTFType.Linkage {
    guard let linkage = BTFType.Linkage(rawValue: value) else { throw error(.invalidLinkage(Int(value))) }
    return linkage
  }

  private mutating func word() throws(BTFError) -> UInt32 {
    guard let word = section.littleEndian(at: cursor, as: UInt32.self) else {
      throw error(.truncated(needed: 4, available: section.byteCount - cursor))
    }
    cursor += 4
    return word
  }

  /// Checks a count against what is left before anything is reserved for it.
  private func require(byteCount: Int) throws(BTFError) {
    guard section.byteCount - cursor >= byteCount else {
      throw error(.truncated(needed: byteCount, available: section.byteCount - cursor))
    }
  }

  private mutating func string(_ offset: UInt32) throws(BTFError) -> String {
    do throws(BTFError.Fault) { return try strings.string(at: offset) } catch { throw self.error(error) }
  }

  private func error(_ fault: BTFError.Fault) -> BTFError {
    BTFError(fault, in: .type(BTF.TypeID(truncatingIfNeeded: types.count), offset: start))
  }
}
