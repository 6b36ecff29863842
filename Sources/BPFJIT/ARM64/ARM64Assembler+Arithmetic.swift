import BPF

// Moves and arithmetic between registers.

extension ARM64Assembler {
  // MARK: Moves

  /// Not for the stack pointer.
  mutating func move(_ width: Width, _ destination: ARM64Register, _ source: ARM64Register) {
    arithmetic(.or, width, destination, .zero, source)
  }

  /// Copies the stack pointer, or into it.
  mutating func moveStackPointer(_ destination: ARM64Register, _ source: ARM64Register) {
    emit(0x9100_0000 | source.number << 5 | destination.number)
  }

  /// A constant, in as few instructions as make it; the flags stay.
  mutating func move(_ destination: ARM64Register, _ value: UInt64) {
    // A move into the lower half clears the upper one.
    let width: Width = value >> 32 == 0 ? .word : .doubleWord
    let places = stride(from: 0, to: UInt64(width.bitCount), by: 16)
    let zeros = places.count { value >> $0 & 0xFFFF == 0 }
    let ones = places.count { value >> $0 & 0xFFFF == 0xFFFF }
    let common: UInt64 = ones > zeros ? 0xFFFF : 0
    if width.bitCount / 16 - max(ones, zeros) > 1, let bits = ARM64Immediate.logical(value, width) {
      return emit(0x3200_0000 | wide(width) | bits | ARM64Register.zero.number << 5 | destination.number)
    }
    var opcode: UInt32 = common == 0 ? 0x5280_0000 : 0x1280_0000
    for place in places {
      let piece = value >> place & 0xFFFF
      if piece == common { continue }
      let bits = opcode == 0x1280_0000 ? piece ^ 0xFFFF : piece
      emit(opcode | wide(width) | UInt32(place / 16) << 21 | UInt32(bits) << 5 | destination.number)
      opcode = 0x7280_0000
    }
    // Nothing but zeros, or nothing but ones.
    if opcode != 0x7280_0000 { emit(opcode | wide(width) | destination.number) }
  }

  /// Zero-extends the low bytes of a register into another.
  mutating func moveExtendingZero(_ size: Size, _ destination: ARM64Register, _ source: ARM64Register) {
    switch size {
    case .byte, .half: bitField(0x5300_0000, .word, destination, source, 0, UInt32(size.bitCount) - 1)
    case .word: move(.word, destination, source)
    case .doubleWord: move(.doubleWord, destination, source)
    }
  }

  /// Sign-extends the low bytes of a register into another, which gets 64 or 32 bits.
  mutating func moveExtendingSign(
    _ size: Size,
    _ width: Width,
    _ destination: ARM64Register,
    _ source: ARM64Register
  ) {
    if size.bitCount >= width.bitCount { return move(width, destination, source) }
    bitField(0x1300_0000, width, destination, source, 0, UInt32(size.bitCount) - 1)
  }

  /// Extends the low bits of a register, at least one of them, into 64.
  mutating func extend(
    isSigned: Bool,
    _ destination: ARM64Register,
    _ source: ARM64Register,
    bitCount: UInt32
  ) {
    bitField(isSigned ? 0x1300_0000 : 0x5300_0000, .doubleWord, destination, source, 0, bitCount - 1)
  }

  // MARK: Arithmetic

  mutating func arithmetic(
    _ operation: ARM64Arithmetic,
    _ width: Width,
    _ destination: ARM64Register,
    _ first: ARM64Register,
    _ second: ARM64Register
  ) {
    let opcode: UInt32 =
      switch operation {
      case .add: 0x0B00_0000
      case .sub: 0x4B00_0000
      case .and: 0x0A00_0000
      case .or: 0x2A00_0000
      case .xor: 0x4A00_0000
      }
    emit(opcode, width, destination, first, second)
  }

  /// The constant is sign-extended.
  mutating func arithmetic(
    _ operation: ARM64Arithmetic,
    _ width: Width,
    _ destination: ARM64Register,
    _ source: ARM64Register,
    _ value: Int32
  ) {
    switch operation {
    case .add: add(0x1100_0000, 0x5100_0000, 0x0B00_0000, width, destination, source, value)
    case .sub: add(0x5100_0000, 0x1100_0000, 0x4B00_0000, width, destination, source, value)
    case .and: logical(0x1200_0000, 0x0A00_0000, width, destination, source, value)
    case .or: logical(0x3200_0000, 0x2A00_0000, width, destination, source, value)
    case .xor: logical(0x5200_0000, 0x4A00_0000, width, destination, source, value)
    }
  }

  mutating func compare(_ width: Width, _ first: ARM64Register, _ second: ARM64Register) {
    emit(0x6B00_0000, width, .zero, first, second)
  }

  mutating func compare(_ width: Width, _ register: ARM64Register, _ value: Int32) {
    add(0x7100_0000, 0x3100_0000, 0x6B00_0000, width, .zero, register, value)
  }

  /// Sets the flags as `and` would.
  mutating func test(_ width: Width, _ first: ARM64Register, _ second: ARM64Register) {
    emit(0x6A00_0000, width, .zero, first, second)
  }

  /// Sets the flags as `and` would.
  mutating func test(_ width: Width, _ register: ARM64Register, _ value: Int32) {
    logical(0x7200_0000, 0x6A00_0000, width, .zero, register, value)
  }

  /// Takes a constant off, and sets the flags; the constant has 12 bits.
  mutating func subtractSettingFlags(
    _ width: Width,
    _ destination: ARM64Register,
    _ source: ARM64Register,
    _ value: UInt32
  ) {
    emit(0x7100_0000 | wide(width) | value << 10 | source.number << 5 | destination.number)
  }

