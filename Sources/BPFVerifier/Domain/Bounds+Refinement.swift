extension Bounds {
  /// What is left of both if they are equal.
  static func refineEqual(_ left: inout Self, _ right: inout Self) {
    left.narrow(right.low, right.high)
    left.narrowSigned(right.signedLow, right.signedHigh)
    right = left
  }

  /// What is left of both, without sign, if `left < right`, or `left <= right`.
  static func refineLess(_ left: inout Self, _ right: inout Self, orEqual: Bool) {
    if orEqual {
      left.high = min(left.high, right.high)
      right.low = max(left.low, right.low)
    } else if left.low == .max || right.high == .min {
      left = .empty
      right = .empty
    } else {
      left.high = min(left.high, right.high - 1)
      right.low = max(left.low + 1, right.low)
    }
  }

  /// What is left of both, with sign, if `left < right`, or `left <= right`.
  static func refineSignedLess(_ left: inout Self, _ right: inout Self, orEqual: Bool) {
    if orEqual {
      left.signedHigh = min(left.signedHigh, right.signedHigh)
      right.signedLow = max(left.signedLow, right.signedLow)
    } else if left.signedLow == .max || right.signedHigh == .min {
      left = .empty
      right = .empty
    } else {
      left.signedHigh = min(left.signedHigh, right.signedHigh - 1)
      right.signedLow = max(left.signedLow + 1, right.signedLow)
    }
  }

  /// Takes a value away where it is an end of a range.
  mutating func exclude(_ value: Unsigned) {
    let signed = Signed(truncatingIfNeeded: value)
    guard (low != high || low != value) && (signedLow != signedHigh || signedLow != signed) else {
      self = .empty
      return
    }
    if low == value { low &+= 1 }
    if high == value { high &-= 1 }
    if signedLow == signed { signedLow &+= 1 }
    if signedHigh == signed { signedHigh &-= 1 }
  }
}
