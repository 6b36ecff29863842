/// The unsigned and the signed range of one value: two views of the same bits, each closed at both ends.
struct Bounds<Unsigned, Signed>: Hashable, Sendable, BitwiseCopyable
where
  Unsigned: FixedWidthInteger & UnsignedInteger & Sendable & BitwiseCopyable,
  Signed: FixedWidthInteger & SignedInteger & Sendable & BitwiseCopyable
{
  var low: Unsigned
  var high: Unsigned
  var signedLow: Signed
  var signedHigh: Signed

  /// Every value.
  static var full: Self { Self(low: .min, high: .max, signedLow: .min, signedHigh: .max) }

  /// No value: what is left of a branch that cannot be taken.
  static var empty: Self { Self(low: .max, high: .min, signedLow: .max, signedHigh: .min) }

  /// One value.
  init(constant: Unsigned) {
    low = constant
    high = constant
    signedLow = Signed(truncatingIfNeeded: constant)
    signedHigh = signedLow
  }

  /// The four ends.
  init(low: Unsigned, high: Unsigned, signedLow: Signed, signedHigh: Signed) {
    self.low = low
    self.high = high
    self.signedLow = signedLow
    self.signedHigh = signedHigh
  }

  /// Whether a range has no value.
  var isEmpty: Bool { low > high || signedLow > signedHigh }

  /// Whether both ranges have one value.
  var isConstant: Bool { low == high && signedLow == signedHigh }

  /// Forgets the unsigned range.
  mutating func forgetUnsigned() {
    low = .min
    high = .max
  }

  /// Forgets the signed range.
  mutating func forgetSigned() {
    signedLow = .min
    signedHigh = .max
  }

  /// Narrows the unsigned range.
  mutating func narrow(_ low: Unsigned, _ high: Unsigned) {
    self.low = max(self.low, low)
    self.high = min(self.high, high)
  }

  /// Narrows the signed range.
  mutating func narrowSigned(_ low: Signed, _ high: Signed) {
    signedLow = max(signedLow, low)
    signedHigh = min(signedHigh, high)
  }

  /// Narrows both ranges to values with these bits; `value` has 0 where `unknown` has 1.
  mutating func narrow(toBits value: Unsigned, unknown: Unsigned) {
    let sign = Unsigned(truncatingIfNeeded: Signed.min)
    narrow(value, value | unknown)
    narrowSigned(
      Signed(truncatingIfNeeded: value | unknown & sign),
      Signed(truncatingIfNeeded: value | unknown & ~sign)
    )
  }

  /// Takes the signed range over if it does not cross the sign, whose two sides lie far apart without a sign.
  mutating func narrowSignedFromUnsigned() {
    let first = Signed(truncatingIfNeeded: low), last = Signed(truncatingIfNeeded: high)
    if first <= last { narrowSigned(first, last) }
  }

  /// Takes the unsigned range over if it does not cross the sign; whether it could.
  mutating func narrowUnsignedFromSigned() -> Bool {
    let first = Unsigned(truncatingIfNeeded: signedLow), last = Unsigned(truncatingIfNeeded: signedHigh)
    if first <= last { narrow(first, last) }
    return first <= last
  }

  /// Where the signed range crosses the sign, it is two pieces of the unsigned one: drops one that has no value.
  mutating func dropOneSideOfSign() {
    let first = Unsigned(truncatingIfNeeded: signedLow), last = Unsigned(truncatingIfNeeded: signedHigh)
    if high < first {
      signedLow = max(signedLow, Signed(truncatingIfNeeded: low))
      high = min(high, last)
    } else if last < low {
      signedHigh = min(signedHigh, Signed(truncatingIfNeeded: high))
      low = max(low, first)
    }
  }

  /// Whether both ranges lie within the other's.
  func isSubset(of other: Self) -> Bool {
    other.low <= low && high <= other.high && other.signedLow <= signedLow && signedHigh <= other.signedHigh
  }

  /// Whether both ranges have a value in common with the other's.
  func overlaps(_ other: Self) -> Bool {
    low <= other.high && other.low <= high && signedLow <= other.signedHigh && other.signedLow <= signedHigh
  }

  /// The smallest ranges around both.
  func joined(with other: Self) -> Self {
    Self(
      low: min(low, other.low),
      high: max(high, other.high),
      signedLow: min(signedLow, other.signedLow),
      signedHigh: max(signedHigh, other.signedHigh)
    )
  }
}
