import BPF

extension KnownBits {
  /// The bits of the sum.
  ///
  /// A bit is known if it is the same in the smallest and the largest sum without a look at overflow: where the two
  /// carries differ, the result's bit does too.
  public func adding(_ other: KnownBits) -> KnownBits {
    let smallest = value &+ other.value
    let carries = smallest ^ (smallest &+ unknown &+ other.unknown)
    return KnownBits(value: smallest, unknown: carries | unknown | other.unknown)
  }

  /// The bits of the difference.
  public func subtracting(_ other: KnownBits) -> KnownBits {
    let difference = value &- other.value
    let borrows = (difference &+ unknown) ^ (difference &- other.unknown)
    return KnownBits(value: difference, unknown: borrows | unknown | other.unknown)
  }

  /// The bits of `self & other`.
  public func and(_ other: KnownBits) -> KnownBits {
    let ones = value & other.value
    return KnownBits(value: ones, unknown: (value | unknown) & (other.value | other.unknown) & ~ones)
  }

  /// The bits of `self | other`.
  public func or(_ other: KnownBits) -> KnownBits {
    let ones = value | other.value
    return KnownBits(value: ones, unknown: (unknown | other.unknown) & ~ones)
  }

  /// The bits of `self ^ other`.
  public func xor(_ other: KnownBits) -> KnownBits {
    KnownBits(value: value ^ other.value, unknown: unknown | other.unknown)
  }

  /// The bits of the product: a sum of shifted copies of `other`, where a copy that may be missing is joined in.
  public func multiplied(_ other: KnownBits) -> KnownBits {
    var product = KnownBits(constant: 0), copy = other
    var ones = value, doubts = unknown
    while ones | doubts != 0 {
      if ones & 1 == 1 {
        product = product.adding(copy)
      } else if doubts & 1 == 1 {
        product = product.joined(with: product.adding(copy))
      }
      ones &>>= 1
      doubts &>>= 1
      copy = copy.shiftedLeft(by: 1)
    }
    return product
  }

  /// The bits moved up; `count` is below 64.
  public func shiftedLeft(by count: UInt8) -> KnownBits {
    KnownBits(value: value &<< UInt64(count), unknown: unknown &<< UInt64(count))
  }

  /// The bits moved down, zeroes following; `count` is below 64.
  public func shiftedRight(by count: UInt8) -> KnownBits {
    KnownBits(value: value &>> UInt64(count), unknown: unknown &>> UInt64(count))
  }

  /// The bits moved down, copies of the width's sign bit following; the upper half is zero for a word.
  public func arithmeticallyShiftedRight(by count: UInt8, width: Width) -> KnownBits {
    switch width {
    case .word:
      KnownBits(
        value: UInt64(UInt32(bitPattern: Int32(truncatingIfNeeded: value) &>> Int32(count))),
        unknown: UInt64(UInt32(bitPattern: Int32(truncatingIfNeeded: unknown) &>> Int32(count)))
      )
    case .doubleWord:
      KnownBits(
        value: UInt64(bitPattern: Int64(bitPattern: value) &>> Int64(count)),
        unknown: UInt64(bitPattern: Int64(bitPattern: unknown) &>> Int64(count))
      )
    }
  }

  /// The low 16, 32 or 64 bits with their bytes in the opposite order, the rest zero.
  public func byteSwapped(_ size: Size) -> KnownBits {
    let shift = UInt64(64 - size.bitCount)
    return KnownBits(value: value.byteSwapped &>> shift, unknown: unknown.byteSwapped &>> shift)
  }
}
