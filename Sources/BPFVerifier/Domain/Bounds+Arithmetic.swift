extension Bounds {
  /// `self + other`: a range is kept if none of its sums overflow or, without sign, if all of them do.
  mutating func add(_ other: Self) {
    let signedFirst = signedLow.addingReportingOverflow(other.signedLow)
    let signedLast = signedHigh.addingReportingOverflow(other.signedHigh)
    set(signedFirst, signedLast)
    let first = low.addingReportingOverflow(other.low), last = high.addingReportingOverflow(other.high)
    set(first, last)
  }

  /// `self - other`: as `add`.
  mutating func subtract(_ other: Self) {
    let signedFirst = signedLow.subtractingReportingOverflow(other.signedHigh)
    let signedLast = signedHigh.subtractingReportingOverflow(other.signedLow)
    set(signedFirst, signedLast)
    let first = low.subtractingReportingOverflow(other.high)
    let last = high.subtractingReportingOverflow(other.low)
    set(first, last)
  }

  private mutating func set(
    _ first: (partialValue: Signed, overflow: Bool),
    _ last: (partialValue: Signed, overflow: Bool)
  ) {
    if first.overflow || last.overflow {
      forgetSigned()
    } else {
      signedLow = first.partialValue
      signedHigh = last.partialValue
    }
  }

  private mutating func set(
    _ first: (partialValue: Unsigned, overflow: Bool),
    _ last: (partialValue: Unsigned, overflow: Bool)
  ) {
    if first.overflow != last.overflow {
      forgetUnsigned()
    } else {
      low = first.partialValue
      high = last.partialValue
    }
  }

  /// `self * other`: the extremes are products of ends, where none overflows.
  mutating func multiply(_ other: Self) {
    let first = low.multipliedReportingOverflow(by: other.low)
    let last = high.multipliedReportingOverflow(by: other.high)
    if first.overflow || last.overflow {
      forgetUnsigned()
    } else {
      low = first.partialValue
      high = last.partialValue
    }
    let a = signedLow.multipliedReportingOverflow(by: other.signedLow)
    let b = signedLow.multipliedReportingOverflow(by: other.signedHigh)
    let c = signedHigh.multipliedReportingOverflow(by: other.signedLow)
    let d = signedHigh.multipliedReportingOverflow(by: other.signedHigh)
    if a.overflow || b.overflow || c.overflow || d.overflow {
      forgetSigned()
    } else {
      signedLow = min(min(a.partialValue, b.partialValue), min(c.partialValue, d.partialValue))
      signedHigh = max(max(a.partialValue, b.partialValue), max(c.partialValue, d.partialValue))
    }
  }

  /// `self & other`, whose bits are already known: no larger than either.
  mutating func and(_ other: Self, bits value: Unsigned, unknown: Unsigned) {
    setWithSign(value, min(high, other.high))
    narrow(toBits: value, unknown: unknown)
  }

  /// `self | other`, whose bits are already known: no smaller than either.
  mutating func or(_ other: Self, bits value: Unsigned, unknown: Unsigned) {
    setWithSign(max(low, other.low), value | unknown)
    narrow(toBits: value, unknown: unknown)
  }

  /// `self ^ other`, whose bits are already known.
  mutating func xor(bits value: Unsigned, unknown: Unsigned) {
    setWithSign(value, value | unknown)
    narrow(toBits: value, unknown: unknown)
  }

  /// The unsigned range, and the same as signed one unless it crosses the sign.
  private mutating func setWithSign(_ low: Unsigned, _ high: Unsigned) {
    self.low = low
    self.high = high
    forgetSigned()
    narrowSignedFromUnsigned()
  }

  /// The unsigned range of `self << count` where no bit can fall off the top; no signed range.
  mutating func shiftLeft(by count: Unsigned) {
    forgetSigned()
    if high > (1 as Unsigned) &<< (Unsigned(Unsigned.bitWidth - 1) - count) {
      forgetUnsigned()
    } else {
      low &<<= count
      high &<<= count
    }
  }

  /// The unsigned range of `self >> count`; no signed range.
  mutating func shiftRight(by count: Unsigned) {
    forgetSigned()
    low &>>= count
    high &>>= count
  }

  /// The signed range of the arithmetic `self >> count`; no unsigned range.
  mutating func shiftRightArithmetically(by count: Signed) {
    forgetUnsigned()
    signedLow &>>= count
    signedHigh &>>= count
  }
}
