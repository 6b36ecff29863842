extension Scalar {
  /// Derives bits and ranges from each other, as far as Linux does (`reg_bounds_sync`).
  ///
  /// A contradictory value stays as it is.
  public mutating func synchronize() {
    guard !isContradictory else { return }
    narrowFromBits()
    for _ in 0..<3 { deduce() }
    guard !isContradictory else { return }
    let high = bits.intersection(.range(wide.low, wide.high))
    let low = high.subregister.intersection(.range(UInt64(narrow.low), UInt64(narrow.high)))
    bits = high.replacingSubregister(low)
    narrowFromBits()
  }

  /// Ranges from bits.
  mutating func narrowFromBits() {
    narrow.narrow(
      toBits: UInt32(truncatingIfNeeded: bits.value),
      unknown: UInt32(truncatingIfNeeded: bits.unknown)
    )
    wide.narrow(toBits: bits.value, unknown: bits.unknown)
  }

  /// Ranges from ranges, once around.
  private mutating func deduce() {
    deduceNarrow(wide.low, wide.high)
    deduceNarrow(UInt64(bitPattern: wide.signedLow), UInt64(bitPattern: wide.signedHigh))
    narrow.narrowSignedFromUnsigned()
    _ = narrow.narrowUnsignedFromSigned()
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
    // A number that fits 32 bits with its sign, and whose low half is not negative, is that low half.
    if narrow.signedLow >= 0, wide.signedLow >= Int64(Int32.min), wide.signedHigh <= Int64(Int32.max) {
      wide.narrowSigned(Int64(narrow.signedLow), Int64(narrow.signedHigh))
      wide.narrow(UInt64(narrow.signedLow), UInt64(narrow.signedHigh))
      bits = bits.intersection(
        .range(UInt64(bitPattern: wide.signedLow), UInt64(bitPattern: wide.signedHigh))
      )
    }
  }
}
