extension [Instruction] {
  /// The bytes of these instructions, little endian, 8 a slot.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * EncodedInstruction.byteCount)
    for slot in encodedSlots() { bytes += slot.bytes }
    return bytes
  }

  /// The slots of these instructions.
  public func encodedSlots() -> [EncodedInstruction] { flatMap { $0.encodedSlots() } }
}

extension Instruction {
  /// The slots of this instruction: two for a 64-bit immediate, else one.
  ///
  /// Never fails. An instruction that has no encoding, such as a sign extension from 64 bits, gives a slot that
  /// decoding and the kernel refuse.
  public func encodedSlots() -> [EncodedInstruction] {
    if case .loadImmediate(let destination, let value) = self {
      let (kind, low, high) = value.fields
      let opcode = Opcode(.load, .immediate, .doubleWord)
      let first = EncodedInstruction(opcode, destination, source: kind.rawValue, immediate: low)
      return [first, EncodedInstruction(opcode: 0, immediate: Int32(bitPattern: high))]
    }
    return [encodedSlot]
  }

  private var encodedSlot: EncodedInstruction {
    switch self {
    case .alu, .negate, .moveSignExtending, .swap, .addressSpaceCast: arithmeticSlot
    case .load, .loadSignExtending, .store, .atomic, .loadAcquire, .storeRelease: memorySlot
    case .jump, .jumpLong, .branch, .mayGoto, .call, .exit: jumpSlot
    case .loadImmediate: preconditionFailure("a 64-bit immediate takes two slots")
    }
  }

  private var arithmeticSlot: EncodedInstruction {
    switch self {
    case .alu(let operation, let width, let destination, let operand):
      let opcode = Opcode(.arithmetic(width), operation.operationBits, register: operand.isRegister)
      return EncodedInstruction(opcode, destination, operand, offset: operation.isSignedDivision ? 1 : 0)
    case .negate(let width, let destination):
      return EncodedInstruction(Opcode(.arithmetic(width), Opcode.Arithmetic.negate), destination)
    case .moveSignExtending(let size, let width, let destination, let source):
      let opcode = Opcode(.arithmetic(width), ALU.mov.operationBits, register: true)
      return EncodedInstruction(opcode, destination, .register(source), offset: Int16(size.bitCount))
    case .addressSpaceCast(let destination, let source, let spaces):
      let opcode = Opcode(.alu64, ALU.mov.operationBits, register: true)
      let immediate = Int32(bitPattern: spaces)
      return EncodedInstruction(opcode, destination, source: source.rawValue, offset: 1, immediate: immediate)
    case .swap(let kind, let size, let destination):
      let group: Opcode.Class = kind == .always ? .alu64 : .alu32
      let opcode = Opcode(group, Opcode.Arithmetic.byteSwap, register: kind == .toBigEndian)
      return EncodedInstruction(opcode, destination, immediate: Int32(size.bitCount))
    default: preconditionFailure("not arithmetic")
    }
  }

  private var memorySlot: EncodedInstruction {
    switch self {
    case .load(let size, let destination, let address):
      return EncodedInstruction(Opcode(.loadMemory, .memory, size), destination, from: address)
    case .loadSignExtending(let size, let destination, let address):
      return EncodedInstruction(Opcode(.loadMemory, .memorySignExtending, size), destination, from: address)
    case .store(let size, let operand, let address):
      let opcode = Opcode(operand.isRegister ? .storeRegister : .store, .memory, size)
      return EncodedInstruction(opcode, address.base, operand, offset: address.offset)
    case .atomic(let operation, let width, let source, let address):
      return .atomic(width.size, address.base, source, address.offset, operation.code)
    case .loadAcquire(let size, let destination, let address):
      return .atomic(size, destination, address.base, address.offset, AtomicOperation.loadAcquireCode)
    case .storeRelease(let size, let source, let address):
      return .atomic(size, address.base, source, address.offset, AtomicOperation.storeReleaseCode)
    default: preconditionFailure("no memory access")
    }
  }

