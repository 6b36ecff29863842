/// What is known of a number: the scalar part of Linux's `struct bpf_reg_state`.
///
/// It stands for every value that has the known bits and lies in all of the ranges: with and without sign, all 64 bits
/// and the low 32. Ranges are closed at both ends. Operations leave it synchronized: what one part says, the others know.
public struct Scalar: Hashable, Sendable, BitwiseCopyable {
  /// The known bits (`var_off`).
  public var bits: KnownBits
  /// The ranges of all 64 bits.
  var wide: Bounds<UInt64, Int64>
  /// The ranges of the low 32 bits.
  var narrow: Bounds<UInt32, Int32>

  /// Any number.
  public static let unknown = Scalar(bits: .unknown, wide: .full, narrow: .full)

  /// One number.
  public init(constant: UInt64) {
    bits = KnownBits(constant: constant)
    wide = Bounds(constant: constant)
    narrow = Bounds(constant: UInt32(truncatingIfNeeded: constant))
  }

  /// The three parts.
  init(bits: KnownBits, wide: Bounds<UInt64, Int64>, narrow: Bounds<UInt32, Int32>) {
    self.bits = bits
    self.wide = wide
    self.narrow = narrow
  }

  /// The least value without sign (`umin_value`).
  public var minU64: UInt64 {
    get { wide.low }
    set { wide.low = newValue }
  }
  /// The greatest value without sign (`umax_value`).
  public var maxU64: UInt64 {
    get { wide.high }
    set { wide.high = newValue }
  }
  /// The least value with sign (`smin_value`).
  public var minS64: Int64 {
    get { wide.signedLow }
    set { wide.signedLow = newValue }
  }
  /// The greatest value with sign (`smax_value`).
  public var maxS64: Int64 {
    get { wide.signedHigh }
    set { wide.signedHigh = newValue }
  }
  /// The least low half without sign (`u32_min_value`).
  public var minU32: UInt32 {
    get { narrow.low }
    set { narrow.low = newValue }
  }
  /// The greatest low half without sign (`u32_max_value`).
  public var maxU32: UInt32 {
    get { narrow.high }
    set { narrow.high = newValue }
  }
  /// The least low half with sign (`s32_min_value`).
  public var minS32: Int32 {
    get { narrow.signedLow }
    set { narrow.signedLow = newValue }
  }
  /// The greatest low half with sign (`s32_max_value`).
  public var maxS32: Int32 {
    get { narrow.signedHigh }
    set { narrow.signedHigh = newValue }
  }

  /// The number, if there is only one.
  public var constant: UInt64? { bits.isConstant ? bits.value : nil }

  /// The low 32 bits, if there is only one possibility.
  public var constant32: UInt32? {
    UInt32(truncatingIfNeeded: bits.unknown) == 0 ? UInt32(truncatingIfNeeded: bits.value) : nil
  }

  /// Whether nothing is known.
  public var isUnknown: Bool { self == .unknown }

  /// Whether a range has no value, so that no execution comes here.
  public var isContradictory: Bool { wide.isEmpty || narrow.isEmpty }

  /// Whether the bits and every range lie within the other's.
  public func isSubset(of other: Scalar) -> Bool {
    wide.isSubset(of: other.wide) && narrow.isSubset(of: other.narrow) && bits.isSubset(of: other.bits)
  }

  /// Whether this stands for a number.
  public func contains(_ number: UInt64) -> Bool {
    Scalar(constant: number).isSubset(of: self)
  }

  /// The smallest ranges around both, and the bits on which both agree.
  public func joined(with other: Scalar) -> Scalar {
    Scalar(
      bits: bits.joined(with: other.bits),
      wide: wide.joined(with: other.wide),
      narrow: narrow.joined(with: other.narrow)
    )
  }
}
