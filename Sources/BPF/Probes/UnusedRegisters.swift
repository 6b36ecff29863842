/// Which registers nobody will look at again, for every instruction of a program.
///
/// A call is taken to read all five argument registers, also those that its prototype does not name.
struct UnusedRegisters {
  private let code: [Int: Instruction]
  /// By slot, a bit for each register that may be read before it is written.
  private var used: [Int: UInt16] = [:]

  init(_ program: Program) {
    var code: [Int: Instruction] = [:], slots: [Int] = []
    for (slot, instruction) in program.slottedInstructions {
      code[slot] = instruction
      slots.append(slot)
    }
    self.code = code
    var isChanged = true
    while isChanged {
      isChanged = false
      for slot in slots.reversed() {
        let bits = before(slot)
        if used[slot] != bits {
          used[slot] = bits
          isChanged = true
        }
      }
    }
  }

  /// The registers that may be given any value before the instruction at a slot.
  func registers(at slot: Int) -> [Register] {
    let bits = used[slot] ?? .max
    return Register.allCases.filter { $0 != .r10 && bits & Self.bit($0) == 0 }
  }

  private func before(_ slot: Int) -> UInt16 {
    guard let instruction = code[slot] else { return 0 }
    var bits = instruction.successors(at: slot).reduce(UInt16(0)) { $0 | (used[$1] ?? 0) }
    if let register = instruction.writtenRegister { bits &= ~Self.bit(register) }
    if case .call = instruction {
      bits &= ~Self.bits([.r0, .r1, .r2, .r3, .r4, .r5])
      bits |= Self.bits([.r1, .r2, .r3, .r4, .r5])
    }
    return bits | Self.bits(instruction.readRegisters)
  }

  private static func bit(_ register: Register) -> UInt16 { 1 << UInt16(register.rawValue) }
  private static func bits(_ registers: [Register]) -> UInt16 { registers.reduce(0) { $0 | bit($1) } }
}

extension Program {
  /// The instructions with the slots that they begin in.
  var slottedInstructions: [(slot: Int, instruction: Instruction)] {
    var slot = 0
    return instructions.map { instruction in
      defer { slot += instruction.slotCount }
      return (slot, instruction)
    }
  }
}
