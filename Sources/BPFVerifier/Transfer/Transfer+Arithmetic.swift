import BPF

// Arithmetic on numbers and on pointers.

extension Transfer {
  mutating func arithmetic(
    _ operation: ALU,
    _ width: Width,
    _ destination: Register,
    _ operand: Operand,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    if operation == .mov { return try move(width, destination, operand, &state, slot) }
    try requireInitialized(destination, state, slot)
    if case .register(let source) = operand { try requireInitialized(source, state, slot) }
    try requireWritable(destination, slot)
    try requireSensible(operation, width, operand, slot)
    let left = state[destination]
    // Wherever it leads, it leads into the arena.
    if left.kind == .arena { return }
    switch operand {
    case .immediate(let value):
      let constant = width == .word ? UInt64(UInt32(bitPattern: value)) : UInt64(bitPattern: Int64(value))
      if left.isPointer {
        let number = Scalar(constant: UInt64(bitPattern: Int64(value)))
        return try pointerArithmetic(
          operation,
          width,
          destination,
          pointer: left,
          number,
          isPointerLeft: true,
          &state,
          slot
        )
      }
      state[destination].scalar.apply(operation, width, Scalar(constant: constant))
      state[destination].isPrecise = false
      relink(destination, left, operation, width, constant: constant, &state)
    case .register(let source):
      let right = state[source]
      if right.isPointer {
        guard left.isPointer else {
          effects.demand(destination)
          return try pointerArithmetic(
            operation,
            width,
            destination,
            pointer: right,
            left.scalar,
            isPointerLeft: false,
            &state,
            slot
          )
        }
        guard operation == .sub else {
          throw pointerOperands(operation, destination, left, right, slot)
        }
        state[destination] = .unknown
        return
      }
      if left.isPointer {
        effects.demand(source)
        return try pointerArithmetic(
          operation,
          width,
          destination,
          pointer: left,
          right.scalar,
          isPointerLeft: true,
          &state,
          slot
        )
      }
      if left.isPrecise { effects.demand(source) }
      state[destination].scalar.apply(operation, width, right.scalar)
      relink(destination, left, operation, width, constant: right.scalar.constant, &state)
    }
  }

  /// A mask of all bits or none is followed as each of the two.
  mutating func splitMask(
    _ operation: ALU,
    _ width: Width,
    _ destination: Register,
    _ operand: Operand,
    _ state: inout MachineState,
    _ slot: Int,
    _ forks: inout [Fork]
  ) throws(Violation) {
    let number: Scalar
    switch operand {
    case .immediate(let value): number = Scalar(constant: UInt64(bitPattern: Int64(value)))
    case .register(let source):
      guard state[source].kind == .scalar else { return }
      number = state[source].scalar
    }
    guard state[destination].kind == .scalar,
      let parts = state[destination].scalar.split(before: operation, number)
    else { return }
    var other = state
    other[destination].scalar = parts.zero
    try arithmetic(operation, width, destination, operand, &other, slot)
    forks.append(Fork(slot: slot + 1, state: other, cause: .branch))
    state[destination].scalar = parts.ones
  }

  /// Keeps `r += constant` linked to the scalar that it was, once; ends every other link.
  private func relink(
    _ destination: Register,
    _ old: RegisterState,
    _ operation: ALU,
    _ width: Width,
    constant: UInt64?,
    _ state: inout MachineState
  ) {
    if old.id != 0, !old.isLinkedByOffset, let change = linkedChange(operation, width, constant),
      width == .doubleWord || old.scalar.maxU64 <= Size.word.largest
    {
      let flag = width == .word ? RegisterState.linkedByHalfOffset : RegisterState.linkedByOffset
      state[destination].id = old.id | flag
      state[destination].offset = change
    } else {
      state[destination].id = 0
      state[destination].offset = 0
    }
  }

  /// By how much `r += constant` or `r -= constant` changes a scalar, where that fits an offset.
  private func linkedChange(_ operation: ALU, _ width: Width, _ constant: UInt64?) -> Int32? {
    guard let constant, operation == .add || operation == .sub else { return nil }
    let change =
      width == .word
      ? Int32(truncatingIfNeeded: constant) : Int32(exactly: Int64(bitPattern: constant))
    guard let change, change != .min else { return nil }
    return operation == .add ? change : -change
  }

