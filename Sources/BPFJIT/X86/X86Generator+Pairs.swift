import BPF

// Instructions of BPF that the machine does in fewer.

extension X86Generator {
  /// Writes an instruction and the one behind it together: whether it could.
  mutating func writePair(_ first: Instruction, at slot: Int) -> Bool {
    let next = slot + 1
    guard next < function.end, !source.isTarget[next], let second = source.instructions[next] else {
      return false
    }
    guard writePair(first, second, at: slot) else { return false }
    if first.writtenRegister == .r1 { knownMap = nil }
    return true
  }

  private mutating func writePair(_ first: Instruction, _ second: Instruction, at slot: Int) -> Bool {
    switch (first, second) {
    case (
      .alu(.mov, .doubleWord, let register, .register(let origin)),
      .alu(.add, .doubleWord, let other, .immediate(let value))
    ) where register == other && register != origin:
      assembler.loadAddress(X86Register(register), X86Memory(X86Register(origin), value))
      return true
    case (
      .alu(.mov, .doubleWord, let register, .register(let origin)),
      .alu(.add, .doubleWord, let other, .register(let added))
    ) where register == other && register != added && register != origin:
      let sum = X86Memory(X86Register(origin), index: X86Register(added))
      assembler.loadAddress(X86Register(register), sum)
      return true
    case (
      .alu(.lsh, .doubleWord, let register, .immediate(let left)),
      .alu(let operation, .doubleWord, let other, .immediate(let right))
    ) where register == other && left == right && (operation == .rsh || operation == .arsh):
      return extend(X86Register(register), bitCount: 64 - left, isSigned: operation == .arsh)
    case (.load(let size, let register, let address), .swap(let swap, let swapped, let other))
    where register == other && size == swapped && swap != .toLittleEndian && features.loadsReversed
      && source.contextField(at: slot) == nil:
      guard size == .word || size == .doubleWord else { return false }
      let width: Width = size == .word ? .word : .doubleWord
      assembler.loadReversed(width, X86Register(register), X86Memory(address))
      return true
    default: return false
    }
  }

  /// Two bytes that are loaded one by one and joined, as compilers do in packed structs, are loaded together.
  mutating func writeJoinedBytes(_ first: Instruction, at slot: Int) -> Bool {
    guard case .load(.byte, let low, let address) = first, slot + 3 < function.end,
      !source.isTarget[slot + 1], !source.isTarget[slot + 2], !source.isTarget[slot + 3],
      case .load(.byte, let high, let next) = source.instructions[slot + 1],
      case .alu(.lsh, _, let shifted, .immediate(8)) = source.instructions[slot + 2],
      case .alu(.or, _, let joined, .register(let other)) = source.instructions[slot + 3],
      next.base == address.base, Int(next.offset) == Int(address.offset) + 1, low != high,
      low != address.base, shifted == high, joined == high, other == low,
      source.contextField(at: slot) == nil, source.contextField(at: slot + 1) == nil
    else { return false }
    assembler.load(.byte, X86Register(low), X86Memory(address))
    assembler.load(.half, X86Register(high), X86Memory(address))
    if low == .r1 || high == .r1 { knownMap = nil }
    return true
  }

  /// A shift to the left and back again extends what is left.
  private mutating func extend(_ register: X86Register, bitCount: Int32, isSigned: Bool) -> Bool {
    let size: Size
    switch bitCount {
    case 8: size = .byte
    case 16: size = .half
    case 32: size = .word
    default: return false
    }
    if isSigned {
      assembler.moveExtendingSign(size, .doubleWord, register, register)
    } else {
      assembler.moveExtendingZero(size, register, register)
    }
    return true
  }
}
