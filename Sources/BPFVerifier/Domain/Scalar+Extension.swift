import BPF

extension Scalar {
  /// Keeps the low 8, 16, 32 or 64 bits and clears the rest, as a load or a 32-bit move does.
  public mutating func truncate(to size: Size) {
    switch size {
    case .doubleWord: return
    case .word: keepLowHalf()
    case .byte, .half:
      let mask = UInt64.max >> UInt64(64 - size.bitCount)
      bits = bits.truncated(to: size)
      let isOneBlock = wide.low & ~mask == wide.high & ~mask
      let low = isOneBlock ? wide.low & mask : 0, high = isOneBlock ? wide.high & mask : mask
      wide = Bounds(low: low, high: high, signedLow: Int64(low), signedHigh: Int64(high))
      narrow = .full
    }
    synchronize()
  }

  /// Makes the upper half zero: the 64-bit ranges are the 32-bit ones.
  mutating func keepLowHalf() {
    bits = bits.subregister
    let isPositive = narrow.signedLow >= 0 && narrow.signedHigh >= 0
    wide = Bounds(
      low: UInt64(narrow.low),
      high: UInt64(narrow.high),
      signedLow: isPositive ? Int64(narrow.signedLow) : 0,
      signedHigh: isPositive ? Int64(narrow.signedHigh) : Int64(UInt32.max)
    )
  }

  /// Extends the sign of the low 8, 16 or 32 bits to the width; a word's upper half becomes zero.
  public mutating func signExtend(from size: Size, to width: Width) {
    guard size.bitCount < width.bitCount else {
      if width == .word { truncate(to: .word) }
      return
    }
    if let constant {
      self = Scalar(constant: UInt64(bitPattern: size.signExtended(Int64(bitPattern: constant))))
    } else {
      let ends =
        width == .word
        ? (Int64(narrow.signedLow), Int64(narrow.signedHigh)) : (wide.signedLow, wide.signedHigh)
      extendSign(of: ends, from: size)
    }
    if width == .word {
      keepLowHalf()
      synchronize()
    }
  }

  /// A signed range whose upper bits do not change has low bits that are a range too, if their sign does not change.
  private mutating func extendSign(of ends: (low: Int64, high: Int64), from size: Size) {
    let count = Int64(size.bitCount)
    let first = size.signExtended(ends.low), last = size.signExtended(ends.high)
    if ends.low >> count == ends.high >> count, (first < 0) == (last < 0) {
      setSigned(min(first, last), max(first, last))
      bits = .range(wide.low, wide.high)
    } else {
      setSigned(-1 << (count - 1), ~(-1 << (count - 1)))
      bits = .unknown
    }
  }

  /// A signed range that fits 32 bits; without sign only if it does not cross it.
  private mutating func setSigned(_ low: Int64, _ high: Int64) {
    wide = .full
    narrow = .full
    wide.narrowSigned(low, high)
    narrow.narrowSigned(Int32(low), Int32(high))
    _ = wide.narrowUnsignedFromSigned()
    _ = narrow.narrowUnsignedFromSigned()
  }
}

extension Size {
  /// The low bits with their sign; below 64.
  fileprivate func signExtended(_ value: Int64) -> Int64 {
    switch self {
    case .byte: Int64(Int8(truncatingIfNeeded: value))
    case .half: Int64(Int16(truncatingIfNeeded: value))
    case .word: Int64(Int32(truncatingIfNeeded: value))
    case .doubleWord: value
    }
  }
}
