import BPF

/// What is known of each bit of a 64-bit value: Linux's `struct tnum`.
///
/// It stands for every value that agrees with `value` in the bits that `unknown` does not have.
public struct KnownBits: Hashable, Sendable, BitwiseCopyable {
  /// The bits known to be 1; never a bit of `unknown`.
  public var value: UInt64
  /// The bits of which nothing is known (`mask`).
  public var unknown: UInt64

  /// Nothing is known.
  public static let unknown = KnownBits(value: 0, unknown: .max)

  /// Every bit is known.
  public init(constant: UInt64) {
    value = constant
    unknown = 0
  }

  /// Clears in `value` what is unknown.
  init(value: UInt64, unknown: UInt64) {
    self.value = value & ~unknown
    self.unknown = unknown
  }

  /// The bits that all numbers from `low` to `high` have in common; everything is unknown if `low > high`.
  public static func range(_ low: UInt64, _ high: UInt64) -> KnownBits {
    guard low <= high else { return .unknown }
    let different = 64 - (low ^ high).leadingZeroBitCount
    return KnownBits(value: low, unknown: different == 64 ? .max : (1 << UInt64(different)) - 1)
  }

  /// Whether there is one value only.
  public var isConstant: Bool { unknown == 0 }

  /// The low 32 bits, zero-extended.
  public var subregister: KnownBits {
    KnownBits(value: value & 0xffff_ffff, unknown: unknown & 0xffff_ffff)
  }

  /// The same with the low 32 bits zero.
  public var clearingSubregister: KnownBits {
    KnownBits(value: value & ~0xffff_ffff, unknown: unknown & ~0xffff_ffff)
  }

  /// The high 32 bits of this over the low 32 bits of another.
  public func replacingSubregister(_ low: KnownBits) -> KnownBits {
    let high = clearingSubregister, low = low.subregister
    return KnownBits(value: high.value | low.value, unknown: high.unknown | low.unknown)
  }

  /// The low 8, 16, 32 or 64 bits, zero-extended.
  public func truncated(to size: Size) -> KnownBits {
    let mask = UInt64.max >> UInt64(64 - size.bitCount)
    return KnownBits(value: value & mask, unknown: unknown & mask)
  }

  /// Whether every value that this stands for is one of the other's.
  public func isSubset(of other: KnownBits) -> Bool {
    unknown & ~other.unknown == 0 && value & ~other.unknown == other.value
  }

  /// Whether this stands for a number.
  public func contains(_ number: UInt64) -> Bool {
    (number ^ value) & ~unknown == 0
  }

  /// Whether some value belongs to both.
  public func overlaps(_ other: KnownBits) -> Bool {
    (value ^ other.value) & ~(unknown | other.unknown) == 0
  }

  /// What both say together, of a value that belongs to both; a bit on which they disagree counts as 1.
  public func intersection(_ other: KnownBits) -> KnownBits {
    KnownBits(value: value | other.value, unknown: unknown & other.unknown)
  }

  /// What holds of every value of either.
  public func joined(with other: KnownBits) -> KnownBits {
    KnownBits(value: value, unknown: unknown | other.unknown | (value ^ other.value))
  }

  /// Whether every value is a multiple of a power of two.
  public func isAligned(to alignment: Int) -> Bool {
    (value | unknown) & (UInt64(alignment) &- 1) == 0
  }

  /// The least number that this stands for from `number` on.
  ///
  /// Above the highest bit on which `number` disagrees they are the same, or, if that bit is 1 in `number` only, one
  /// unknown bit above it is carried into.
  func first(from number: UInt64) -> UInt64? {
    let wrong = (number ^ value) & ~unknown
    guard wrong != 0 else { return number }
    let place = UInt64(63 - wrong.leadingZeroBitCount), above = ~1 &<< place
    guard number & (1 &<< place) != 0 else { return value | number & unknown & above }
    let free = unknown & ~number & above, carry = free & (0 &- free)
    guard carry != 0 else { return nil }
    return value | carry | number & unknown & ~(carry &- 1 | carry)
  }

  /// The next larger number than a member: the unknown bits count up.
  func next(after member: UInt64) -> UInt64? {
    let count = (member | ~unknown) &+ 1
    return count & unknown == 0 ? nil : count & unknown | value
  }
}
