import BPF
import BPFRuntime

// One instruction each: moves, arithmetic, memory, branches.

extension ARM64Generator {
  mutating func write(_ instruction: Instruction, at slot: Int) throws(CompilationError) {
    if instruction.writtenRegister == .r1 { knownMap = nil }
    switch instruction {
    case .alu(let operation, let width, let destination, let operand):
      write(operation, width, ARM64Register(destination), operand)
    case .negate(let width, let register):
      let register = ARM64Register(register)
      assembler.arithmetic(.sub, width, register, .zero, register)
    case .moveSignExtending(let size, let width, let destination, let source):
      assembler.moveExtendingSign(size, width, ARM64Register(destination), ARM64Register(source))
    case .swap(let swap, let size, let register): write(swap, size, ARM64Register(register))
    case .load(let size, let destination, let address):
      if let field = source.contextField(at: slot) {
        loadContext(field, ARM64Register(destination))
      } else {
        assembler.load(size, ARM64Register(destination), ARM64Memory(address))
      }
    case .loadAcquire(let size, let destination, let address):
      assembler.loadAcquire(size, ARM64Register(destination), place(of: address))
    case .loadSignExtending(let size, let destination, let address):
      assembler.loadExtendingSign(size, ARM64Register(destination), ARM64Memory(address))
    case .store(let size, .register(let source), let address):
      assembler.store(size, ARM64Register(source), ARM64Memory(address))
    case .store(let size, .immediate(let value), let address):
      let bits = assembler.constant(value, size == .doubleWord ? .doubleWord : .word)
      if bits != 0 { assembler.move(Self.scratch, bits) }
      assembler.store(size, bits == 0 ? .zero : Self.scratch, ARM64Memory(address))
    case .storeRelease(let size, let source, let address):
      assembler.storeRelease(size, ARM64Register(source), place(of: address))
    case .atomic(let operation, let width, let source, let address):
      write(operation, width, ARM64Register(source), at: place(of: address))
    case .loadImmediate(let destination, let value):
      let bits = try source.constant(value, at: slot)
      assembler.move(ARM64Register(destination), bits)
      if destination == .r1, case .map(let index) = value { knownMap = Int(index) }
    case .jump(let offset): try jump(from: slot, to: slot + 1 + Int(offset))
    case .jumpLong(let offset): try jump(from: slot, to: slot + 1 + Int(offset))
    case .branch(let comparison, let width, let register, let operand, let offset):
      let target = try label(slot + 1 + Int(offset))
      write(comparison, width, ARM64Register(register), operand, to: target)
    case .mayGoto(let offset): writeMayGoto(to: try label(slot + 1 + Int(offset)))
    case .call(let target):
      try write(target, at: slot)
      knownMap = nil
    case .addressSpaceCast:
      throw CompilationError(slot: slot, reason: "casts an arena address; there are no arenas here")
    case .exit: writeExit(at: slot)
    }
  }

  private mutating func jump(from slot: Int, to target: Int) throws(CompilationError) {
    // What lies between need not be there in machine code.
    if target > slot, source.instructions[slot + 1..<target].allSatisfy({ $0 == nil }) { return }
    assembler.branch(to: try label(target))
  }

  private mutating func writeExit(at slot: Int) {
    guard let loop else {
      writeEpilogue()
      return assembler.ret()
    }
    if source.instructions[slot + 1..<function.end].contains(where: { $0 != nil }) {
      assembler.branch(to: loop.next)
    }
  }

  /// A field of the context.
  private mutating func loadContext(_ field: Int, _ destination: ARM64Register) {
    if let position = loop?.position(of: field) { return load(position, destination) }
    let place = ARM64Memory(Self.state, MachineLayout.context + Int32(8 * field))
    assembler.load(.doubleWord, destination, place)
  }

  /// Writes an instruction and the one behind it together: whether it could.
  mutating func writePair(_ first: Instruction, at slot: Int) -> Bool {
    let next = slot + 1
    guard next < function.end, !source.isTarget[next], let second = source.instructions[next] else {
      return false
    }
    // A shift to the left and back again extends what is left.
    guard case .alu(.lsh, .doubleWord, let register, .immediate(let left)) = first,
      case .alu(let operation, .doubleWord, register, .immediate(left)) = second,
      operation == .rsh || operation == .arsh, left > 0, left < 64
    else { return false }
    let place = ARM64Register(register)
    assembler.extend(isSigned: operation == .arsh, place, place, bitCount: UInt32(64 - left))
    return true
  }

  /// A register that holds an address: instructions that keep an order know no distances.
  private mutating func place(of address: Address) -> ARM64Register {
    if address.offset == 0 { return ARM64Register(address.base) }
    assembler.loadAddress(Self.scratch, ARM64Memory(address))
    return Self.scratch
  }

  // MARK: Arithmetic

