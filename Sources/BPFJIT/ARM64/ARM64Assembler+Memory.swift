import BPF

// Memory: loads, stores, pairs on the stack, atomics.

extension ARM64Assembler {
  /// Loads and zero-extends.
  mutating func load(_ size: Size, _ destination: ARM64Register, _ memory: ARM64Memory) {
    access(1, size, destination, memory)
  }

  /// Loads and sign-extends to 64 bits.
  mutating func loadExtendingSign(_ size: Size, _ destination: ARM64Register, _ memory: ARM64Memory) {
    access(size == .doubleWord ? 1 : 2, size, destination, memory)
  }

  mutating func store(_ size: Size, _ source: ARM64Register, _ memory: ARM64Memory) {
    access(0, size, source, memory)
  }

  /// Stores at `base + index * size`.
  mutating func store(
    _ size: Size,
    _ source: ARM64Register,
    _ base: ARM64Register,
    index: ARM64Register
  ) {
    let isScaled: UInt32 = size == .byte ? 0 : 1 << 12
    let places = index.number << 16 | base.number << 5 | source.number
    emit(UInt32(size.rawValue) << 30 | 0x3820_6800 | isScaled | places)
  }

  /// Asks for a place in memory to be brought near.
  mutating func prefetch(_ memory: ARM64Memory) { access(2, .doubleWord, .x0, memory) }

  /// `destination = base + displacement`.
  mutating func loadAddress(_ destination: ARM64Register, _ memory: ARM64Memory) {
    arithmetic(.add, .doubleWord, destination, memory.base, memory.displacement)
  }

  private mutating func access(
    _ operation: UInt32,
    _ size: Size,
    _ register: ARM64Register,
    _ memory: ARM64Memory
  ) {
    let places = UInt32(size.rawValue) << 30 | operation << 22 | memory.base.number << 5 | register.number
    let distance = memory.displacement, scale = Int32(size.rawValue)
    if distance >= 0, distance < 4096 << scale, distance & (1 << scale - 1) == 0 {
      emit(0x3900_0000 | UInt32(distance >> scale) << 10 | places)
    } else if distance >= -256, distance < 256 {
      emit(0x3800_0000 | (UInt32(bitPattern: distance) & 0x1FF) << 12 | places)
    } else {
      move(Self.scratch, constant(distance, .doubleWord))
      emit(0x3820_6800 | Self.scratch.number << 16 | places)
    }
  }

  // MARK: The stack

  /// Puts two registers below what is on the stack, which stays aligned.
  mutating func push(_ first: ARM64Register, _ second: ARM64Register) {
    emit(0xA9BF_0000 | pair(first, second))
  }

  /// Takes two registers off the stack.
  mutating func pop(_ first: ARM64Register, _ second: ARM64Register) {
    emit(0xA8C1_0000 | pair(first, second))
  }

  private func pair(_ first: ARM64Register, _ second: ARM64Register) -> UInt32 {
    second.number << 10 | ARM64Register.stackPointer.number << 5 | first.number
  }

  // MARK: In order

  /// Loads and zero-extends, before all that follows.
  mutating func loadAcquire(_ size: Size, _ destination: ARM64Register, _ base: ARM64Register) {
    emit(UInt32(size.rawValue) << 30 | 0x08DF_FC00 | base.number << 5 | destination.number)
  }

  /// Stores after all that came before.
  mutating func storeRelease(_ size: Size, _ source: ARM64Register, _ base: ARM64Register) {
    emit(UInt32(size.rawValue) << 30 | 0x089F_FC00 | base.number << 5 | source.number)
  }

  /// Lets nothing pass, in either direction.
  mutating func barrier() { emit(0xD503_3BBF) }

  // MARK: Atomics

  /// Loads, and watches the place.
  mutating func loadExclusive(_ width: Width, _ destination: ARM64Register, _ base: ARM64Register) {
    emit(0x885F_7C00 | exclusive(width) | base.number << 5 | destination.number)
  }

  /// Stores where nobody else has since the place was watched; `failed` gets 0 then, else 1.
  mutating func storeExclusive(
    isRelease: Bool,
    _ width: Width,
    failed: ARM64Register,
    _ source: ARM64Register,
    _ base: ARM64Register
  ) {
    let opcode: UInt32 = isRelease ? 0x8800_FC00 : 0x8800_7C00
    emit(opcode | exclusive(width) | failed.number << 16 | base.number << 5 | source.number)
  }

  /// Changes memory in one instruction (LSE); `old` gets what was there.
  mutating func atomic(
    _ operation: ARM64Atomic,
    isOrdered: Bool,
    _ width: Width,
    _ source: ARM64Register,
    old: ARM64Register,
    _ base: ARM64Register
  ) {
    let order: UInt32 = isOrdered ? 3 << 22 : 0
    let places = source.number << 16 | base.number << 5 | old.number
    emit(0xB820_0000 | exclusive(width) | order | operation.rawValue << 12 | places)
  }

  /// Stores in one instruction, in order; `old` gets what was there.
  mutating func atomicExchange(
    _ width: Width,
    _ source: ARM64Register,
    old: ARM64Register,
    _ base: ARM64Register
  ) {
    emit(0xB8E0_8000 | exclusive(width) | source.number << 16 | base.number << 5 | old.number)
  }

  /// Stores in one instruction, in order, where memory holds what `expected` does, which gets what was there.
  mutating func atomicCompareExchange(
    _ width: Width,
    expected: ARM64Register,
    _ source: ARM64Register,
    _ base: ARM64Register
  ) {
    emit(0x88E0_FC00 | exclusive(width) | expected.number << 16 | base.number << 5 | source.number)
  }

  /// The bit that says 8 bytes, not 4.
  private func exclusive(_ width: Width) -> UInt32 { width == .doubleWord ? 1 << 30 : 0 }
}
