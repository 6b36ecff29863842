import BPF

/// The registers and the slots of the frame whose values matter at one point.
struct DemandSet: Hashable {
  /// Registers, bit by number.
  var registers: UInt16 = 0
  /// Slots of the frame, as `FrameSlots` numbers them.
  var slots: UInt64 = 0

  func contains(_ register: Register) -> Bool { registers & register.mask != 0 }

  mutating func formUnion(_ other: DemandSet) {
    registers |= other.registers
    slots |= other.slots
  }

  /// Goes back over an instruction that is neither a call, a branch nor an exit.
  mutating func goBack(over instruction: Instruction) {
    switch instruction {
    case .alu(.mov, _, let destination, let operand): replace(destination, by: operand.mask)
    case .alu(_, _, let destination, let operand):
      if contains(destination) { registers |= operand.mask }
    case .moveSignExtending(_, _, let destination, let source),
      .addressSpaceCast(let destination, let source, _):
      replace(destination, by: source.mask)
    case .loadImmediate(let destination, _): replace(destination, by: 0)
    case .load(let size, let destination, let address),
      .loadSignExtending(let size, let destination, let address),
      .loadAcquire(let size, let destination, let address):
      goBack(overLoadOf: size, into: destination, from: address)
    case .store(let size, let operand, let address): goBack(overStoreOf: size, operand.mask, to: address)
    case .storeRelease(let size, let source, let address): goBack(overStoreOf: size, source.mask, to: address)
    case .atomic(let operation, let width, let source, let address):
      goBack(overAtomic: operation, width, source, at: address)
    case .negate, .swap, .jump, .jumpLong, .branch, .mayGoto, .call, .exit: break
    }
  }

  private mutating func replace(_ destination: Register, by sources: UInt16) {
    guard contains(destination) else { return }
    registers = registers & ~destination.mask | sources
  }

  private mutating func goBack(overLoadOf size: Size, into destination: Register, from address: Address) {
    let isDemanded = contains(destination)
    registers &= ~destination.mask
    if let touched = FrameSlots.touched(by: address, size.byteCount) {
      if isDemanded { slots |= touched }
    } else {
      registers |= address.base.mask
    }
  }

  private mutating func goBack(overStoreOf size: Size, _ sources: UInt16, to address: Address) {
    guard let touched = FrameSlots.touched(by: address, size.byteCount) else {
      registers |= address.base.mask
      return
    }
    if slots & touched != 0 { registers |= sources }
    if FrameSlots.coversSlot(address, size.byteCount) { slots &= ~touched }
  }

  private mutating func goBack(
    overAtomic operation: AtomicOperation,
    _ width: Width,
    _ source: Register,
    at address: Address
  ) {
    let result = Instruction.atomic(operation, width, source, at: address).writtenRegister
    let isDemanded = result.map(contains) ?? false
    if let result { registers &= ~result.mask }
    guard let touched = FrameSlots.touched(by: address, width.bitCount / 8) else {
      registers |= address.base.mask
      return
    }
    if slots & touched != 0 { registers |= source.mask }
    if isDemanded { slots |= touched }
  }
}