  private func requireSensible(
    _ operation: ALU,
    _ width: Width,
    _ operand: Operand,
    _ slot: Int
  ) throws(Violation) {
    guard case .immediate(let value) = operand else { return }
    switch operation {
    case .div, .sdiv, .mod, .smod:
      if value == 0 { throw Violation(.divisionByZero, "the divisor is the constant 0", at: slot) }
    case .lsh, .rsh, .arsh:
      if value < 0 || value >= width.bitCount {
        throw Violation(
          .shiftTooFar,
          "the shift is by \(value) bits, and the operand has \(width.bitCount)",
          at: slot
        )
      }
    default: break
    }
  }

  // MARK: Moves

  private mutating func move(
    _ width: Width,
    _ destination: Register,
    _ operand: Operand,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    guard case .register(let source) = operand else {
      guard case .immediate(let value) = operand else { return }
      try requireWritable(destination, slot)
      state[destination] = .constant(
        width == .word ? UInt64(UInt32(bitPattern: value)) : UInt64(bitPattern: Int64(value))
      )
      return
    }
    try requireInitialized(source, state, slot)
    try requireWritable(destination, slot)
    guard state[source].kind == .scalar else {
      state[destination] = width == .doubleWord ? state[source] : number(below: .word)
      return
    }
    if width == .doubleWord {
      giveIdentity(&state[source])
      state[destination] = state[source]
    } else {
      let fits = state[source].scalar.maxU64 <= UInt64(UInt32.max)
      if fits { giveIdentity(&state[source]) }
      state[destination] = state[source]
      if !fits {
        state[destination].id = 0
        state[destination].offset = 0
      }
      state[destination].scalar.truncate(to: .word)
    }
  }

  /// A number of which only the size is known.
  func number(below size: Size) -> RegisterState {
    var number = RegisterState.unknown
    number.scalar.truncate(to: size)
    return number
  }

  mutating func moveSignExtending(
    _ size: Size,
    _ width: Width,
    _ destination: Register,
    _ source: Register,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    try requireInitialized(source, state, slot)
    try requireWritable(destination, slot)
    guard state[source].kind == .scalar else {
      state[destination] = width == .doubleWord ? .unknown : number(below: .word)
      return
    }
    let isPlain = state[source].scalar.maxU64 < 1 << UInt64(size.bitCount - 1)
    if isPlain { giveIdentity(&state[source]) }
    state[destination] = state[source]
    if !isPlain {
      state[destination].id = 0
      state[destination].offset = 0
    }
    state[destination].scalar.signExtend(from: size, to: width)
  }

  /// Gives a scalar that is about to be copied a number, so that what is learnt of one holds for the other.
  mutating func giveIdentity(_ register: inout RegisterState) {
    guard register.kind == .scalar else { return }
    if register.isLinkedByOffset {
      register.id = 0
      register.offset = 0
    }
    if register.id == 0, register.scalar.constant == nil { register.id = newID() }
  }

  mutating func negate(
    _ width: Width,
    _ register: Register,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    try requireInitialized(register, state, slot)
    try requireWritable(register, slot)
    guard state[register].kind == .scalar else {
      state[register] = .unknown
      return
    }
    state[register].scalar.negate(width)
    state[register].id = 0
    state[register].offset = 0
  }

  mutating func swap(
    _ swap: ByteSwap,
    _ size: Size,
    _ register: Register,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    try requireInitialized(register, state, slot)
    try requireWritable(register, slot)
    var number = RegisterState.unknown
    if state[register].kind == .scalar {
      number.scalar = state[register].scalar
      number.scalar.swap(swap, size)
    }
    state[register] = number
  }

  // MARK: Pointers

  /// The largest distance, either way, that a pointer may be from its object (`BPF_MAX_VAR_OFF`).
  static let farthestOffset: Int64 = 1 << 29

