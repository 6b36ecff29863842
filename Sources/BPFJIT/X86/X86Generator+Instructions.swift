import BPF
import BPFRuntime

// One instruction each: moves, arithmetic, memory, branches.

extension X86Generator {
  mutating func write(_ instruction: Instruction, at slot: Int) throws(CompilationError) {
    if instruction.writtenRegister == .r1 { knownMap = nil }
    switch instruction {
    case .alu(let operation, let width, let destination, let operand):
      write(operation, width, destination, operand)
    case .negate(let width, let register): assembler.negate(width, X86Register(register))
    case .moveSignExtending(let size, let width, let destination, let source):
      assembler.moveExtendingSign(size, width, X86Register(destination), X86Register(source))
    case .swap(let swap, let size, let register): write(swap, size, X86Register(register))
    case .load(let size, let destination, let address), .loadAcquire(let size, let destination, let address):
      if let field = source.contextField(at: slot) {
        loadContext(field, X86Register(destination))
      } else {
        assembler.load(size, X86Register(destination), X86Memory(address))
      }
    case .loadSignExtending(let size, let destination, let address):
      assembler.loadExtendingSign(size, X86Register(destination), X86Memory(address))
    case .store(let size, .register(let source), let address):
      assembler.store(size, X86Register(source), X86Memory(address))
    case .store(let size, .immediate(let value), let address):
      assembler.store(size, value, X86Memory(address))
    case .storeRelease(let size, let source, let address):
      assembler.store(size, X86Register(source), X86Memory(address))
    case .atomic(let operation, let width, let source, let address):
      write(operation, width, X86Register(source), X86Memory(address))
    case .loadImmediate(let destination, let value):
      let bits = try source.constant(value, at: slot)
      assembler.move(X86Register(destination), bits)
      if destination == .r1, case .map(let index) = value { knownMap = Int(index) }
    case .jump(let offset): try jump(from: slot, to: slot + 1 + Int(offset))
    case .jumpLong(let offset): try jump(from: slot, to: slot + 1 + Int(offset))
    case .branch(let comparison, let width, let register, let operand, let offset):
      let target = try label(slot + 1 + Int(offset))
      compare(comparison, width, X86Register(register), operand)
      assembler.jump(if: X86Condition(comparison), to: target)
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
    assembler.jump(to: try label(target))
  }

  private mutating func writeExit(at slot: Int) {
    guard let exit else {
      writeEpilogue()
      return assembler.ret()
    }
    if source.instructions[slot + 1..<function.end].contains(where: { $0 != nil }) {
      assembler.jump(to: exit)
    }
  }

  /// A field of the context.
  private mutating func loadContext(_ field: Int, _ destination: X86Register) {
    if let position = loop?.position(of: field) { return load(position, destination) }
    let place = X86Memory(Self.state, MachineLayout.context + Int32(8 * field))
    assembler.load(.doubleWord, destination, place)
  }

  // MARK: Arithmetic

  private mutating func write(
    _ operation: ALU,
    _ width: Width,
    _ destination: Register,
    _ operand: Operand
  ) {
    let register = X86Register(destination)
    switch operation {
    case .add: write(.add, width, register, operand)
    case .sub: write(.sub, width, register, operand)
    case .or: write(.or, width, register, operand)
    case .and: write(.and, width, register, operand)
    case .xor: write(.xor, width, register, operand)
    case .mov:
      switch operand {
      case .register(let source): assembler.move(width, register, X86Register(source))
      case .immediate(let value):
        let bits = width == .word ? UInt64(UInt32(bitPattern: value)) : UInt64(bitPattern: Int64(value))
        assembler.move(register, bits)
      }
    case .mul:
      switch operand {
      case .register(let source): assembler.multiply(width, register, X86Register(source))
      case .immediate(let value): assembler.multiply(width, register, by: value)
      }
    case .lsh: shift(.left, width, register, operand)
    case .rsh: shift(.right, width, register, operand)
    case .arsh: shift(.arithmeticRight, width, register, operand)
    case .div, .mod, .sdiv, .smod: divide(operation, width, register, operand)
    }
  }

  private mutating func write(
    _ operation: X86Arithmetic,
    _ width: Width,
    _ register: X86Register,
    _ operand: Operand
  ) {
    switch operand {
    case .register(let source): assembler.arithmetic(operation, width, register, X86Register(source))
    case .immediate(let value): assembler.arithmetic(operation, width, register, value)
    }
  }

  private mutating func shift(_ shift: X86Shift, _ width: Width, _ register: X86Register, _ operand: Operand)
  {
    switch operand {
    case .immediate(let value):
      let count = UInt8(truncatingIfNeeded: value) & UInt8(width.bitCount - 1)
      if count > 0 {
        assembler.shift(shift, width, register, by: count)
      } else if width == .word {
        assembler.move(.word, register, register)
      }
    case .register(let source):
      let count = X86Register(source)
      if features.shiftsByRegister {
        assembler.shift(shift, width, register, by: count)
      } else if count == .rcx {
        assembler.shiftByCL(shift, width, register)
      } else if register == .rcx {
        assembler.move(.doubleWord, Self.scratch2, .rcx)
        assembler.move(.doubleWord, .rcx, count)
        assembler.shiftByCL(shift, width, Self.scratch2)
        assembler.move(width, .rcx, Self.scratch2)
      } else {
        assembler.move(.doubleWord, Self.scratch2, .rcx)
        assembler.move(.doubleWord, .rcx, count)
        assembler.shiftByCL(shift, width, register)
        assembler.move(.doubleWord, .rcx, Self.scratch2)
      }
    }
  }

  /// The machine divides only `rdx:rax`, and traps where BPF has an answer.
  private mutating func divide(
    _ operation: ALU,
    _ width: Width,
    _ register: X86Register,
    _ operand: Operand
  ) {
    let isQuotient = operation == .div || operation == .sdiv
    let isSigned = operation == .sdiv || operation == .smod
    if !isSigned, case .immediate(let value) = operand, value > 0, value.nonzeroBitCount == 1 {
      if isQuotient {
        shift(.right, width, register, .immediate(Int32(value.trailingZeroBitCount)))
      } else {
        assembler.arithmetic(.and, width, register, value - 1)
      }
      return
    }
    let divisor = Self.scratch
    switch operand {
    case .register(let source): assembler.move(.doubleWord, divisor, X86Register(source))
    case .immediate(let value): assembler.move(divisor, UInt64(bitPattern: Int64(value)))
    }
    let isZero = assembler.makeLabel(), isMinusOne = assembler.makeLabel(), done = assembler.makeLabel()
    assembler.test(width, divisor, divisor)
    assembler.jump(if: .equal, to: isZero)
    if isSigned {
      assembler.arithmetic(.compare, width, divisor, -1)
      assembler.jump(if: .equal, to: isMinusOne)
    }
    assembler.move(.doubleWord, Self.scratch2, .rax)
    assembler.move(.doubleWord, Self.scratch3, .rdx)
    if register != .rax { assembler.move(.doubleWord, .rax, register) }
    if isSigned {
      assembler.extendSignIntoDX(width)
      assembler.divideSigned(width, by: divisor)
    } else {
      assembler.arithmetic(.xor, .word, .rdx, .rdx)
      assembler.divide(width, by: divisor)
    }
    assembler.move(width, divisor, isQuotient ? .rax : .rdx)
    assembler.move(.doubleWord, .rax, Self.scratch2)
    assembler.move(.doubleWord, .rdx, Self.scratch3)
    assembler.move(.doubleWord, register, divisor)
    assembler.jump(to: done)
    if isSigned {
      assembler.place(isMinusOne)
      if isQuotient {
        assembler.negate(width, register)
      } else {
        assembler.arithmetic(.xor, .word, register, register)
      }
      assembler.jump(to: done)
    }
    assembler.place(isZero)
    if isQuotient {
      assembler.arithmetic(.xor, .word, register, register)
    } else if width == .word {
      assembler.move(.word, register, register)
    }
    assembler.place(done)
  }

  private mutating func write(_ swap: ByteSwap, _ size: Size, _ register: X86Register) {
    switch (swap, size) {
    case (_, .byte): assembler.moveExtendingZero(.byte, register, register)
    case (.toLittleEndian, .doubleWord): break
    case (.toLittleEndian, _): assembler.moveExtendingZero(size, register, register)
    case (_, .half):
      assembler.swapLowBytes(register)
      assembler.moveExtendingZero(.half, register, register)
    case (_, .word): assembler.swapBytes(.word, register)
    case (_, .doubleWord): assembler.swapBytes(.doubleWord, register)
    }
  }

  // MARK: Branches

  private mutating func compare(
    _ comparison: Comparison,
    _ width: Width,
    _ register: X86Register,
    _ operand: Operand
  ) {
    switch (comparison, operand) {
    case (.set, .register(let other)): assembler.test(width, register, X86Register(other))
    case (.set, .immediate(let value)): assembler.test(width, register, value)
    case (.eq, .immediate(0)), (.ne, .immediate(0)): assembler.test(width, register, register)
    case (_, .register(let other)):
      assembler.arithmetic(.compare, width, register, X86Register(other))
    case (_, .immediate(let value)): assembler.arithmetic(.compare, width, register, value)
    }
  }

  // MARK: Atomics

  private mutating func write(
    _ operation: AtomicOperation,
    _ width: Width,
    _ source: X86Register,
    _ memory: X86Memory
  ) {
    switch operation {
    case .add(fetch: false): assembler.atomic(.add, width, memory, source)
    case .or(fetch: false): assembler.atomic(.or, width, memory, source)
    case .and(fetch: false): assembler.atomic(.and, width, memory, source)
    case .xor(fetch: false): assembler.atomic(.xor, width, memory, source)
    case .add(fetch: true): assembler.atomicFetchAdd(width, memory, source)
    case .or(fetch: true): fetch(.or, width, source, memory)
    case .and(fetch: true): fetch(.and, width, source, memory)
    case .xor(fetch: true): fetch(.xor, width, source, memory)
    case .exchange: assembler.atomicExchange(width, memory, source)
    case .compareExchange:
      assembler.atomicCompareExchange(width, memory, source)
      if width == .word { assembler.move(.word, .rax, .rax) }
    }
  }

  /// What the machine has no instruction for is tried until nobody came between.
  private mutating func fetch(
    _ operation: X86Arithmetic,
    _ width: Width,
    _ source: X86Register,
    _ memory: X86Memory
  ) {
    let kept = Self.scratch2, new = Self.scratch3
    assembler.move(.doubleWord, kept, .rax)
    var place = memory
    if memory.base == .rax {
      place.base = Self.scratch
      assembler.move(.doubleWord, Self.scratch, .rax)
    }
    let operand = source == .rax ? kept : source
    assembler.load(width == .word ? .word : .doubleWord, .rax, place)
    let again = assembler.makeLabel()
    assembler.place(again)
    assembler.move(.doubleWord, new, .rax)
    assembler.arithmetic(operation, width, new, operand)
    assembler.atomicCompareExchange(width, place, new)
    assembler.jump(if: .notEqual, to: again)
    if source == .rax {
      if width == .word { assembler.move(.word, .rax, .rax) }
    } else {
      assembler.move(width, source, .rax)
      assembler.move(.doubleWord, .rax, kept)
    }
  }
}

extension X86Condition {
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
