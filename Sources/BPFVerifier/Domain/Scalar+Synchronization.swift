extension Scalar {
  /// Derives bits and ranges from each other, as far as Linux does (`reg_bounds_sync`).
  ///
  /// A contradictory value stays as it is.
  public mutating func synchronize() {
    guard !isContradictory, !bits.isConstant || self != Scalar(constant: bits.value) else { return }
    narrowFromBits()
    // Linux always goes around three times; where once more changes nothing, neither does the rest.
    for _ in 0..<3 {
      let before = self
      deduce()
      if self == before { break }
    }
    guard !isContradictory else { return }
    let high = bits.intersection(.range(wide.low, wide.high))
    let low = high.subregister.intersection(.range(UInt64(narrow.low), UInt64(narrow.high)))
    bits = high.replacingSubregister(low)
    narrowFromBits()
  }

  /// Ranges from bits; where one number only has the bits and lies in the unsigned range, it is that.
  ///
  /// As in Linux that is not seen where it is the greatest with these bits and the range begins with it; and where the only
  /// number with the bits that could follow is the greatest, it is that one, though the range may end before: on ways that no
  /// execution takes, such as a multiple of 4 from 17 to 18, Linux goes on with a number and not with a contradiction.
  mutating func narrowFromBits() {
    narrow.narrow(
      toBits: UInt32(truncatingIfNeeded: bits.value),
      unknown: UInt32(truncatingIfNeeded: bits.unknown)
    )
    wide.narrow(toBits: bits.value, unknown: bits.unknown)
    let greatest = bits.value | bits.unknown
    guard wide.low & ~bits.unknown != bits.value else {
      if let next = bits.next(after: wide.low), next > wide.high { self = Scalar(constant: wide.low) }
      return
    }
    let first = bits.first(from: wide.low) ?? greatest
    if first == greatest {
      self = Scalar(constant: greatest)
    } else if first <= wide.high, bits.next(after: first).map({ $0 > wide.high }) ?? true {
      self = Scalar(constant: first)
    }
  }

  /// Ranges from ranges, once around.
  private mutating func deduce() {
    deduceNarrow(wide.low, wide.high)
    deduceNarrow(UInt64(bitPattern: wide.signedLow), UInt64(bitPattern: wide.signedHigh))
    narrow.narrowSignedFromUnsigned()
    if !narrow.narrowUnsignedFromSigned() { narrow.dropOneSideOfSign() }
    wide.narrowSignedFromUnsigned()
    if !wide.narrowUnsignedFromSigned() { wide.dropOneSideOfSign() }
    deduceWide()
  }

  /// The low halves of a 64-bit range are a range if the upper halves do not change, or change once while the low
  /// halves go up through zero.
  private mutating func deduceNarrow(_ low: UInt64, _ high: UInt64) {
    let first = UInt32(truncatingIfNeeded: low), last = UInt32(truncatingIfNeeded: high)
    let signedFirst = Int32(bitPattern: first), signedLast = Int32(bitPattern: last)
    let steps = UInt32(truncatingIfNeeded: high >> 32) &- UInt32(truncatingIfNeeded: low >> 32)
    if steps == 0 {
      if first <= last { narrow.narrow(first, last) }
      if signedFirst <= signedLast { narrow.narrowSigned(signedFirst, signedLast) }
    } else if steps == 1, signedFirst < 0, signedLast >= 0 {
      narrow.narrowSigned(signedFirst, signedLast)
    }
  }

  /// The ends of the 64-bit ranges cannot have low halves outside the 32-bit range.
  private mutating func deduceWide() {
    let upper = ~UInt64(UInt32.max)
    wide.narrow(wide.low & upper | UInt64(narrow.low), wide.high & upper | UInt64(narrow.high))
    let signedUpper = Int64(bitPattern: upper)
    wide.narrowSigned(
      wide.signedLow & signedUpper | Int64(narrow.low),
      wide.signedHigh & signedUpper | Int64(narrow.high)
    )
    // A number that fits 32 bits with its sign, and whose low half is not negative, is that low half. Linux forgets here
    // what the 64-bit ranges said, even where they were narrower.
    if narrow.signedLow >= 0, narrow.signedLow <= narrow.signedHigh, !wide.isEmpty,
      wide.signedLow >= Int64(Int32.min), wide.signedHigh <= Int64(Int32.max)
    {
      let low = UInt64(narrow.signedLow), high = UInt64(narrow.signedHigh)
      wide = Bounds(low: low, high: high, signedLow: Int64(low), signedHigh: Int64(high))
      bits = bits.intersection(.range(low, high))
    }
  }
}
