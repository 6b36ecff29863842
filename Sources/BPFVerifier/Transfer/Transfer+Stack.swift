import BPF

// The stack: spills, fills and bytes.

extension Transfer {
  /// The largest stack frame.
  static let stackByteCount: Int64 = 512

  /// The least and the first-not-accessed offset from the frame pointer that an access may have.
  func stackRange(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ count: Int64,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) -> (low: Int64, high: Int64) {
    let start = offset + Int64(pointer.offset)
    if let constant = pointer.scalar.constant {
      let place = start &+ Int64(bitPattern: constant)
      try requireOnStack(place, place + count, count, register, slot)
      return (place, place + count)
    }
    guard pointer.scalar.maxS64 < Self.farthestOffset, pointer.scalar.minS64 > -Self.farthestOffset else {
      throw Violation(
        .unboundedOffset,
        "the variable offset into the stack has no bounds",
        at: slot,
        register: register,
        byteCount: Int(count)
      )
    }
    let range = (low: start + pointer.scalar.minS64, high: start + pointer.scalar.maxS64 + count)
    try requireOnStack(range.low, range.high, count, register, slot)
    return range
  }

  private func requireOnStack(
    _ low: Int64,
    _ high: Int64,
    _ count: Int64,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) {
    guard low >= -Self.stackByteCount, high <= 0 else {
      throw Violation(
        .stackBounds,
        low < -Self.stackByteCount
          ? "accesses the stack at r10\(low), and a frame has 512 bytes"
          : "accesses the stack up to r10+\(high), above its frame",
        at: slot,
        register: register,
        byteCount: Int(count)
      )
    }
  }

  /// Notes that a frame reaches down to an offset.
  mutating func growStack(of frame: Int, to low: Int64, _ state: inout MachineState) {
    guard low < 0 else { return }
    let slots = Int((-low + 7) / 8)
    while state.frames[frame].stack.count < slots { state.frames[frame].stack.append(.invalid) }
    let function = state.frames[frame].function
    stackDepths[function] = max(stackDepths[function], slots * 8)
  }

  // MARK: Reading

  mutating func readStack(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ size: Size,
    into destination: Register?,
    _ register: Register,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    let count = Int64(size.byteCount)
    let range = try stackRange(pointer, offset, count, register, slot)
    let frame = Int(pointer.index)
    growStack(of: frame, to: range.low, &state)
    guard pointer.scalar.constant != nil else {
      try readBytes(range, frame, .reading, register, &state, slot)
      return allZero(range, frame, state) ? .constant(0) : .unknown
    }
    return try fill(at: range.low, size, frame, into: destination, register, &state, slot)
  }

  /// A read at a known place: what was spilled there, or what its bytes tell.
  private mutating func fill(
    at place: Int64,
    _ size: Size,
    _ frame: Int,
    into destination: Register?,
    _ register: Register,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    let index = Int((-place - 1) / 8)
    let first = Int(place + Int64((index + 1) * 8))
    let bytes = first..<first + size.byteCount
    effects.read(slot: index, frame: frame)
    let stored = state.frames[frame].stack[index]
    if stored.isSpill {
      let spillSize = stored.spillByteCount
      if size == .doubleWord, spillSize == 8 {
        if destination != nil {
          giveIdentity(&state.frames[frame].stack[index].spilled)
          effects.spills(slot: index, frame: frame)
        }
        return state.frames[frame].stack[index].spilled
      }
      guard stored.spilled.kind == .scalar else {
        throw Violation(
          .partialSpill,
          "reads \(size.byteCount.byteText) of a pointer that was spilled to the stack",
          at: slot,
          register: register
        )
      }
      if size.byteCount <= spillSize, first == 0 {
        guard destination != nil else { return .unknown }
        if size == .word, spillSize == 4, stored.spilled.scalar.maxU64 <= Size.word.largest {
          giveIdentity(&state.frames[frame].stack[index].spilled)
        }
        effects.spills(slot: index, frame: frame)
        var result = state.frames[frame].stack[index].spilled
        if result.scalar.maxU64 > size.largest {
          result.id = 0
          result.offset = 0
        }
        return result
      }
      let kinds = bytes.map { stored[$0] }
      if let bad = kinds.firstIndex(where: { $0 != .spill && $0 != .misc && $0 != .zero && $0 != .invalid }) {
        throw unreadable(kinds[bad], place, register, slot)
      }
      if kinds.allSatisfy({ $0 == .spill }), stored.spilled.scalar.constant == 0 {
        effects.spills(slot: index, frame: frame)
        return .constant(0)
      }
      return kinds.allSatisfy { $0 == .zero } ? .constant(0) : .unknown
    }
    var isZero = true
    for byte in bytes {
      switch stored[byte] {
      case .zero: break
      case .misc: isZero = false
      case .invalid:
        noteUnwritten(place, slot)
        isZero = false
      default: throw unreadable(stored[byte], place, register, slot)
      }
    }
    return isZero ? .constant(0) : .unknown
  }

