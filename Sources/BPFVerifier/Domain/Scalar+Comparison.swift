import BPF

extension Scalar {
  /// Whether a comparison always or never holds; nil when both ways are possible.
  ///
  /// As far as Linux sees it (`is_scalar_branch_taken`).
  public func decides(_ comparison: Comparison, _ width: Width, _ other: Scalar) -> Bool? {
    switch comparison {
    case .eq: decidesEqual(width, other)
    case .ne: decidesEqual(width, other).map { !$0 }
    case .set: decidesSet(width, other)
    case .lt, .le, .gt, .ge, .slt, .sle, .sgt, .sge:
      width == .word ? narrow.decides(comparison, other.narrow) : wide.decides(comparison, other.wide)
    }
  }

  private func decidesEqual(_ width: Width, _ other: Scalar) -> Bool? {
    let ours = bits(width), theirs = other.bits(width)
    if ours.isConstant, theirs.isConstant { return ours.value == theirs.value }
    let isPossible =
      ours.overlaps(theirs) && narrow.overlaps(other.narrow) && (width == .word || wide.overlaps(other.wide))
    return isPossible ? nil : false
  }

  private func decidesSet(_ width: Width, _ other: Scalar) -> Bool? {
    var ours = bits(width), theirs = other.bits(width)
    if !theirs.isConstant { (ours, theirs) = (theirs, ours) }
    guard theirs.isConstant else { return nil }
    if ours.value & theirs.value != 0 { return true }
    return (ours.value | ours.unknown) & theirs.value == 0 ? false : nil
  }

  /// The bits that a comparison of a width looks at.
  func bits(_ width: Width) -> KnownBits {
    width == .word ? bits.subregister : bits
  }
}

extension Bounds {
  /// Whether an order always or never holds; nil when both ways are possible, and for other comparisons.
  func decides(_ comparison: Comparison, _ other: Self) -> Bool? {
    switch comparison {
    case .lt: high < other.low ? true : low >= other.high ? false : nil
    case .le: high <= other.low ? true : low > other.high ? false : nil
    case .gt: low > other.high ? true : high <= other.low ? false : nil
    case .ge: low >= other.high ? true : high < other.low ? false : nil
    case .slt: signedHigh < other.signedLow ? true : signedLow >= other.signedHigh ? false : nil
    case .sle: signedHigh <= other.signedLow ? true : signedLow > other.signedHigh ? false : nil
    case .sgt: signedLow > other.signedHigh ? true : signedHigh <= other.signedLow ? false : nil
    case .sge: signedLow >= other.signedHigh ? true : signedHigh < other.signedLow ? false : nil
    case .eq, .ne, .set: nil
    }
  }
}
