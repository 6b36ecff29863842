import BPF

extension Scalar {
  /// The result of `self op= operand`, as precise as Linux has it.
  ///
  /// Linux knows nothing of quotients and remainders, and of shifts by a count that is not constant or too large: there
  /// all 64 bits become unknown, whatever the width.
  public mutating func apply(_ operation: ALU, _ width: Width, _ operand: Scalar) {
    switch operation {
    case .mov:
      self = operand
      if width == .word { truncate(to: .word) }
      return
    case .add:
      bits = bits.adding(operand.bits)
      wide.add(operand.wide)
      narrow.add(operand.narrow)
    case .sub:
      bits = bits.subtracting(operand.bits)
      wide.subtract(operand.wide)
      narrow.subtract(operand.narrow)
    case .mul:
      bits = bits.multiplied(operand.bits)
      wide.multiply(operand.wide)
      narrow.multiply(operand.narrow)
    case .and:
      bits = bits.and(operand.bits)
      wide.and(operand.wide, bits: bits.value, unknown: bits.unknown)
      narrow.and(operand.narrow, bits: lowHalf.value, unknown: lowHalf.unknown)
    case .or:
      bits = bits.or(operand.bits)
      wide.or(operand.wide, bits: bits.value, unknown: bits.unknown)
      narrow.or(operand.narrow, bits: lowHalf.value, unknown: lowHalf.unknown)
    case .xor:
      bits = bits.xor(operand.bits)
      wide.xor(bits: bits.value, unknown: bits.unknown)
      narrow.xor(bits: lowHalf.value, unknown: lowHalf.unknown)
    case .lsh, .rsh, .arsh:
      guard let count = operand.shiftCount(width) else {
        self = .unknown
        return
      }
      if width == .word { shiftWord(operation, by: count) } else { shift(operation, by: count) }
    case .div, .sdiv, .mod, .smod:
      self = .unknown
      return
    }
    if width == .word { keepLowHalf() }
    synchronize()
  }

  /// The two values that Linux goes on with on separate paths, where `&=` or `|=` a constant meets a number that has
  /// all bits or none: 0 and −1, or those as low half; nil where it does not part them (`maybe_fork_scalars`).
  ///
  /// Such numbers come from an arithmetic shift by one less than the width: they are masks.
  public func split(before operation: ALU, _ operand: Scalar) -> (zero: Scalar, ones: Scalar)? {
    guard operation == .and || operation == .or, operand.constant != nil else { return nil }
    if wide.signedLow == -1, wide.signedHigh == 0 {
      return (Scalar(constant: 0), Scalar(constant: .max))
    }
    guard narrow.signedLow == -1, narrow.signedHigh == 0 else { return nil }
    var zero = self, ones = self
    zero.setLowHalf(0)
    ones.setLowHalf(.max)
    return (zero, ones)
  }

  private mutating func setLowHalf(_ value: UInt32) {
    bits = bits.replacingSubregister(KnownBits(constant: UInt64(value)))
    narrow = Bounds(constant: value)
    synchronize()
  }

  /// The result of `self = -self`.
  public mutating func negate(_ width: Width) {
    var zero = Scalar(constant: 0)
    zero.apply(.sub, width, self)
    self = zero
  }

  /// The low 16, 32 or 64 bits converted and the rest cleared, on a little-endian machine.
  ///
  /// Where bytes change places their known bits do too, and no range says anything.
  public mutating func swap(_ swap: ByteSwap, _ size: Size) {
    guard swap != .toLittleEndian else { return truncate(to: size) }
    bits = bits.byteSwapped(size)
    wide = .full
    narrow = .full
    synchronize()
  }

  private var lowHalf: (value: UInt32, unknown: UInt32) {
    (UInt32(truncatingIfNeeded: bits.value), UInt32(truncatingIfNeeded: bits.unknown))
  }

  /// The count of a shift, if it is constant and no larger than the width allows.
  private func shiftCount(_ width: Width) -> UInt8? {
    guard wide.high < UInt64(width.bitCount), narrow.isConstant, let count = constant32 else { return nil }
    return UInt8(count)
  }

  private mutating func shift(_ operation: ALU, by count: UInt8) {
    switch operation {
    case .lsh:
      bits = bits.shiftedLeft(by: count)
      wide.shiftLeft(by: UInt64(count))
      // The first half of how compilers extend the sign of a low half.
      if count == 32 {
        wide.narrowSigned(Int64(narrow.signedLow) << 32, Int64(narrow.signedHigh) << 32)
      }
      narrow.shiftLeftOrForget(by: count)
    case .rsh:
      bits = bits.shiftedRight(by: count)
      wide.shiftRight(by: UInt64(count))
      narrow = .full
    default:
      bits = bits.arithmeticallyShiftedRight(by: count, width: .doubleWord)
      wide.shiftRightArithmetically(by: Int64(count))
      narrow = .full
    }
  }

  private mutating func shiftWord(_ operation: ALU, by count: UInt8) {
    switch operation {
    case .lsh:
      bits = bits.subregister.shiftedLeft(by: count).subregister
      narrow.shiftLeft(by: UInt32(count))
    case .rsh:
      bits = bits.subregister.shiftedRight(by: count)
      narrow.shiftRight(by: UInt32(count))
    default:
      bits = bits.arithmeticallyShiftedRight(by: count, width: .word)
      narrow.shiftRightArithmetically(by: Int32(count))
    }
    narrow.narrow(toBits: lowHalf.value, unknown: lowHalf.unknown)
  }
}

extension Bounds where Unsigned == UInt32, Signed == Int32 {
  /// The low half of a 64-bit shift, which may be by more bits than it has.
  fileprivate mutating func shiftLeftOrForget(by count: UInt8) {
    if count > 31 { self = .full } else { shiftLeft(by: UInt32(count)) }
  }
}