  private mutating func write(
    _ operation: ALU,
    _ width: Width,
    _ register: ARM64Register,
    _ operand: Operand
  ) {
    switch operation {
    case .add: arithmetic(.add, width, register, operand)
    case .sub: arithmetic(.sub, width, register, operand)
    case .or: arithmetic(.or, width, register, operand)
    case .and: arithmetic(.and, width, register, operand)
    case .xor: arithmetic(.xor, width, register, operand)
    case .mov:
      switch operand {
      case .register(let source): assembler.move(width, register, ARM64Register(source))
      case .immediate(let value): assembler.move(register, assembler.constant(value, width))
      }
    case .mul:
      if let count = Self.powerOfTwo(operand) {
        assembler.shift(.left, width, register, register, by: count)
      } else {
        assembler.multiplyAdd(width, register, register, second(operand, width), .zero)
      }
    case .lsh: shift(.left, width, register, operand)
    case .rsh: shift(.right, width, register, operand)
    case .arsh: shift(.arithmeticRight, width, register, operand)
    case .div:
      if let count = Self.powerOfTwo(operand) {
        assembler.shift(.right, width, register, register, by: count)
      } else {
        assembler.divide(isSigned: false, width, register, register, second(operand, width))
      }
    case .sdiv: assembler.divide(isSigned: true, width, register, register, second(operand, width))
    case .mod:
      if let count = Self.powerOfTwo(operand) {
        assembler.arithmetic(.and, width, register, register, Int32(1) << count - 1)
      } else {
        writeRemainder(isSigned: false, width, register, second(operand, width))
      }
    case .smod: writeRemainder(isSigned: true, width, register, second(operand, width))
    }
  }

  private mutating func arithmetic(
    _ operation: ARM64Arithmetic,
    _ width: Width,
    _ register: ARM64Register,
    _ operand: Operand
  ) {
    switch operand {
    case .register(let source):
      assembler.arithmetic(operation, width, register, register, ARM64Register(source))
    case .immediate(let value): assembler.arithmetic(operation, width, register, register, value)
    }
  }

  /// A register that holds an operand.
  private mutating func second(_ operand: Operand, _ width: Width) -> ARM64Register {
    switch operand {
    case .register(let source): return ARM64Register(source)
    case .immediate(let value):
      assembler.move(Self.scratch, assembler.constant(value, width))
      return Self.scratch
    }
  }

  /// Which bit is the only one of a positive constant.
  private static func powerOfTwo(_ operand: Operand) -> UInt32? {
    guard case .immediate(let value) = operand, value > 0, value.nonzeroBitCount == 1 else { return nil }
    return UInt32(value.trailingZeroBitCount)
  }

  private mutating func shift(
    _ shift: ARM64Shift,
    _ width: Width,
    _ register: ARM64Register,
    _ operand: Operand
  ) {
    switch operand {
    case .immediate(let value):
      let count = UInt32(bitPattern: value) & UInt32(width.bitCount - 1)
      assembler.shift(shift, width, register, register, by: count)
    case .register(let source):
      assembler.shift(shift, width, register, register, by: ARM64Register(source))
    }
  }

  /// What is left of a division: the machine's answers where there is no quotient lead to BPF's.
  private mutating func writeRemainder(
    isSigned: Bool,
    _ width: Width,
    _ register: ARM64Register,
    _ divisor: ARM64Register
  ) {
    assembler.divide(isSigned: isSigned, width, Self.scratch2, register, divisor)
    assembler.multiplySubtract(width, register, Self.scratch2, divisor, register)
  }

  private mutating func write(_ swap: ByteSwap, _ size: Size, _ register: ARM64Register) {
    switch (swap, size) {
    case (.toLittleEndian, .doubleWord): break
    case (_, .byte), (.toLittleEndian, _): assembler.moveExtendingZero(size, register, register)
    case (_, .half):
      assembler.swapBytesInHalves(register, register)
      assembler.moveExtendingZero(.half, register, register)
    case (_, .word): assembler.swapBytes(.word, register, register)
    case (_, .doubleWord): assembler.swapBytes(.doubleWord, register, register)
    }
  }

  // MARK: Branches

  private mutating func write(
    _ comparison: Comparison,
    _ width: Width,
    _ register: ARM64Register,
    _ operand: Operand,
    to target: ARM64Assembler.Label
  ) {
    switch (comparison, operand) {
    case (.eq, .immediate(0)): return assembler.branch(ifZero: register, width, to: target)
    case (.ne, .immediate(0)): return assembler.branch(ifNotZero: register, width, to: target)
    case (.set, .register(let other)): assembler.test(width, register, ARM64Register(other))
    case (.set, .immediate(let value)): assembler.test(width, register, value)
    case (_, .register(let other)): assembler.compare(width, register, ARM64Register(other))
    case (_, .immediate(let value)): assembler.compare(width, register, value)
    }
    assembler.branch(if: ARM64Condition(comparison), to: target)
  }
}

extension ARM64Condition {
  init(_ comparison: Comparison) {
    self =
      switch comparison {
      case .eq: .equal
      case .ne, .set: .notEqual
      case .gt: .above
      case .ge: .aboveOrEqual
      case .lt: .below
      case .le: .belowOrEqual
      case .sgt: .greater
      case .sge: .greaterOrEqual
      case .slt: .less
      case .sle: .lessOrEqual
      }
  }
}
