extension Instruction {
  /// Whether the instruction itself reads a register; what a call passes on is not counted.
  ///
  /// The same answer as `readRegisters`, without making a list.
  public func reads(_ register: Register) -> Bool {
    switch self {
    case .alu(.mov, _, _, let operand): operand.names(register)
    case .alu(_, _, let first, let operand), .branch(_, _, let first, let operand, _):
      first == register || operand.names(register)
    case .negate(_, let first), .swap(_, _, let first), .call(.register(let first)),
      .moveSignExtending(_, _, _, let first), .addressSpaceCast(_, let first, _):
      first == register
    case .load(_, _, let address), .loadSignExtending(_, _, let address), .loadAcquire(_, _, let address):
      address.base == register
    case .store(_, let operand, let address): address.base == register || operand.names(register)
    case .storeRelease(_, let source, let address): address.base == register || source == register
    case .atomic(let operation, _, let source, let address):
      address.base == register || source == register || (operation == .compareExchange && register == .r0)
    case .exit: register == .r0
    case .loadImmediate, .jump, .jumpLong, .mayGoto, .call: false
    }
  }
}

extension Operand {
  fileprivate func names(_ register: Register) -> Bool {
    if case .register(let other) = self { other == register } else { false }
  }
}
