/// What a relocation learns of one field in one BTF.
struct FieldAnswer {
  /// The answer itself.
  var value: UInt64
  /// Whether every compiler would have given it; bit-fields can be loaded in several ways.
  var isCertain = true
  /// How many bytes a load or store of the field takes; nil where the question is not where the field is.
  var accessByteCount: Int?
  /// The type that is loaded or stored.
  var accessType: BTF.TypeID = 0

  /// Answers any question but whether the field exists.
  init(
    _ kind: CORERelocation.Kind,
    of path: AccessPath,
    in btf: BTF
  ) throws(BTFError.RelocationFault) {
    guard let last = path.steps.last else { throw .malformedAccess("") }
    guard last.name != nil, let member = btf[last.type].composite?.members[last.index] else {
      self = try Self.element(kind, last.type, of: path, in: btf)
      return
    }
    let type = btf.resolved(member.type)
    let bits = try Bits(path, width: member.bitFieldWidth, type: type, in: btf)
    let isBitField = member.bitFieldWidth > 0
    switch kind {
    case .fieldByteOffset:
      value = UInt64(bits.byteOffset)
      isCertain = !isBitField
      if !isBitField {
        accessByteCount = try btf.elementByteCount(of: type)
        accessType = type
      }
    case .fieldByteSize:
      value = UInt64(bits.byteCount)
      isCertain = !isBitField
    case .fieldSigned: value = btf.isSigned(type) ? 1 : 0
    case .fieldLeftShift:
      value = UInt64(bitPattern: Int64(64 - (bits.bitOffset + bits.width - bits.byteOffset * 8)))
      isCertain = !isBitField
    case .fieldRightShift: value = UInt64(bitPattern: Int64(64 - bits.width))
    default: throw .unsuitableType(btf[type].kind)
    }
  }

  private init(value: UInt64) { self.value = value }

  /// An element's place and size; nothing else can be asked of it.
  private static func element(
    _ kind: CORERelocation.Kind,
    _ type: BTF.TypeID,
    of path: AccessPath,
    in btf: BTF
  ) throws(BTFError.RelocationFault) -> FieldAnswer {
    guard let byteCount = btf.byteCount(of: type) else { throw .unsuitableType(btf[type].kind) }
    switch kind {
    case .fieldByteOffset:
      var answer = FieldAnswer(value: UInt64(path.bitOffset / 8))
      answer.accessByteCount = byteCount
      answer.accessType = type
      return answer
    case .fieldByteSize: return FieldAnswer(value: UInt64(byteCount))
    default: throw .unsuitableField("\(kind) can't be asked of an array's element")
    }
  }

  /// Which bits a field has, and which bytes hold them.
  private struct Bits {
    var bitOffset: Int
    var width: Int
    /// Where the integer to load begins.
    var byteOffset: Int
    /// The size of the integer to load.
    var byteCount: Int

    init(
      _ path: AccessPath,
      width: Int,
      type: BTF.TypeID,
      in btf: BTF
    ) throws(BTFError.RelocationFault) {
      guard var byteCount = btf.byteCount(of: type) else { throw .unsuitableType(btf[type].kind) }
      bitOffset = path.bitOffset
      guard width > 0 else {
        let (bits, overflow) = byteCount.multipliedReportingOverflow(by: 8)
        guard !overflow, bits <= AccessPath.bitLimit else {
          throw .unsuitableField("the field has more bits than can be counted")
        }
        self.width = bits
        byteOffset = bitOffset / 8
        self.byteCount = byteCount
        return
      }
      guard byteCount > 0, byteCount <= 16 else {
        throw .unsuitableField("a bit-field can't have \(byteCount) bytes")
      }
      self.width = width
      byteOffset = bitOffset / 8 / byteCount * byteCount
      while bitOffset + width - byteOffset * 8 > byteCount * 8 {
        guard byteCount < 8 else {
          throw .unsuitableField("the bit-field lies across two 64-bit words and can't be loaded at once")
        }
        byteCount *= 2
        byteOffset = bitOffset / 8 / byteCount * byteCount
      }
      self.byteCount = byteCount
    }
  }
}

extension BTF {
  /// The size of a field, of an array that of its innermost element.
  fileprivate func elementByteCount(of id: TypeID) throws(BTFError.RelocationFault) -> Int {
    var id = id
    while case .array(let element, _, _) = self[id] { id = resolved(element) }
    guard let byteCount = byteCount(of: id) else { throw .unsuitableType(self[id].kind) }
    return byteCount
  }

  /// Whether a type without aliases is a signed integer or enumeration.
  fileprivate func isSigned(_ id: TypeID) -> Bool {
    switch self[id] {
    case .integer(_, _, _, _, .signed), .enumeration(_, _, true, _): true
    default: false
    }
  }
}
