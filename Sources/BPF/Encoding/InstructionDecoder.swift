extension Instruction {
  /// The instructions in these bytes, little endian, as they stand in an object file or in hex.
  public static func decode(bytes: RawSpan) throws(DecodingError) -> [Instruction] {
    try decode([EncodedInstruction](parsing: bytes))
  }

  /// The instructions in these bytes.
  public static func decode(bytes: [UInt8]) throws(DecodingError) -> [Instruction] {
    try decode([EncodedInstruction](parsing: bytes.span))
  }

  /// The instructions in these slots.
  public static func decode(_ slots: [EncodedInstruction]) throws(DecodingError) -> [Instruction] {
    var result: [Instruction] = []
    result.reserveCapacity(slots.count)
    var slot = 0
    while slot < slots.count {
      let next = slot + 1 < slots.count ? slots[slot + 1] : nil
      let instruction = try Instruction(decoding: slots[slot], next: next, at: slot)
      result.append(instruction)
      slot += instruction.slotCount
    }
    return result
  }

  /// Decodes one instruction; a 64-bit immediate reads its second half from `next`.
  ///
  /// `slot` is only for the error to name. Every field that the instruction has no use for must be zero, as the
  /// kernel's verifier and RFC 9669 want it, so that encoding gives the same bytes again.
  public init(
    decoding code: EncodedInstruction,
    next: EncodedInstruction? = nil,
    at slot: Int = 0
  ) throws(DecodingError) {
    self = try InstructionDecoder(slot: slot, code: code, next: next).decode()
  }
}

/// Gives one slot its meaning; the only reader of opcodes.
struct InstructionDecoder {
  let slot: Int
  let code: EncodedInstruction
  let next: EncodedInstruction?

  private var opcode: Opcode { Opcode(code.opcode) }

  func decode() throws(DecodingError) -> Instruction {
    switch opcode.group {
    case .load: try load()
    case .loadMemory: try loadMemory()
    case .store: try store()
    case .storeRegister: try storeRegister()
    case .alu32: try arithmetic(.word)
    case .alu64: try arithmetic(.doubleWord)
    case .jump64: try jump(.doubleWord)
    case .jump32: try jump(.word)
    }
  }

  // MARK: Fields

  private func failure(_ reason: DecodingError.Reason) -> DecodingError { DecodingError(slot: slot, reason) }

  private func unknownOpcode() -> DecodingError { failure(.unknownOpcode(code.opcode)) }

  private func destination() throws(DecodingError) -> Register {
    try register(code.destination, .destination)
  }

  private func source() throws(DecodingError) -> Register { try register(code.source, .source) }

  private func register(_ number: UInt8, _ field: DecodingError.Field) throws(DecodingError) -> Register {
    guard let register = Register(rawValue: number) else {
      throw failure(.badRegister(field, number: number))
    }
    return register
  }

  private func value(of field: DecodingError.Field) -> Int32 {
    switch field {
    case .destination: Int32(code.destination)
    case .source: Int32(code.source)
    case .offset: Int32(code.offset)
    case .immediate: code.immediate
    case .nextImmediate: next?.immediate ?? 0
    }
  }

  private func reserved(_ field: DecodingError.Field, in instruction: String) -> DecodingError {
    failure(.reservedField(field, value: value(of: field), instruction: instruction))
  }

  private func requireZero(_ fields: DecodingError.Field..., in instruction: String) throws(DecodingError) {
    for field in fields where value(of: field) != 0 { throw reserved(field, in: instruction) }
  }

  /// The second operand; the field that the other form would use must be zero.
  private func operand(in instruction: String) throws(DecodingError) -> Operand {
    if opcode.usesRegister {
      try requireZero(.immediate, in: instruction)
      return .register(try source())
    }
    try requireZero(.source, in: instruction)
    return .immediate(code.immediate)
  }

  // MARK: Loads and stores