  /// `destination = first + (second << count)`, 64 bits.
  mutating func add(
    _ destination: ARM64Register,
    _ first: ARM64Register,
    _ second: ARM64Register,
    shifted count: UInt32
  ) {
    emit(0x0B00_0000 | count << 10, .doubleWord, destination, first, second)
  }

  /// The complement.
  mutating func complement(_ width: Width, _ destination: ARM64Register, _ source: ARM64Register) {
    emit(0x2A20_0000, width, destination, .zero, source)
  }

  /// `destination = first * second + third`.
  mutating func multiplyAdd(
    _ width: Width,
    _ destination: ARM64Register,
    _ first: ARM64Register,
    _ second: ARM64Register,
    _ third: ARM64Register
  ) {
    emit(0x1B00_0000 | third.number << 10, width, destination, first, second)
  }

  /// `destination = third - first * second`.
  mutating func multiplySubtract(
    _ width: Width,
    _ destination: ARM64Register,
    _ first: ARM64Register,
    _ second: ARM64Register,
    _ third: ARM64Register
  ) {
    emit(0x1B00_8000 | third.number << 10, width, destination, first, second)
  }

  /// The quotient, 0 where the divisor is; the least number divided by -1 is itself.
  mutating func divide(
    isSigned: Bool,
    _ width: Width,
    _ destination: ARM64Register,
    _ first: ARM64Register,
    _ second: ARM64Register
  ) {
    emit(isSigned ? 0x1AC0_0C00 : 0x1AC0_0800, width, destination, first, second)
  }

  /// Shifts by the low bits of a register.
  mutating func shift(
    _ shift: ARM64Shift,
    _ width: Width,
    _ destination: ARM64Register,
    _ source: ARM64Register,
    by count: ARM64Register
  ) {
    emit(0x1AC0_2000 | shift.rawValue << 10, width, destination, source, count)
  }

  /// Shifts by less than the width.
  mutating func shift(
    _ shift: ARM64Shift,
    _ width: Width,
    _ destination: ARM64Register,
    _ source: ARM64Register,
    by count: UInt32
  ) {
    let last = UInt32(width.bitCount) - 1
    switch shift {
    case .left: bitField(0x5300_0000, width, destination, source, (last + 1 - count) & last, last - count)
    case .right: bitField(0x5300_0000, width, destination, source, count, last)
    case .arithmeticRight: bitField(0x1300_0000, width, destination, source, count, last)
    }
  }

  /// Reverses the bytes of 4 or 8.
  mutating func swapBytes(_ width: Width, _ destination: ARM64Register, _ source: ARM64Register) {
    emit((width == .word ? 0x5AC0_0800 : 0xDAC0_0C00) | source.number << 5 | destination.number)
  }

  /// Reverses the bytes of each two of the low four.
  mutating func swapBytesInHalves(_ destination: ARM64Register, _ source: ARM64Register) {
    emit(0x5AC0_0400 | source.number << 5 | destination.number)
  }

  /// The first where the condition holds, else the second.
  mutating func select(
    _ width: Width,
    _ destination: ARM64Register,
    _ first: ARM64Register,
    if condition: ARM64Condition,
    else second: ARM64Register
  ) {
    emit(0x1A80_0000 | condition.rawValue << 12, width, destination, first, second)
  }

  // MARK: Encoding

  private mutating func emit(
    _ opcode: UInt32,
    _ width: Width,
    _ destination: ARM64Register,
    _ first: ARM64Register,
    _ second: ARM64Register
  ) {
    emit(opcode | wide(width) | second.number << 16 | first.number << 5 | destination.number)
  }

  private mutating func bitField(
    _ opcode: UInt32,
    _ width: Width,
    _ destination: ARM64Register,
    _ source: ARM64Register,
    _ rotation: UInt32,
    _ last: UInt32
  ) {
    let size: UInt32 = width == .doubleWord ? 1 << 31 | 1 << 22 : 0
    emit(opcode | size | rotation << 16 | last << 10 | source.number << 5 | destination.number)
  }

  /// Adds a constant by an instruction, takes its negative off by the opposite one, or has it in a register.
  private mutating func add(
    _ opcode: UInt32,
    _ opposite: UInt32,
    _ withRegister: UInt32,
    _ width: Width,
    _ destination: ARM64Register,
    _ source: ARM64Register,
    _ value: Int32
  ) {
    let places = wide(width) | source.number << 5 | destination.number
    if let bits = ARM64Immediate.arithmetic(UInt64(value.magnitude)) {
      emit((value < 0 ? opposite : opcode) | bits | places)
    } else {
      move(Self.scratch, constant(value, width))
      emit(withRegister, width, destination, source, Self.scratch)
    }
  }

  private mutating func logical(
    _ opcode: UInt32,
    _ withRegister: UInt32,
    _ width: Width,
    _ destination: ARM64Register,
    _ source: ARM64Register,
    _ value: Int32
  ) {
    if let bits = ARM64Immediate.logical(constant(value, width), width) {
      emit(opcode | bits | wide(width) | source.number << 5 | destination.number)
    } else {
      move(Self.scratch, constant(value, width))
      emit(withRegister, width, destination, source, Self.scratch)
    }
  }

  /// A constant with its sign extended to the width.
  func constant(_ value: Int32, _ width: Width) -> UInt64 {
    width == .word ? UInt64(UInt32(bitPattern: value)) : UInt64(bitPattern: Int64(value))
  }
}
