extension BTF {
  /// The bytes of a `.BTF` section, little-endian; parsing them gives the same types.
  ///
  /// A split BTF gives the part after its base. Types made in memory can be larger than the format can hold
  /// (65,535 members, 32-bit sizes, bit-fields in the first 2 MiB of a struct): that is the only error.
  public func encoded() throws(BTFError) -> [UInt8] {
    let encoder = try encoder()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Header.byteCount + encoder.section.count + encoder.strings.bytes.count)
    bytes.append(littleEndian: Header.magic)
    bytes.append(littleEndian: UInt16(1))
    bytes.append(littleEndian: UInt32(Header.byteCount))
    bytes.append(littleEndian: UInt32(0))
    bytes.append(littleEndian: UInt32(truncatingIfNeeded: encoder.section.count))
    bytes.append(littleEndian: UInt32(truncatingIfNeeded: encoder.section.count))
    bytes.append(littleEndian: UInt32(truncatingIfNeeded: encoder.strings.bytes.count))
    return bytes + encoder.section + encoder.strings.bytes
  }

  /// The strings that a split BTF over this one continues.
  func stringSection() throws(BTFError) -> StringSection {
    if let strings { return strings }
    return StringSection(bytes: try encoder().strings.bytes, base: nil)
  }

  private func encoder() throws(BTFError) -> TypeEncoder {
    var encoder = TypeEncoder(strings: StringTable(start: strings?.start ?? 0))
    for index in max(1, baseTypeCount)..<max(1, types.count) {
      try encoder.append(types[index], id: TypeID(truncatingIfNeeded: index))
    }
    return encoder
  }
}

extension [UInt8] {
  /// Appends an integer's bytes, the lowest first.
  mutating func append<Value: FixedWidthInteger>(littleEndian value: Value) {
    var rest = value
    for _ in 0..<(Value.bitWidth / 8) {
      append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }
}
