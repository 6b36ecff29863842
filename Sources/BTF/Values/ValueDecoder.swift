/// Reads bytes by their type.
struct ValueDecoder {
  let btf: BTF
  let bytes: [UInt8]
  /// Values left: a hostile type may have any number of empty elements.
  private var budget: Int
  private var depth = 0

  init(btf: BTF, bytes: [UInt8]) {
    self.btf = btf
    self.bytes = bytes
    budget = 16 * bytes.count + 4096
  }

  /// The value of a type at a bit of `bytes`; `width` is that of a bit-field, else 0.
  mutating func value(
    _ id: BTF.TypeID,
    at bitOffset: Int = 0,
    width: Int = 0
  ) throws(BTFError) -> BTFValue {
    guard budget > 0, depth < 64 else { throw error(.tooComplex) }
    budget -= 1
    depth += 1
    defer { depth -= 1 }
    let id = btf.resolved(id)
    switch btf[id] {
    case .variable(_, let type, _): return try value(type, at: bitOffset)
    case .integer(_, _, let start, let bitCount, let encoding):
      let bits =
        width > 0
        ? try self.bits(at: bitOffset, width: width) : try self.bits(at: bitOffset + start, width: bitCount)
      return Self.integer(bits, width: width > 0 ? width : bitCount, encoding)
    case .enumeration(_, let byteCount, let isSigned, let values):
      let width = width > 0 ? width : byteCount * 8
      let bits = try self.bits(at: bitOffset, width: width)
      let number = Self.integer(bits, width: width, isSigned ? .signed : .unsigned)
      let value =
        isSigned ? Int64(truncatingIfNeeded: bits.extended(from: width)) : Int64(truncatingIfNeeded: bits)
      return values.first { $0.value == value }.map { .enumerator(name: $0.name, value: value) } ?? number
    case .pointer: return .pointer(UInt64(truncatingIfNeeded: try bits(at: bitOffset, width: 64)))
    case .float(_, 4):
      return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try bits(at: bitOffset, width: 32)))))
    case .float(_, 8):
      return .float(Double(bitPattern: UInt64(truncatingIfNeeded: try bits(at: bitOffset, width: 64))))
    case .float(_, let byteCount): return .bytes(try slice(at: bitOffset, byteCount: byteCount))
    case .array(let element, _, let count): return try array(of: element, count: count, at: bitOffset)
    case .structure, .union, .dataSection:
      var fields: [BTFValue.Field] = []
      try collect(&fields, of: id, at: bitOffset)
      return .structure(fields)
    default: throw error(.noValues(btf[id].kind))
    }
  }

  private mutating func collect(
    _ fields: inout [BTFValue.Field],
    of id: BTF.TypeID,
    at bitOffset: Int
  ) throws(BTFError) {
    for (name, place) in btf.parts(of: id) {
      let start = bitOffset + place.bitOffset
      let type = btf.resolved(place.type)
      if name.isEmpty, btf[type].composite != nil {
        guard depth < 64 else { throw error(.tooComplex) }
        depth += 1
        try collect(&fields, of: type, at: start)
        depth -= 1
        continue
      }
      do throws(BTFError) {
        fields.append(BTFValue.Field(name, try value(type, at: start, width: place.bitFieldWidth)))
      } catch {
        throw error.inside(".\(name)")
      }
    }
  }

  private mutating func array(
    of element: BTF.TypeID,
    count: Int,
    at bitOffset: Int
  ) throws(BTFError) -> BTFValue {
    guard let byteCount = btf.byteCount(of: element) else { throw error(.noValues(btf[element].kind)) }
    let (total, overflow) = byteCount.multipliedReportingOverflow(by: count)
    guard !overflow, total <= bytes.count else {
      throw error(.tooFewBytes(needed: overflow ? .max : total, available: bytes.count))
    }
    if btf.isCharacter(element) {
      if let text = Self.text(try slice(at: bitOffset, byteCount: count)) { return .text(text) }
    }
    var elements: [BTFValue] = []
    for index in 0..<count {
      do throws(BTFError) {
        elements.append(try value(element, at: bitOffset + index * byteCount * 8))
      } catch {
        throw error.inside("[\(index)]")
      }
    }
    return .array(elements)
  }

  /// The text of a `char` array, if it is printable and all after its first zero is zero.
  private static func text(_ bytes: [UInt8]) -> String? {
    let end = bytes.firstIndex(of: 0) ?? bytes.count
    let isPrintable = bytes[..<end].allSatisfy {
      ($0 >= 0x20 && $0 != 0x7f) || $0 == 9 || $0 == 10 || $0 == 13
    }
    guard isPrintable, bytes[end...].allSatisfy({ $0 == 0 }) else { return nil }
    return String(validating: bytes[..<end], as: UTF8.self)
  }

  private static func integer(
    _ bits: UInt128,
    width: Int,
    _ encoding: BTFType.IntegerEncoding
  ) -> BTFValue {
    switch encoding {
    case .signed: .integer(bits.extended(from: width))
    case .boolean where bits < 2: .boolean(bits == 1)
    case .unsigned, .character, .boolean: .unsigned(bits)
    }
  }

  private func bits(at bitOffset: Int, width: Int) throws(BTFError) -> UInt128 {
    guard width <= 128 else {
      throw error(.outOfRange(value: "a bit-field", bitCount: width, isSigned: false))
    }
    guard bitOffset + width <= bytes.count * 8 else {
      throw error(.tooFewBytes(needed: (bitOffset + width + 7) / 8, available: bytes.count))
    }
    var bits: UInt128 = 0
    var read = 0
    while read < width {
      let position = bitOffset + read
      let count = min(8 - position % 8, width - read)
      let byte = bytes[position / 8] >> UInt8(position % 8) & UInt8(truncatingIfNeeded: (1 << count) - 1)
      bits |= UInt128(byte) << UInt128(read)
      read += count
    }
    return bits
  }

  private func slice(at bitOffset: Int, byteCount: Int) throws(BTFError) -> [UInt8] {
    let start = bitOffset / 8
    guard bitOffset % 8 == 0, start + byteCount <= bytes.count else {
      throw error(.tooFewBytes(needed: start + byteCount, available: bytes.count))
    }
    return Array(bytes[start..<(start + byteCount)])
  }

  private func error(_ fault: BTFError.ValueFault) -> BTFError {
    BTFError(.value(fault), in: .value(path: ""))
  }
}

extension UInt128 {
  /// The lowest `width` bits as a signed number.
  fileprivate func extended(from width: Int) -> Int128 {
    let shift = UInt128(128 - width)
    return width == 0 ? 0 : Int128(bitPattern: self << shift) >> Int128(shift)
  }
}
