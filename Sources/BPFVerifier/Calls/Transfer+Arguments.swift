import BPF

// The arguments of helpers and kernel functions, one by one.

extension Transfer {
  mutating func check(
    _ index: Int,
    of prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    let register = Register(rawValue: UInt8(index + 1)) ?? .r1
    let parameter = prototype.parameters[index]
    switch parameter {
    case .ignored, .anyString, .anyAddress: return
    default: break
    }
    try requireInitialized(register, state, slot)
    let value = state[register]
    switch parameter {
    case .anything, .ignored, .anyString, .anyAddress: break
    case .scalar:
      guard value.kind == .scalar else { throw wants("a number", value, index, prototype, slot) }
    case .constant, .allocationSize:
      guard value.kind == .scalar, let constant = value.scalar.constant else {
        throw wants("a constant", value, index, prototype, slot)
      }
      effects.demand(register)
      facts.constant = constant
    case .context:
      guard value.kind == .context else { throw wants("the context", value, index, prototype, slot) }
      try requirePlainContext(value, register, slot)
    case .contextOrNull:
      guard value.kind == .context || value.isZero else {
        throw wants("the context or null", value, index, prototype, slot)
      }
      try requirePlainContext(value, register, slot)
    case .map:
      guard value.kind == .map else { throw wants("a map", value, index, prototype, slot) }
      if let field = facts.field, field.index != value.index || field.originID != value.originID {
        throw Violation(
          .badArgument,
          "argument \(index + 1) of \(prototype.name) is another map than the one whose value holds the field",
          at: slot,
          register: register
        )
      }
      facts.map = value
    case .mapKey:
      guard let map = facts.map else { break }
      let shape = maps[Int(map.index)]
      try memory(value, register, Int64(shape.keySize), .read, index, prototype, &facts, &state, slot)
      facts.constantKey = constantKey(at: value, shape, state)
    case .mapValue, .mapValueOrNull:
      if case .mapValueOrNull = parameter, value.isZero { break }
      guard let map = facts.map else { break }
      try memory(
        value,
        register,
        Int64(maps[Int(map.index)].valueSize),
        .read,
        index,
        prototype,
        &facts,
        &state,
        slot
      )
    case .mapValueOut:
      guard let map = facts.map else { break }
      let shape = maps[Int(map.index)]
      let use: CallPrototype.MemoryUse = shape.type == .bloomFilter ? .read : .write
      try memory(value, register, Int64(shape.valueSize), use, index, prototype, &facts, &state, slot)
    case .memory, .memoryOrNull, .mapValueMemory: break  // with its size
    case .fixedMemory(let size, let use, let isAligned):
      if isAligned { try requireAligned(value, size, register, slot) }
      try memory(value, register, Int64(size), use, index, prototype, &facts, &state, slot)
    case .fixedMemoryOrNull(let size, let use):
      if value.isZero { break }
      try memory(value, register, Int64(size), use, index, prototype, &facts, &state, slot)
    case .size, .sizeOrZero, .constantSize:
      try checkSize(index, parameter, of: prototype, &facts, &state, slot)
    case .ringRecord:
      guard value.kind == .memory, value.traits.contains(.ringRecord), !value.mayBeNull,
        !value.traits.contains(.slice)
      else { throw wants("a ring buffer's record", value, index, prototype, slot) }
      guard value.offset == 0, value.scalar.constant == 0 else {
        throw wants("the start of the record", value, index, prototype, slot)
      }
      facts.released = value
    case .constantString: try checkText(value, register, index, prototype, slot)
    case .stackOrNull:
      guard value.kind == .stack || value.isZero else {
        throw wants("a stack pointer or null", value, index, prototype, slot)
      }
      facts.callbackContext = value
    case .callback(let kind):
      guard value.kind == .function else { throw wants("a function", value, index, prototype, slot) }
      facts.callback = (Int(value.index), kind)
    case .field(let kind): try checkField(kind, value, register, index, prototype, &facts, &state, slot)
    case .anySocket:
      switch value.kind {
      case .socket, .socketCommon, .tcpSocket, .xdpSocket:
        if value.mayBeNull { throw wants("a socket", value, index, prototype, slot) }
      case .object:
        guard value.traits.isSubset(of: .trusted), isSocket(value) else {
          throw wants("a socket", value, index, prototype, slot)
        }
      default:
        guard value.isZero, prototype.releases == nil else {
          throw wants("a socket", value, index, prototype, slot)
        }
      }
      facts.released = value
    case .socketCommon:
      switch value.kind {
      case .socket, .socketCommon, .tcpSocket, .xdpSocket:
        if value.mayBeNull { throw wants("a socket", value, index, prototype, slot) }
      default: throw wants("a socket", value, index, prototype, slot)
      }
    case .socket:
      guard value.kind == .socket, !value.mayBeNull else {
        throw wants("a full socket", value, index, prototype, slot)
      }
    case .object(let name), .objectOrNull(let name):
      if case .objectOrNull = parameter, value.isZero { break }
      try checkObject(name, value, register, index, prototype, &facts, slot)
    case .fieldObjectOrNull:
      if !value.isZero, let field = facts.pointer {
        guard !value.mayBeNull else { throw wants("an object", value, index, prototype, slot) }
        guard value.offset == 0 else { throw wants("the start of an object", value, index, prototype, slot) }
        try requireFits(value, field, register, slot)
      }
      facts.released = value
    case .allocatedObject: try checkAllocated(perCPU: false, value, index, prototype, &facts, slot)
    case .allocatedPerCPUObject: try checkAllocated(perCPU: true, value, index, prototype, &facts, slot)
    case .countedObject: try checkCounted(value, index, prototype, &facts, slot)
    case .perCPUVariable:
      guard value.traits.contains(.perCPU), !value.mayBeNull,
        value.kind == .memory || !value.traits.contains(.allocated)
      else { throw wants("a variable with one instance a CPU", value, index, prototype, slot) }
      facts.perCPU = value
    case .dynptrOrNull:
      if !value.isZero { try checkDynptr(.reads, value, index, prototype, &facts, &state, slot) }
    case .dynptr(let use): try checkDynptr(use, value, index, prototype, &facts, &state, slot)
    case .iterator(let use): try checkIterator(use, value, index, prototype, &facts, &state, slot)
    case .interruptFlags(let saves):
      try checkInterruptFlags(saves: saves, value, index, prototype, &state, slot)
    }
    try requireOneReference(value, index, prototype, &facts, slot)
    if prototype.releases == index, facts.released == nil { facts.released = value }
  }

