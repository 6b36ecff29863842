/// Eight bytes of a stack frame.
public struct StackSlot: Hashable, Sendable, BitwiseCopyable {
  /// What one byte is.
  public enum Byte: UInt8, Hashable, Sendable, BitwiseCopyable {
    /// Never written.
    case invalid
    /// Part of `spilled`.
    case spill
    /// Written, with nothing known about it.
    case misc
    /// Zero.
    case zero
    /// Of a dynptr, which only helpers may touch.
    case dynptr
    /// Of an iterator, which only kernel functions may touch.
    case iterator
    /// Of saved interrupt flags.
    case interruptFlags
  }

  /// The bytes' kinds in order of address, raw values of `Byte`.
  public var bytes: SIMD8<UInt8>
  /// What was spilled here; of a dynptr, iterator or flag what is known of it: see `StackObject`.
  public var spilled: RegisterState

  /// A slot that was never written.
  public static let invalid = StackSlot(.invalid)

  /// Makes a slot of eight bytes of a kind.
  public init(_ byte: Byte, _ spilled: RegisterState = .uninitialized) {
    bytes = SIMD8(repeating: byte.rawValue)
    self.spilled = spilled
  }

  /// The kind of a byte, 0 to 7 in order of address.
  public subscript(_ index: Int) -> Byte {
    get { Byte(rawValue: bytes[index]) ?? .invalid }
    set { bytes[index] = newValue.rawValue }
  }

  /// Whether all eight bytes are of a kind.
  public func isAll(_ byte: Byte) -> Bool { bytes == SIMD8(repeating: byte.rawValue) }
  /// Whether a register was spilled here, of any size.
  public var isSpill: Bool { bytes[0] == Byte.spill.rawValue }
  /// Whether all 64 bits of a register were spilled here.
  public var isWholeSpill: Bool { isAll(.spill) }
  /// Whether a dynptr, an iterator or flags lie here.
  public var isObject: Bool { bytes[0] >= Byte.dynptr.rawValue }
}
