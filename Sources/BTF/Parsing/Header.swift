/// The header of `.BTF` (`struct btf_header`): where its two sections are.
struct Header {
  static let magic: UInt16 = 0xeb9f
  /// Bytes of a header that has all the fields we know; newer ones may be longer.
  static let byteCount = 24

  /// The type section, in bytes from the start of the data.
  var types: Range<Int>
  /// The string section, in bytes from the start of the data.
  var strings: Range<Int>

  init(parsing data: RawSpan) throws(BTFError) {
    let headerByteCount = try Self.checkedByteCount(data, minimum: Self.byteCount, in: .header)
    func section(_ field: Int) throws(BTFError) -> Range<Int> {
      let start = headerByteCount + Int(try Self.word(data, at: field))
      let byteCount = Int(try Self.word(data, at: field + 4))
      guard start + byteCount <= data.byteCount else {
        throw BTFError(
          .truncated(needed: byteCount, available: max(0, data.byteCount - start)),
          in: .header
        )
      }
      return start..<(start + byteCount)
    }
    types = try section(8)
    strings = try section(16)
    guard types.lowerBound % 4 == 0 else {
      throw BTFError(.misaligned(offset: types.lowerBound), in: .header)
    }
  }

  /// The length that a header states, once magic, version and flags are those of BTF.
  ///
  /// `.BTF` and `.BTF.ext` begin alike.
  static func checkedByteCount(
    _ data: RawSpan,
    minimum: Int,
    in place: BTFError.Place
  ) throws(BTFError) -> Int {
    guard let magic = data.littleEndian(at: 0, as: UInt16.self),
      let version = data.littleEndian(at: 2, as: UInt8.self),
      let flags = data.littleEndian(at: 3, as: UInt8.self),
      let stated = data.littleEndian(at: 4, as: UInt32.self)
    else { throw BTFError(.tooShort(byteCount: data.byteCount, minimum: minimum), in: place) }
    guard magic != Self.magic.byteSwapped else { throw BTFError(.bigEndian, in: place) }
    guard magic == Self.magic else { throw BTFError(.notBTF(magic: magic), in: place) }
    guard version == 1 else { throw BTFError(.unsupportedVersion(Int(version)), in: place) }
    guard flags == 0 else { throw BTFError(.unsupportedFlags(Int(flags)), in: place) }
    guard stated >= minimum, data.byteCount >= minimum else {
      throw BTFError(.tooShort(byteCount: min(Int(stated), data.byteCount), minimum: minimum), in: place)
    }
    return Int(stated)
  }

  private static func word(_ data: RawSpan, at offset: Int) throws(BTFError) -> UInt32 {
    guard let word = data.littleEndian(at: offset, as: UInt32.self) else {
      throw BTFError(.tooShort(byteCount: data.byteCount, minimum: byteCount), in: .header)
    }
    return word
  }
}