  @inline(never)
  func wants(
    _ what: String,
    _ value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    _ slot: Int
  ) -> Violation {
    let register = Register(rawValue: UInt8(index + 1)) ?? .r1
    let found = value.mayBeNull ? "\(value.words) that may be null" : value.words
    return Violation(
      value.mayBeNull ? .mayBeNull : .badArgument,
      "argument \(index + 1) of \(prototype.name) is \(found), where it wants \(what)",
      at: slot,
      register: register
    )
  }

  private func requireAligned(
    _ value: RegisterState,
    _ size: Int,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) {
    let place = value.scalar.bits.adding(KnownBits(constant: UInt64(bitPattern: Int64(value.offset))))
    guard value.isPointer, !place.isAligned(to: size) else { return }
    throw Violation(
      .misalignedAccess,
      "the argument's offset is no multiple of \(size)",
      at: slot,
      register: register
    )
  }

  // MARK: Memory

  private mutating func checkSize(
    _ index: Int,
    _ parameter: CallPrototype.Parameter,
    of prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    let register = Register(rawValue: UInt8(index + 1)) ?? .r1
    let memoryRegister = Register(rawValue: UInt8(index)) ?? .r1
    let size = state[register]
    guard size.kind == .scalar else { throw wants("a size", size, index, prototype, slot) }
    let allowsZero = parameter != .size
    if size.scalar.minS64 < 0 {
      throw Violation(
        .badSize,
        "the size in \(register) may be negative; bound it as an unsigned number",
        at: slot,
        register: register
      )
    }
    if size.scalar.minU64 == 0, !allowsZero {
      throw Violation(
        .badSize,
        "the size in \(register) may be 0, which \(prototype.name) does not take",
        at: slot,
        register: register
      )
    }
    if size.scalar.maxU64 >= UInt64(Self.farthestOffset) {
      throw Violation(.badSize, "the size in \(register) has no upper bound", at: slot, register: register)
    }
    if parameter == .constantSize {
      guard size.scalar.constant != nil else { throw wants("a constant size", size, index, prototype, slot) }
      facts.constant = size.scalar.constant
    }
    facts.size = size.scalar.maxU64
    effects.demand(register)
    let memoryParameter = prototype.parameters[index - 1]
    let value = state[memoryRegister]
    let use: CallPrototype.MemoryUse
    switch memoryParameter {
    case .memory(let memoryUse), .mapValueMemory(let memoryUse): use = memoryUse
    case .memoryOrNull(let memoryUse):
      use = memoryUse
      if value.isZero, size.scalar.maxU64 == 0 || parameter == .constantSize { return }
    default: return
    }
    if case .mapValueMemory = memoryParameter, value.kind != .mapValue {
      throw wants("memory of a map's value", value, index - 1, prototype, slot)
    }
    try memory(
      value,
      memoryRegister,
      Int64(size.scalar.maxU64),
      use,
      index - 1,
      prototype,
      &facts,
      &state,
      slot,
      isExact: size.scalar.constant != nil,
      allowsEmpty: allowsZero
    )
  }

