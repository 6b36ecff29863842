/// The second operand of an arithmetic, store or branch instruction.
public enum Operand: Hashable, Sendable {
  /// The value of a register (`BPF_X`).
  case register(Register)
  /// A 32-bit constant, sign-extended to the operation's width (`BPF_K`).
  case immediate(Int32)
}

/// A memory operand: `base + offset`, the offset in bytes.
public struct Address: Hashable, Sendable {
  /// The register that holds the pointer.
  public var base: Register
  /// Added to the pointer, in bytes.
  public var offset: Int16

  /// Makes the operand `base + offset`.
  public init(_ base: Register, _ offset: Int16 = 0) {
    self.base = base
    self.offset = offset
  }
}

/// How many bytes a memory access touches.
public enum Size: UInt8, Hashable, Sendable, CaseIterable {
  case byte, half, word, doubleWord

  /// 1, 2, 4 or 8.
  public var byteCount: Int { 1 << Int(rawValue) }
  /// 8, 16, 32 or 64.
  public var bitCount: Int { 8 << Int(rawValue) }
}

/// Whether an operation works on all 64 bits of a register or on the low 32 and clears the rest.
public enum Width: UInt8, Hashable, Sendable, CaseIterable {
  case word, doubleWord

  /// 32 or 64.
  public var bitCount: Int { self == .word ? 32 : 64 }
}
