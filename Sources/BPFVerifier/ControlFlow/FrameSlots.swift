import BPF

/// The 8-byte slots of a function's own frame, as a mask: bit 0 is at `r10 - 8`, bit 63 at `r10 - 512`.
enum FrameSlots {
  /// The slots that an access touches; nil for one that is not at a constant place of the frame.
  static func touched(by address: Address, _ byteCount: Int) -> UInt64? {
    guard address.base == .r10 else { return nil }
    let start = Int(address.offset)
    guard start >= -512, start + byteCount <= 0 else { return nil }
    return bit(of: start) | bit(of: start + byteCount - 1)
  }

  /// Whether an access writes all of the one slot that it touches.
  static func coversSlot(_ address: Address, _ byteCount: Int) -> Bool {
    byteCount == 8 && address.offset % 8 == 0
  }

  private static func bit(of byte: Int) -> UInt64 { 1 << UInt64((-byte - 1) / 8) }
}
