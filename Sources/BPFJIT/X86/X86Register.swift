/// A general register of x86-64, by its number in instructions.
enum X86Register: UInt8, CaseIterable {
  case rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15

  /// The low three bits, which stand in an instruction's own bytes.
  var low: UInt8 { rawValue & 7 }
  /// Whether a prefix must carry the fourth bit.
  var isHigh: Bool { rawValue >= 8 }
  /// Whether the low byte can be named only with a prefix: without one the number means `ah` to `bh`.
  var needsPrefixForByte: Bool { rawValue >= 4 && rawValue < 8 }
}

/// A place in memory: a register, a distance from it, and perhaps a multiple of another register.
struct X86Memory {
  /// A register and what it is multiplied with.
  struct Index {
    /// Not `rsp`, which cannot be one.
    var register: X86Register
    /// 1, 2, 4 or 8 as a power of two.
    var shift: UInt8
  }

  var base: X86Register
  var displacement: Int32
  var index: Index?

  init(_ base: X86Register, _ displacement: Int32 = 0) {
    self.base = base
    self.displacement = displacement
  }

  /// `base + index << shift`.
  init(_ base: X86Register, index: X86Register, shift: UInt8 = 0) {
    self.base = base
    displacement = 0
    self.index = Index(register: index, shift: shift)
  }
}

/// What a conditional jump asks of the flags, by its number in instructions.
enum X86Condition: UInt8 {
  case below = 0x2, aboveOrEqual, equal, notEqual, belowOrEqual, above
  case less = 0xC, greaterOrEqual, lessOrEqual, greater
}

/// The operations that share one form of encoding, by their number in it.
enum X86Arithmetic: UInt8 {
  case add = 0, or = 1, and = 4, sub = 5, xor = 6, compare = 7
}

/// The shifts, by their number in instructions.
enum X86Shift: UInt8 {
  case left = 4, right = 5, arithmeticRight = 7
}