  private mutating func pointerArithmetic(
    _ operation: ALU,
    _ width: Width,
    _ destination: Register,
    pointer: RegisterState,
    _ number: Scalar,
    isPointerLeft: Bool,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    if number.isContradictory {
      state[destination] = .unknown
      return
    }
    guard width == .doubleWord else {
      if operation == .sub {
        state[destination] = .unknown
        return
      }
      throw forbidden(
        destination,
        slot,
        "\(pointer.words) is worked on with 32 bits, which cuts it to pieces"
      )
    }
    if pointer.mayBeNull {
      throw Violation(
        .mayBeNull,
        "\(pointer.words) may be null, and is computed with before it was compared with null",
        at: slot,
        register: destination
      )
    }
    let constant = number.constant.map { Int64(bitPattern: $0) }
    switch pointer.kind {
    case .context, .mapValue, .mapKey, .stack, .packet, .packetMetadata, .memory, .object, .function, .dynptr,
      .arena:
      break
    case .map where constant == 0 && operation == .add: break
    default: throw forbidden(destination, slot, "arithmetic on \(pointer.words) is not allowed")
    }
    try requireSane(number, 0, pointer, destination, slot)
    try requireSane(pointer.scalar, pointer.offset, pointer, destination, slot)
    var result = pointer
    result.isPrecise = false
    switch operation {
    case .add:
      if let constant, let offset = exactSum(Int64(pointer.offset), constant) {
        result.offset = offset
      } else {
        result.scalar.apply(.add, .doubleWord, number)
        result.scalar.forgetHalf()
        if pointer.isInPacket {
          result.id = newID()
          result.range = 0
        }
      }
    case .sub:
      guard isPointerLeft else {
        throw forbidden(destination, slot, "\(pointer.words) is subtracted from a number")
      }
      guard pointer.kind != .stack else {
        throw forbidden(
          destination,
          slot,
          "something is subtracted from a stack pointer; add a negative number"
        )
      }
      if let constant, constant != .min, let offset = exactSum(Int64(pointer.offset), -constant) {
        result.offset = offset
      } else {
        result.scalar.apply(.sub, .doubleWord, number)
        result.scalar.forgetHalf()
        if pointer.isInPacket {
          result.id = newID()
          if number.minS64 < 0 { result.range = 0 }
        }
      }
    case .and, .or, .xor:
      throw forbidden(destination, slot, "\(pointer.words) is used in a bitwise operation")
    default: throw forbidden(destination, slot, "\(pointer.words) is used in arithmetic other than + and -")
    }
    try requireSane(result.scalar, result.offset, pointer, destination, slot)
    state[destination] = result
  }

  private func exactSum(_ offset: Int64, _ change: Int64) -> Int32? {
    let (sum, overflows) = offset.addingReportingOverflow(change)
    return overflows ? nil : Int32(exactly: sum)
  }

  /// Offsets that leave so much room that nothing computed from them overflows.
  private func requireSane(
    _ number: Scalar,
    _ offset: Int32,
    _ pointer: RegisterState,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) {
    let far = Self.farthestOffset
    if let constant = number.constant.map({ Int64(bitPattern: $0) }), constant >= far || constant <= -far {
      throw Violation(
        .pointerOffset,
        "\(constant) is added to \(pointer.words), far more than any object is large",
        at: slot,
        register: register
      )
    }
    if Int64(offset) >= far || Int64(offset) <= -far {
      throw Violation(
        .pointerOffset,
        "\(pointer.words) is \(offset.byteText) from its object",
        at: slot,
        register: register
      )
    }
    if number.minS64 == .min {
      throw Violation(
        .pointerOffset,
        "a number without a lower bound is added to \(pointer.words)",
        at: slot,
        register: register
      )
    }
    if number.minS64 >= far || number.minS64 <= -far {
      throw Violation(
        .pointerOffset,
        "a number that may be \(number.minS64) is added to \(pointer.words)",
        at: slot,
        register: register
      )
    }
  }

  private func forbidden(_ register: Register, _ slot: Int, _ message: String) -> Violation {
    Violation(.pointerArithmetic, message, at: slot, register: register)
  }

  private func pointerOperands(
    _ operation: ALU,
    _ register: Register,
    _ left: RegisterState,
    _ right: RegisterState,
    _ slot: Int
  ) -> Violation {
    forbidden(register, slot, "two pointers are combined: \(left.words) and \(right.words)")
  }
}

extension Scalar {
  /// Forgets what was known of the low half by itself: pointers do not carry it.
  mutating func forgetHalf() {
    minU32 = 0
    maxU32 = .max
    minS32 = .min
    maxS32 = .max
    synchronize()
  }
}