  private func load() throws(DecodingError) -> Instruction {
    switch opcode.mode {
    case .immediate where opcode.size == .doubleWord:
      return .loadImmediate(try destination(), try immediate64())
    case .packetAbsolute, .packetIndirect:
      let mode = opcode.mode == .packetAbsolute ? "BPF_ABS" : "BPF_IND"
      let size = ["BPF_B", "BPF_H", "BPF_W", "BPF_DW"][Int(opcode.size.rawValue)]
      throw failure(.legacyPacketLoad(name: "BPF_LD | \(mode) | \(size)"))
    default: throw unknownOpcode()
    }
  }

  private func immediate64() throws(DecodingError) -> Immediate64 {
    let name = "a 64-bit immediate"
    try requireZero(.offset, in: name)
    guard let next else { throw failure(.halfImmediate) }
    guard next.bits & 0xffff_ffff == 0 else {
      throw DecodingError(slot: slot + 1, .badSecondSlot)
    }
    guard let kind = ImmediateKind(rawValue: code.source) else {
      throw failure(.unknownImmediateKind(code.source))
    }
    let low = code.immediate
    let high = UInt32(bitPattern: next.immediate)
    switch kind {
    case .value: return .value(UInt64(high) << 32 | UInt64(UInt32(bitPattern: low)))
    case .mapDescriptor:
      try requireZero(.nextImmediate, in: "a map reference")
      return .mapDescriptor(low)
    case .mapDescriptorValue: return .mapDescriptorValue(low, offset: high)
    case .kernelVariable: return .kernelVariable(btfID: low, module: high)
    case .function:
      try requireZero(.nextImmediate, in: "a function's address")
      return .function(offset: low)
    case .map:
      try requireZero(.nextImmediate, in: "a map reference")
      return .map(index: low)
    case .mapValue: return .mapValue(index: low, offset: high)
    }
  }

  private func loadMemory() throws(DecodingError) -> Instruction {
    let size = opcode.size
    switch opcode.mode {
    case .memory:
      try requireZero(.immediate, in: "a load")
      return .load(size, try destination(), from: Address(try source(), code.offset))
    case .memorySignExtending where size != .doubleWord:
      try requireZero(.immediate, in: "a sign-extending load")
      return .loadSignExtending(size, try destination(), from: Address(try source(), code.offset))
    default: throw unknownOpcode()
    }
  }

  private func store() throws(DecodingError) -> Instruction {
    guard opcode.mode == .memory else { throw unknownOpcode() }
    try requireZero(.source, in: "a store of an immediate")
    return .store(opcode.size, .immediate(code.immediate), to: Address(try destination(), code.offset))
  }

  private func storeRegister() throws(DecodingError) -> Instruction {
    switch opcode.mode {
    case .memory:
      try requireZero(.immediate, in: "a store")
      return .store(opcode.size, .register(try source()), to: Address(try destination(), code.offset))
    case .atomic: return try atomic()
    default: throw unknownOpcode()
    }
  }

  private func atomic() throws(DecodingError) -> Instruction {
    let size = opcode.size
    switch code.immediate {
    case AtomicOperation.loadAcquireCode:
      return .loadAcquire(size, try destination(), from: Address(try source(), code.offset))
    case AtomicOperation.storeReleaseCode:
      return .storeRelease(size, try source(), to: Address(try destination(), code.offset))
    default: break
    }
    guard let operation = AtomicOperation(code: code.immediate) else {
      throw failure(.unknownAtomicOperation(code.immediate))
    }
    let address = Address(try destination(), code.offset)
    switch size {
    case .word: return .atomic(operation, .word, try source(), at: address)
    case .doubleWord: return .atomic(operation, .doubleWord, try source(), at: address)
    case .byte, .half: throw failure(.badAtomicSize(byteCount: size.byteCount))
    }
  }

  // MARK: Arithmetic

