extension Instruction {
  /// The registers that the instruction itself looks at, each once.
  ///
  /// Of a call they are none: which registers hold arguments is known to what is called.
  public var readRegisters: [Register] {
    let registers: [Register] =
      switch self {
      case .alu(.mov, _, _, let operand): operand.registers
      case .alu(_, _, let register, let operand), .branch(_, _, let register, let operand, _):
        [register] + operand.registers
      case .negate(_, let register), .swap(_, _, let register), .call(.register(let register)): [register]
      case .moveSignExtending(_, _, _, let source), .addressSpaceCast(_, let source, _): [source]
      case .load(_, _, let address), .loadSignExtending(_, _, let address), .loadAcquire(_, _, let address):
        [address.base]
      case .store(_, let operand, let address): [address.base] + operand.registers
      case .storeRelease(_, let source, let address): [address.base, source]
      case .atomic(let operation, _, let source, let address):
        [address.base, source] + (operation == .compareExchange ? [.r0] : [])
      case .exit: [.r0]
      case .loadImmediate, .jump, .jumpLong, .mayGoto, .call: []
      }
    return registers.enumerated().filter { !registers[..<$0.offset].contains($0.element) }.map(\.element)
  }

  /// Where the instruction loads from or stores to, and how many bytes; nil for one that touches no memory.
  public var memoryAccess: (address: Address, byteCount: Int)? {
    switch self {
    case .load(let size, _, let address), .loadSignExtending(let size, _, let address),
      .loadAcquire(let size, _, let address), .store(let size, _, let address),
      .storeRelease(let size, _, let address):
      (address, size.byteCount)
    case .atomic(_, let width, _, let address): (address, width.size.byteCount)
    default: nil
    }
  }

  /// Whether the instruction changes memory.
  public var writesMemory: Bool {
    switch self {
    case .store, .storeRelease, .atomic: true
    default: false
    }
  }
}

extension Operand {
  fileprivate var registers: [Register] {
    if case .register(let register) = self { [register] } else { [] }
  }
}
