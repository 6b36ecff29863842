import BPF

extension Scalar {
  /// Narrows both sides to what they can be where a comparison holds (`reg_set_min_max`).
  ///
  /// A side becomes contradictory where it cannot hold, as far as that is seen.
  public static func assume(
    _ comparison: Comparison,
    _ width: Width,
    _ left: inout Scalar,
    _ right: inout Scalar
  ) {
    switch comparison {
    case .gt: assume(.lt, width, &right, &left)
    case .ge: assume(.le, width, &right, &left)
    case .sgt: assume(.slt, width, &right, &left)
    case .sge: assume(.sle, width, &right, &left)
    case .eq:
      assumeEqual(width, &left, &right)
      synchronize(&left, &right)
    case .ne:
      assumeUnequal(width, &left, &right)
      synchronize(&left, &right)
    case .set:
      assumeSet(width, &left, &right)
      synchronize(&left, &right)
    case .lt, .le:
      let orEqual = comparison == .le
      switch width {
      case .word: Bounds.refineLess(&left.narrow, &right.narrow, orEqual: orEqual)
      case .doubleWord: Bounds.refineLess(&left.wide, &right.wide, orEqual: orEqual)
      }
      synchronize(&left, &right)
    case .slt, .sle:
      let orEqual = comparison == .sle
      switch width {
      case .word: Bounds.refineSignedLess(&left.narrow, &right.narrow, orEqual: orEqual)
      case .doubleWord: Bounds.refineSignedLess(&left.wide, &right.wide, orEqual: orEqual)
      }
      synchronize(&left, &right)
    }
  }

  /// Narrows both sides to what they can be where a comparison does not hold.
  public static func assumeNot(
    _ comparison: Comparison,
    _ width: Width,
    _ left: inout Scalar,
    _ right: inout Scalar
  ) {
    switch comparison {
    case .eq: assume(.ne, width, &left, &right)
    case .ne: assume(.eq, width, &left, &right)
    case .gt: assume(.le, width, &left, &right)
    case .ge: assume(.lt, width, &left, &right)
    case .lt: assume(.ge, width, &left, &right)
    case .le: assume(.gt, width, &left, &right)
    case .sgt: assume(.sle, width, &left, &right)
    case .sge: assume(.slt, width, &left, &right)
    case .slt: assume(.sge, width, &left, &right)
    case .sle: assume(.sgt, width, &left, &right)
    case .set:
      assumeClear(width, &left, &right)
      synchronize(&left, &right)
    }
  }

  private static func synchronize(_ left: inout Scalar, _ right: inout Scalar) {
    left.synchronize()
    right.synchronize()
  }

  private static func assumeEqual(_ width: Width, _ left: inout Scalar, _ right: inout Scalar) {
    let ours = left.bits(width), theirs = right.bits(width)
    guard ours.overlaps(theirs) else {
      left.makeContradictory()
      right.makeContradictory()
      return
    }
    let both = ours.intersection(theirs)
    switch width {
    case .word:
      Bounds.refineEqual(&left.narrow, &right.narrow)
      left.bits = left.bits.replacingSubregister(both)
      right.bits = right.bits.replacingSubregister(both)
    case .doubleWord:
      Bounds.refineEqual(&left.wide, &right.wide)
      left.bits = both
      right.bits = both
    }
  }

  private static func assumeUnequal(_ width: Width, _ left: inout Scalar, _ right: inout Scalar) {
    if right.bits(width).isConstant {
      left.exclude(right.bits.value, width)
    } else if left.bits(width).isConstant {
      right.exclude(left.bits.value, width)
    }
  }

  private mutating func exclude(_ value: UInt64, _ width: Width) {
    switch width {
    case .word: narrow.exclude(UInt32(truncatingIfNeeded: value))
    case .doubleWord: wide.exclude(value)
    }
  }

  /// That a bit is set is known only where one bit is asked for.
  private static func assumeSet(_ width: Width, _ left: inout Scalar, _ right: inout Scalar) {
    if right.bits(width).isConstant {
      left.set(right.bits(width), width)
    } else if left.bits(width).isConstant {
      right.set(left.bits(width), width)
    }
  }

  private mutating func set(_ mask: KnownBits, _ width: Width) {
    guard mask.value.nonzeroBitCount == 1 else { return }
    bits = bits.replacing(bits(width).or(mask), width)
  }

  private static func assumeClear(_ width: Width, _ left: inout Scalar, _ right: inout Scalar) {
    if right.bits(width).isConstant {
      left.clear(right.bits.value, width)
    } else if left.bits(width).isConstant {
      right.clear(left.bits.value, width)
    }
  }

  /// Forgets the ranges, as Linux does: on a branch that cannot be taken they would contradict the bits.
  private mutating func clear(_ mask: UInt64, _ width: Width) {
    wide = .full
    narrow = .full
    bits = bits.replacing(bits(width).and(KnownBits(constant: ~mask)), width)
  }

  private mutating func makeContradictory() {
    wide = .empty
    narrow = .empty
  }
}

extension KnownBits {
  /// All bits, or for a word the low half, taken from another.
  fileprivate func replacing(_ other: KnownBits, _ width: Width) -> KnownBits {
    width == .word ? replacingSubregister(other) : other
  }
}
