package import BPF

extension ByteSwap {
  /// The low bits of the value converted, the rest zero (RFC 9669, section 4.2), on a little-endian host.
  @inline(__always) package func evaluate(_ value: UInt64, _ size: Size) -> UInt64 {
    switch (self, size) {
    case (_, .byte): value & 0xff
    case (.toLittleEndian, .half): value & 0xffff
    case (.toLittleEndian, .word): value & 0xffff_ffff
    case (.toLittleEndian, .doubleWord): value
    case (_, .half): UInt64(UInt16(truncatingIfNeeded: value).byteSwapped)
    case (_, .word): UInt64(UInt32(truncatingIfNeeded: value).byteSwapped)
    case (_, .doubleWord): value.byteSwapped
    }
  }
}

extension Size {
  /// The low `bitCount` bits of the value, sign-extended to 64.
  @inline(__always) package func signExtend(_ value: UInt64) -> UInt64 {
    switch self {
    case .byte: UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: value)))
    case .half: UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: value)))
    case .word: UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value)))
    case .doubleWord: value
    }
  }
}
