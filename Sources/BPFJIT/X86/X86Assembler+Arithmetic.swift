import BPF

// Arithmetic, and what does it in memory at once.

extension X86Assembler {
  mutating func arithmetic(
    _ operation: X86Arithmetic,
    _ width: Width,
    _ destination: X86Register,
    _ source: X86Register
  ) {
    emit(
      wide: width == .doubleWord,
      opcode: UInt32(operation.rawValue << 3 | 1),
      field: source.rawValue,
      register: destination
    )
  }

  mutating func arithmetic(
    _ operation: X86Arithmetic,
    _ width: Width,
    _ destination: X86Register,
    _ value: Int32
  ) {
    let wide = width == .doubleWord
    if let small = Int8(exactly: value) {
      emit(wide: wide, opcode: 0x83, field: operation.rawValue, register: destination)
      bytes.append(UInt8(bitPattern: small))
    } else {
      emit(wide: wide, opcode: 0x81, field: operation.rawValue, register: destination)
      bytes.append(little: value)
    }
  }

  mutating func arithmetic(
    _ operation: X86Arithmetic,
    _ width: Width,
    _ memory: X86Memory,
    _ value: Int8
  ) {
    emit(wide: width == .doubleWord, opcode: 0x83, field: operation.rawValue, memory: memory)
    bytes.append(UInt8(bitPattern: value))
  }

  /// Adds memory to a register.
  mutating func add(_ width: Width, _ register: X86Register, _ memory: X86Memory) {
    emit(wide: width == .doubleWord, opcode: 0x03, field: register.rawValue, memory: memory)
  }

  /// Compares a register with memory.
  mutating func compare(_ width: Width, _ register: X86Register, _ memory: X86Memory) {
    emit(wide: width == .doubleWord, opcode: 0x3B, field: register.rawValue, memory: memory)
  }

  /// Compares one byte of memory with a constant.
  mutating func compareByte(_ memory: X86Memory, _ value: UInt8) {
    emit(wide: false, opcode: 0x80, field: X86Arithmetic.compare.rawValue, memory: memory)
    bytes.append(value)
  }

  mutating func test(_ width: Width, _ a: X86Register, _ b: X86Register) {
    emit(wide: width == .doubleWord, opcode: 0x85, field: b.rawValue, register: a)
  }

  mutating func test(_ width: Width, _ register: X86Register, _ value: Int32) {
    emit(wide: width == .doubleWord, opcode: 0xF7, field: 0, register: register)
    bytes.append(little: value)
  }

  mutating func multiply(_ width: Width, _ destination: X86Register, _ source: X86Register) {
    emit(
      wide: width == .doubleWord,
      opcode: 0x0FAF,
      field: destination.rawValue,
      register: source
    )
  }

  mutating func multiply(_ width: Width, _ destination: X86Register, by value: Int32) {
    let wide = width == .doubleWord
    if let small = Int8(exactly: value) {
      emit(wide: wide, opcode: 0x6B, field: destination.rawValue, register: destination)
      bytes.append(UInt8(bitPattern: small))
    } else {
      emit(wide: wide, opcode: 0x69, field: destination.rawValue, register: destination)
      bytes.append(little: value)
    }
  }

  /// Divides `rdx:rax`, without a sign: the quotient goes to `rax`, the remainder to `rdx`.
  mutating func divide(_ width: Width, by divisor: X86Register) {
    emit(wide: width == .doubleWord, opcode: 0xF7, field: 6, register: divisor)
  }

  /// Divides `rdx:rax` with its sign.
  mutating func divideSigned(_ width: Width, by divisor: X86Register) {
    emit(wide: width == .doubleWord, opcode: 0xF7, field: 7, register: divisor)
  }

  /// Extends the sign of `rax` into `rdx`.
  mutating func extendSignIntoDX(_ width: Width) {
    if width == .doubleWord { bytes.append(0x48) }
    bytes.append(0x99)
  }

  mutating func negate(_ width: Width, _ register: X86Register) {
    emit(wide: width == .doubleWord, opcode: 0xF7, field: 3, register: register)
  }

  mutating func shift(_ shift: X86Shift, _ width: Width, _ register: X86Register, by count: UInt8) {
    emit(wide: width == .doubleWord, opcode: 0xC1, field: shift.rawValue, register: register)
    bytes.append(count)
  }

  /// Shifts by the low bits of `cl`.
  mutating func shiftByCL(_ shift: X86Shift, _ width: Width, _ register: X86Register) {
    emit(wide: width == .doubleWord, opcode: 0xD3, field: shift.rawValue, register: register)
  }

  /// Shifts by any register (`shlx`, `shrx`, `sarx` of BMI2).
  mutating func shift(
    _ shift: X86Shift,
    _ width: Width,
    _ register: X86Register,
    by count: X86Register
  ) {
    let prefix: UInt8 =
      switch shift {
      case .left: 1
      case .arithmeticRight: 2
      default: 3
      }
    let inverted: UInt8 = (register.isHigh ? 0 : 0x80) | 0x40 | (register.isHigh ? 0 : 0x20)
    bytes.append(0xC4)
    bytes.append(inverted | 2)
    bytes.append((width == .doubleWord ? 0x80 : 0) | (~count.rawValue & 15) << 3 | prefix)
    bytes.append(0xF7)
    bytes.append(0xC0 | register.low << 3 | register.low)
  }

  /// Reverses the bytes of 4 or 8.
  mutating func swapBytes(_ width: Width, _ register: X86Register) {
    let rex: UInt8 = (width == .doubleWord ? 8 : 0) | (register.isHigh ? 1 : 0)
    if rex != 0 { bytes.append(0x40 | rex) }
    bytes.append(0x0F)
    bytes.append(0xC8 | register.low)
  }

  /// Reverses the bytes of the low two; the others stay.
  mutating func swapLowBytes(_ register: X86Register) {
    emit(prefix: 0x66, wide: false, opcode: 0xC1, field: 0, register: register)
    bytes.append(8)
  }

  // MARK: Atomics

  mutating func atomic(
    _ operation: X86Arithmetic,
    _ width: Width,
    _ memory: X86Memory,
    _ source: X86Register
  ) {
    emit(
      prefix: 0xF0,
      wide: width == .doubleWord,
      opcode: UInt32(operation.rawValue << 3 | 1),
      field: source.rawValue,
      memory: memory
    )
  }

  /// Adds to memory; the register gets what was there.
  mutating func atomicFetchAdd(_ width: Width, _ memory: X86Memory, _ source: X86Register) {
    emit(
      prefix: 0xF0,
      wide: width == .doubleWord,
      opcode: 0x0FC1,
      field: source.rawValue,
      memory: memory
    )
  }

  mutating func atomicExchange(_ width: Width, _ memory: X86Memory, _ source: X86Register) {
    emit(wide: width == .doubleWord, opcode: 0x87, field: source.rawValue, memory: memory)
  }

  /// Stores the register where memory holds what `rax` does; else `rax` gets what it holds.
  mutating func atomicCompareExchange(_ width: Width, _ memory: X86Memory, _ source: X86Register) {
    emit(
      prefix: 0xF0,
      wide: width == .doubleWord,
      opcode: 0x0FB1,
      field: source.rawValue,
      memory: memory
    )
  }
}
