/// The Internet checksum (RFC 1071): the ones' complement of the sum of all 16-bit words.
struct InternetChecksum {
  /// The sum so far.
  ///
  /// Every addend is below 2^32, so 2^32 of them fit.
  private var sum: UInt64 = 0

  /// Adds the words of a range of bytes, in network order; an odd last byte is the high half of a word.
  mutating func add(_ bytes: ArraySlice<UInt8>) {
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let low = index + 1 < bytes.endIndex ? bytes[index + 1] : 0
      sum += UInt64(bytes[index]) << 8 | UInt64(low)
      index += 2
    }
  }

  /// Adds a number of up to 32 bits, whose halves are words.
  mutating func add(_ number: UInt32) { sum += UInt64(number) }

  /// Adds a number of 64 bits.
  mutating func add(_ number: UInt64) { sum += number >> 32 + number & 0xffff_ffff }

  /// The checksum of both together.
  static func + (one: InternetChecksum, other: InternetChecksum) -> InternetChecksum {
    var both = one
    both.sum += other.sum
    return both
  }

  /// What goes into the header's field.
  var value: UInt16 {
    var folded = sum
    while folded >> 16 != 0 { folded = folded & 0xffff + folded >> 16 }
    return ~UInt16(truncatingIfNeeded: folded)
  }
}