  private var jumpSlot: EncodedInstruction {
    switch self {
    case .jump(let offset):
      return EncodedInstruction(opcode: Opcode(.jump64, Opcode.Jump.always).byte, offset: offset)
    case .jumpLong(let offset):
      return EncodedInstruction(opcode: Opcode(.jump32, Opcode.Jump.always).byte, immediate: offset)
    case .mayGoto(let offset):
      return EncodedInstruction(opcode: Opcode(.jump64, Opcode.Jump.conditional).byte, offset: offset)
    case .branch(let comparison, let width, let register, let operand, let offset):
      let group: Opcode.Class = width == .word ? .jump32 : .jump64
      let opcode = Opcode(group, comparison.operationBits, register: operand.isRegister)
      return EncodedInstruction(opcode, register, operand, offset: offset)
    case .call(let target): return target.slot
    case .exit: return EncodedInstruction(opcode: Opcode(.jump64, Opcode.Jump.exit).byte)
    default: preconditionFailure("no jump")
    }
  }
}

extension CallTarget {
  fileprivate var slot: EncodedInstruction {
    switch self {
    case .helper(let id): .call(.helper, immediate: Int32(bitPattern: id))
    case .local(let offset): .call(.local, immediate: offset)
    case .kernelFunction(let btfID, let module):
      .call(.kernelFunction, offset: module, immediate: btfID)
    case .register(let register):
      EncodedInstruction(Opcode(.jump64, Opcode.Jump.call, register: true), register)
    }
  }
}

extension Immediate64 {
  /// The source field and the two immediates.
  fileprivate var fields: (kind: ImmediateKind, low: Int32, high: UInt32) {
    switch self {
    case .value(let value):
      (.value, Int32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32))
    case .mapDescriptor(let descriptor): (.mapDescriptor, descriptor, 0)
    case .mapDescriptorValue(let descriptor, let offset): (.mapDescriptorValue, descriptor, offset)
    case .kernelVariable(let id, let module): (.kernelVariable, id, module)
    case .function(let offset): (.function, offset, 0)
    case .map(let index): (.map, index, 0)
    case .mapValue(let index, let offset): (.mapValue, index, offset)
    }
  }
}

extension Operand {
  fileprivate var isRegister: Bool { if case .register = self { true } else { false } }
}

extension Opcode.Class {
  fileprivate static func arithmetic(_ width: Width) -> Self { width == .word ? .alu32 : .alu64 }
}

extension EncodedInstruction {
  fileprivate init(
    _ opcode: Opcode,
    _ destination: Register,
    source: UInt8 = 0,
    offset: Int16 = 0,
    immediate: Int32 = 0
  ) {
    self.init(
      opcode: opcode.byte,
      destination: destination.rawValue,
      source: source,
      offset: offset,
      immediate: immediate
    )
  }

  fileprivate init(_ opcode: Opcode, _ destination: Register, _ operand: Operand, offset: Int16 = 0) {
    switch operand {
    case .register(let source): self.init(opcode, destination, source: source.rawValue, offset: offset)
    case .immediate(let value): self.init(opcode, destination, offset: offset, immediate: value)
    }
  }

  fileprivate init(_ opcode: Opcode, _ destination: Register, from address: Address) {
    self.init(opcode, destination, source: address.base.rawValue, offset: address.offset)
  }

  fileprivate static func atomic(
    _ size: Size,
    _ destination: Register,
    _ source: Register,
    _ offset: Int16,
    _ code: Int32
  ) -> Self {
    let opcode = Opcode(.storeRegister, .atomic, size)
    return Self(opcode, destination, source: source.rawValue, offset: offset, immediate: code)
  }

  fileprivate static func call(_ kind: CallKind, offset: Int16 = 0, immediate: Int32) -> Self {
    let opcode = Opcode(.jump64, Opcode.Jump.call)
    return Self(opcode, .r0, source: kind.rawValue, offset: offset, immediate: immediate)
  }
}
