/// A general register of arm64.
///
/// Number 31 is the stack pointer to some instructions and a zero to others.
enum ARM64Register: UInt8, CaseIterable {
  case x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15
  case x16, x17, x18, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28, x29, x30
  case zero, stackPointer

  /// The number that stands in instructions.
  var number: UInt32 { UInt32(min(rawValue, 31)) }
}

/// A place in memory: a register and a distance from it.
struct ARM64Memory {
  var base: ARM64Register
  var displacement: Int32

  init(_ base: ARM64Register, _ displacement: Int32 = 0) {
    self.base = base
    self.displacement = displacement
  }
}

/// What a conditional branch asks of the flags, by its number in instructions; the last bit turns one into its opposite.
enum ARM64Condition: UInt32 {
  case equal = 0x0, notEqual, aboveOrEqual, below
  case above = 0x8, belowOrEqual, greaterOrEqual, less, greater, lessOrEqual
}

/// The operations that take two registers, or a register and a constant.
enum ARM64Arithmetic: CaseIterable {
  case add, sub, and, or, xor
}

/// The shifts, by their number in instructions.
enum ARM64Shift: UInt32, CaseIterable {
  case left = 0, right, arithmeticRight
}

/// Atomic operations that processors with LSE have, by their number in instructions.
enum ARM64Atomic: UInt32, CaseIterable {
  /// `clear` is and with the complement.
  case add = 0, clear, xor, or
}
