import BPF

/// How constants stand in instructions.
enum ARM64Immediate {
  /// A constant of `add` and its like: 12 bits, or 12 bits with 12 zeros below; nil for others.
  static func arithmetic(_ value: UInt64) -> UInt32? {
    if value < 1 << 12 { return UInt32(value) << 10 }
    if value & 0xFFF == 0, value < 1 << 24 { return 1 << 22 | UInt32(value >> 12) << 10 }
    return nil
  }

  /// A constant of `and` and its like: one run of ones, turned round, again and again; nil for others.
  static func logical(_ value: UInt64, _ width: Width) -> UInt32? {
    let value = width == .word ? value << 32 | value & 0xFFFF_FFFF : value
    var size = 64
    while size > 2 {
      let half = size / 2, mask: UInt64 = 1 << UInt64(half) - 1
      if value & mask != value >> UInt64(half) & mask { break }
      size = half
    }
    let element = size == 64 ? value : value & (1 << UInt64(size) - 1)
    let ones = element.nonzeroBitCount
    guard ones > 0, ones < size else { return nil }
    // Ones at both ends are a run that goes round the corner.
    let low = (~element).trailingZeroBitCount
    let start = low == 0 ? element.trailingZeroBitCount : (size - (ones - low)) % size
    let run: UInt64 = 1 << UInt64(ones) - 1
    var turned = run << UInt64(start) | run >> UInt64(size - start)
    if size < 64 { turned &= 1 << UInt64(size) - 1 }
    guard turned == element else { return nil }
    let rotation = UInt32((size - start) % size)
    let length = UInt32(~(2 * size - 1) & 0x3F | (ones - 1))
    return (size == 64 ? 1 << 22 : 0) | rotation << 16 | length << 10
  }
}