  /// Memory of at most so many bytes that a call reads or writes.
  mutating func memory(
    _ value: RegisterState,
    _ register: Register,
    _ count: Int64,
    _ use: CallPrototype.MemoryUse,
    _ index: Int,
    _ prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ state: inout MachineState,
    _ slot: Int,
    isExact: Bool = true,
    allowsEmpty: Bool = false
  ) throws(Violation) {
    if value.mayBeNull { throw wants("memory", value, index, prototype, slot) }
    let access: Access = use == .read ? .read : .write
    switch value.kind {
    case .stack:
      let range = try stackRange(value, 0, count, register, slot)
      if value.scalar.constant == nil { effects.demand(register) }
      guard count > 0 else { return }
      let frame = Int(value.index)
      try readBytes(
        range,
        frame,
        use == .read ? .reading : use == .write && isExact ? .filling : .clobbering,
        register,
        &state,
        slot
      )
      if use != .read { facts.written.append((frame, range.low, range.high)) }
    case .packet, .packetMetadata:
      guard prototype.id == 0 || prototype.traits.contains(.packetAccess) || !isExact else {
        throw Violation(
          .forbiddenAccess,
          "\(prototype.name) does not work on the packet itself; copy to the stack first",
          at: slot,
          register: register
        )
      }
      try checkPacket(value, 0, Int(count), allowsEmpty: allowsEmpty, register, slot)
    case .mapValue:
      try checkMapValue(value, 0, Int(count), allowsEmpty: allowsEmpty, access, register, slot)
    case .mapKey:
      if access == .write { throw readOnly(value, register, slot) }
      try checkRegion(
        value,
        0,
        Int(count),
        Int64(maps[Int(value.index)].keySize),
        allowsEmpty: allowsEmpty,
        .memoryBounds,
        register,
        slot
      )
    case .memory where !value.traits.contains(.untrusted) && !value.traits.contains(.perCPU):
      if access == .write, value.traits.contains(.readOnly) { throw readOnly(value, register, slot) }
      try checkRegion(
        value,
        0,
        Int(count),
        Int64(value.index),
        allowsEmpty: allowsEmpty,
        .memoryBounds,
        register,
        slot
      )
    default: throw wants("memory", value, index, prototype, slot)
    }
  }

  /// A key that is known: a constant on the stack.
  private mutating func constantKey(
    at pointer: RegisterState,
    _ shape: MapShape,
    _ state: MachineState
  ) -> UInt64? {
    guard shape.type == .array || shape.type == .perCPUArray, pointer.kind == .stack,
      let variable = pointer.scalar.constant
    else { return nil }
    let place = Int64(pointer.offset) + Int64(bitPattern: variable)
    let index = Int((-place - 1) / 8)
    let first = Int(place + Int64((index + 1) * 8))
    let frame = Int(pointer.index)
    let stored = state.frames[frame][slot: index]
    let bytes = first..<min(first + shape.keySize, 8)
    guard bytes.count == shape.keySize else { return nil }
    if bytes.allSatisfy({ stored[$0] == .zero }) { return 0 }
    guard first == 0, stored.isSpill, stored.spillByteCount == shape.keySize, stored.spilled.kind == .scalar,
      let constant = stored.spilled.scalar.constant
    else { return nil }
    effects.demandSlot(index, frame: frame)
    return constant
  }

  private func checkText(
    _ value: RegisterState,
    _ register: Register,
    _ index: Int,
    _ prototype: CallPrototype,
    _ slot: Int
  ) throws(Violation) {
    guard value.kind == .mapValue, !value.mayBeNull, let variable = value.scalar.constant,
      let bytes = maps[Int(value.index)].frozenBytes
    else { throw wants("a constant text in read-only data", value, index, prototype, slot) }
    let start = Int(value.offset) + Int(truncatingIfNeeded: variable)
    guard bytes.indices.contains(start), bytes[start...].contains(0) else {
      throw wants("a text that ends with a NUL", value, index, prototype, slot)
    }
  }
}