  private func arithmetic(_ width: Width) throws(DecodingError) -> Instruction {
    switch opcode.operation {
    case Opcode.Arithmetic.negate:
      guard !opcode.usesRegister else { throw unknownOpcode() }
      try requireZero(.source, .offset, .immediate, in: "neg")
      return .negate(width, try destination())
    case Opcode.Arithmetic.byteSwap: return try byteSwap(width)
    case ALU.mov.operationBits: return try move(width)
    default: break
    }
    let signed = code.offset == 1
    guard let plain = ALU(operationBits: opcode.operation, signed: false) else { throw unknownOpcode() }
    guard code.offset == 0 || signed, let operation = ALU(operationBits: opcode.operation, signed: signed)
    else {
      throw reserved(.offset, in: "\(plain)")
    }
    return .alu(operation, width, try destination(), try operand(in: "\(operation)"))
  }

  private func byteSwap(_ width: Width) throws(DecodingError) -> Instruction {
    guard width == .word || !opcode.usesRegister else { throw unknownOpcode() }
    try requireZero(.source, .offset, in: "a byte swap")
    let kind: ByteSwap = width == .doubleWord ? .always : opcode.usesRegister ? .toBigEndian : .toLittleEndian
    switch code.immediate {
    case 16: return .swap(kind, .half, try destination())
    case 32: return .swap(kind, .word, try destination())
    case 64: return .swap(kind, .doubleWord, try destination())
    default: throw reserved(.immediate, in: "a byte swap")
    }
  }

  private func move(_ width: Width) throws(DecodingError) -> Instruction {
    guard opcode.usesRegister, code.offset != 0 else {
      try requireZero(.offset, in: "mov")
      return .alu(.mov, width, try destination(), try operand(in: "mov"))
    }
    if width == .doubleWord, code.offset == 1 {
      guard code.immediate == 1 || code.immediate == 1 << 16 else {
        throw reserved(.immediate, in: "addr_space_cast")
      }
      let spaces = UInt32(bitPattern: code.immediate)
      return .addressSpaceCast(try destination(), from: try source(), spaces: spaces)
    }
    let size: Size
    switch code.offset {
    case 8: size = .byte
    case 16: size = .half
    case 32 where width == .doubleWord: size = .word
    default: throw reserved(.offset, in: "mov")
    }
    try requireZero(.immediate, in: "movsx")
    return .moveSignExtending(size, width, try destination(), from: try source())
  }

  // MARK: Jumps

  private func jump(_ width: Width) throws(DecodingError) -> Instruction {
    switch opcode.operation {
    case Opcode.Jump.always: return try unconditional(width)
    case Opcode.Jump.call where width == .doubleWord: return .call(try callTarget())
    case Opcode.Jump.exit where width == .doubleWord && !opcode.usesRegister:
      try requireZero(.destination, .source, .offset, .immediate, in: "exit")
      return .exit
    case Opcode.Jump.conditional where width == .doubleWord && !opcode.usesRegister:
      try requireZero(.destination, .source, .immediate, in: "may_goto")
      return .mayGoto(offset: code.offset)
    default: break
    }
    guard let comparison = Comparison(operationBits: opcode.operation) else { throw unknownOpcode() }
    return .branch(
      comparison,
      width,
      try destination(),
      try operand(in: "a conditional jump"),
      offset: code.offset
    )
  }

  private func unconditional(_ width: Width) throws(DecodingError) -> Instruction {
    guard !opcode.usesRegister else { throw unknownOpcode() }
    if width == .word {
      try requireZero(.destination, .source, .offset, in: "gotol")
      return .jumpLong(offset: code.immediate)
    }
    try requireZero(.destination, .source, .immediate, in: "goto")
    return .jump(offset: code.offset)
  }

  private func callTarget() throws(DecodingError) -> CallTarget {
    if opcode.usesRegister {
      try requireZero(.source, .offset, .immediate, in: "callx")
      return .register(try destination())
    }
    guard let kind = CallKind(rawValue: code.source) else { throw failure(.unknownCallKind(code.source)) }
    try requireZero(.destination, in: "call")
    if kind != .kernelFunction { try requireZero(.offset, in: "call") }
    switch kind {
    case .helper: return .helper(UInt32(bitPattern: code.immediate))
    case .local: return .local(offset: code.immediate)
    case .kernelFunction: return .kernelFunction(btfID: code.immediate, module: code.offset)
    }
  }
}