  private func unreadable(
    _ byte: StackSlot.Byte,
    _ place: Int64,
    _ register: Register,
    _ slot: Int
  ) -> Violation {
    let what =
      switch byte {
      case .dynptr: "a dynptr"
      case .iterator: "an iterator"
      case .interruptFlags: "a word of saved interrupt flags"
      default: "something"
      }
    return Violation(
      .uninitializedStack,
      "reads the stack at r10\(place), where \(what) lies that only its own calls may touch",
      at: slot,
      register: register
    )
  }

  private func allZero(_ range: (low: Int64, high: Int64), _ frame: Int, _ state: MachineState) -> Bool {
    for place in range.low..<range.high {
      let index = Int((-place - 1) / 8)
      if state.frames[frame].stack[index][Int(place + Int64((index + 1) * 8))] != .zero { return false }
    }
    return true
  }

  /// How bytes of the stack are gone over.
  enum BytesUse {
    case reading
    /// A call reads them, and may write them.
    case clobbering
    /// A call writes them without reading.
    case filling
  }

  /// Keeps where stack is read that was never written, which Linux allows since 6.3.
  private mutating func noteUnwritten(_ place: Int64, _ slot: Int) {
    unwrittenReads[slot] = min(unwrittenReads[slot] ?? 0, place)
  }

  /// Goes over bytes of the stack that are read or written at once, by a call or at a variable offset.
  mutating func readBytes(
    _ range: (low: Int64, high: Int64),
    _ frame: Int,
    _ use: BytesUse,
    _ register: Register,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    growStack(of: frame, to: range.low, &state)
    for place in range.low..<range.high {
      let index = Int((-place - 1) / 8)
      let byte = Int(place + Int64((index + 1) * 8))
      let stored = state.frames[frame].stack[index]
      if use != .filling { effects.read(slot: index, frame: frame) }
      switch stored[byte] {
      case .misc: break
      case .zero, .invalid:
        if use != .filling, stored[byte] == .invalid { noteUnwritten(place, slot) }
        if use != .reading { state.frames[frame].stack[index][byte] = .misc }
      case .spill:
        if use != .reading {
          state.frames[frame].stack[index].spilled = .unknown
          for other in 0..<8 where state.frames[frame].stack[index][other] == .spill {
            state.frames[frame].stack[index][other] = .misc
          }
        }
      case .dynptr, .iterator, .interruptFlags:
        throw unreadable(stored[byte], place, register, slot)
      }
    }
  }

  // MARK: Writing

  mutating func writeStack(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ size: Size,
    _ operand: Operand?,
    _ register: Register,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    let range = try stackRange(pointer, offset, Int64(size.byteCount), register, slot)
    let frame = Int(pointer.index)
    growStack(of: frame, to: range.low, &state)
    guard pointer.scalar.constant != nil else {
      return try writeVariable(range, frame, operand, register, &state, slot)
    }
    let index = Int((-range.low - 1) / 8)
    let first = Int(range.low + Int64((index + 1) * 8))
    try endDynptr(at: index, frame, register, &state, slot)
    if size == .doubleWord { effects.write(slot: index, frame: frame) }
    let source: RegisterState? =
      switch operand {
      case .register(let register): state[register]
      default: nil
      }
    switch operand {
    case .register(let register) where first == 0 && state[register].kind == .scalar:
      let fits = state[register].scalar.maxU64 <= size.largest
      if fits { giveIdentity(&state[register]) }
      spill(state[register], size, index, frame, &state)
      if !fits {
        state.frames[frame].stack[index].spilled.id = 0
        state.frames[frame].stack[index].spilled.offset = 0
      }
      effects.spills(slot: index, frame: frame)
    case .immediate(let value) where first == 0:
      spill(.constant(UInt64(bitPattern: Int64(value))), size, index, frame, &state)
      effects.spills(slot: index, frame: frame)
    case .register where source.map(\.isPointer) == true:
      guard size == .doubleWord else {
        throw Violation(
          .partialSpill,
          "stores \(size.byteCount.byteText) of a pointer on the stack",
          at: slot,
          register: register
        )
      }
      guard frame == state.depth || source?.kind != .stack else {
        throw Violation(
          .escapingStackPointer,
          "a stack pointer is stored in the stack frame of a caller",
          at: slot,
          register: register
        )
      }
      spill(source ?? .unknown, size, index, frame, &state)
      effects.spills(slot: index, frame: frame)
    default:
      var kind = StackSlot.Byte.misc
      switch operand {
      case .register(let register) where source?.isZero == true:
        effects.demand(register)
        kind = .zero
      case .immediate(0): kind = .zero
      default: break
      }
      var stored = state.frames[frame].stack[index]
      stored.scrub()
      for byte in first..<first + size.byteCount { stored[byte] = kind }
      state.frames[frame].stack[index] = stored
    }
  }

  private func spill(
    _ value: RegisterState,
    _ size: Size,
    _ index: Int,
    _ frame: Int,
    _ state: inout MachineState
  ) {
    var stored = state.frames[frame].stack[index]
    stored.spilled = value
    for byte in 0..<size.byteCount { stored[byte] = .spill }
    for byte in size.byteCount..<8 where stored[byte] != .zero && stored[byte] != .invalid {
      stored[byte] = .misc
    }
    state.frames[frame].stack[index] = stored
  }

  private mutating func writeVariable(
    _ range: (low: Int64, high: Int64),
    _ frame: Int,
    _ operand: Operand?,
    _ register: Register,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    let isZero: Bool
    var zeroRegister: Register?
    switch operand {
    case .register(let register):
      isZero = state[register].isZero
      zeroRegister = register
    case .immediate(let value): isZero = value == 0
    case nil: isZero = false
    }
    var reliesOnZero = false
    for index in Int((-range.high) / 8)...Int((-range.low - 1) / 8) {
      try endDynptr(at: index, frame, register, &state, slot)
    }
    for place in range.low..<range.high {
      let index = Int((-place - 1) / 8)
      let byte = Int(place + Int64((index + 1) * 8))
      var stored = state.frames[frame].stack[index]
      if isZero, stored[byte] == .spill, stored.spilled.isZero {
        reliesOnZero = true
        continue
      }
      if stored.isObject || stored[byte] == .spill { stored.scrub() }
      let staysZero = isZero && stored[byte] == .zero
      if staysZero { reliesOnZero = true }
      stored[byte] = staysZero ? .zero : .misc
      state.frames[frame].stack[index] = stored
    }
    if reliesOnZero, let zeroRegister { effects.demand(zeroRegister) }
  }

  /// Bytes that a call or an atomic operation leaves, of which nothing is known.
  mutating func clobber(
    _ range: (low: Int64, high: Int64),
    _ frame: Int,
    _ state: inout MachineState
  ) {
    for place in range.low..<range.high {
      let index = Int((-place - 1) / 8)
      var stored = state.frames[frame].stack[index]
      if stored[Int(place + Int64((index + 1) * 8))] == .spill || stored.isObject { stored.scrub() }
      stored[Int(place + Int64((index + 1) * 8))] = .misc
      state.frames[frame].stack[index] = stored
    }
  }
}

extension StackSlot {
  /// How many bytes, from the first one, are of a spilled register.
  var spillByteCount: Int {
    var count = 0
    while count < 8, self[count] == .spill { count += 1 }
    return count
  }

  /// Ends what lay here: its bytes are written and unknown.
  mutating func scrub() {
    spilled = .uninitialized
    guard isSpill || isObject else { return }
    for byte in 0..<8 where self[byte] != .invalid { self[byte] = .misc }
  }
}
