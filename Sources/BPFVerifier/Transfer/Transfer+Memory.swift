import BPF

// Loads, stores and atomic operations; what each kind of memory allows.

/// What is done with memory.
enum Access { case read, write }

extension Transfer {
  mutating func load(
    _ size: Size,
    _ destination: Register,
    _ address: Address,
    isSigned: Bool,
    _ state: inout MachineState,
    _ slot: Int,
    isAtomic: Bool = false
  ) throws(Violation) {
    try requireInitialized(address.base, state, slot)
    try requireWritable(destination, slot)
    let pointer = state[address.base]
    var result = try read(
      pointer,
      address,
      size,
      isAtomic: isAtomic,
      isSigned: isSigned,
      into: destination,
      &state,
      slot
    )
    try requireOneKind(pointer, isLoad: true, slot)
    prove(pointer, address, size, depth: state.depth, slot)
    if result.kind == .scalar, size != .doubleWord {
      if isSigned {
        result.id = 0
        result.scalar.signExtend(from: size, to: .doubleWord)
      } else if result.scalar.maxU64 > size.largest {
        result.id = 0
        result.scalar.truncate(to: size)
      }
    }
    state[destination] = result
  }

  mutating func store(
    _ size: Size,
    _ operand: Operand,
    _ address: Address,
    _ state: inout MachineState,
    _ slot: Int,
    isAtomic: Bool = false
  ) throws(Violation) {
    if case .register(let source) = operand { try requireInitialized(source, state, slot) }
    try requireInitialized(address.base, state, slot)
    let pointer = state[address.base]
    try write(pointer, address, size, operand, isAtomic: isAtomic, &state, slot)
    try requireOneKind(pointer, isLoad: false, slot)
    prove(pointer, address, size, depth: state.depth, slot)
  }

  mutating func atomic(
    _ operation: AtomicOperation,
    _ width: Width,
    _ source: Register,
    _ address: Address,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    try requireInitialized(source, state, slot)
    try requireInitialized(address.base, state, slot)
    if operation == .compareExchange { try requireInitialized(.r0, state, slot) }
    try requireAtomicPointer(address.base, "operations on", state, slot)
    let pointer = state[address.base]
    let fetches: Register? =
      switch operation {
      case .compareExchange: .r0
      case .exchange: source
      case .add(let fetch), .or(let fetch), .and(let fetch), .xor(let fetch): fetch ? source : nil
      }
    if let fetches { try requireWritable(fetches, slot) }
    var result = try read(
      pointer,
      address,
      width == .word ? .word : .doubleWord,
      isAtomic: true,
      isSigned: false,
      into: fetches,
      &state,
      slot
    )
    if result.kind == .scalar, width == .word {
      result.id = 0
      result.scalar.truncate(to: .word)
    }
    let size: Size = width == .word ? .word : .doubleWord
    try write(pointer, address, size, nil, isAtomic: true, &state, slot)
    try requireOneKind(pointer, isLoad: false, slot)
    prove(pointer, address, size, depth: state.depth, slot)
    if let fetches { state[fetches] = result }
  }

  /// Atomic instructions work on memory that is not the packet's, the context's or a socket's.
  func requireAtomicPointer(
    _ register: Register,
    _ what: String,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) {
    try requireInitialized(register, state, slot)
    switch state[register].kind {
    case .context, .packet, .packetMetadata, .packetEnd, .socket, .socketCommon, .tcpSocket, .xdpSocket:
      throw Violation(
        .forbiddenAccess,
        "atomic \(what) \(state[register].words) are not allowed",
        at: slot,
        register: register
      )
    default: break
    }
  }

  /// An instruction that is compiled for one kind of memory meets no other on another way.
  private mutating func requireOneKind(_ pointer: RegisterState, isLoad: Bool, _ slot: Int) throws(Violation)
  {
    let kind = PointerKind(pointer, isLoad: isLoad)
    let before = pointerKinds[slot]
    if before == kind { return }
    guard before == .none || kind.fits(before) else {
      throw Violation(
        .mixedPointers,
        "the same instruction goes through \(pointer.words) here, and through another kind of pointer on another way",
        at: slot
      )
    }
    pointerKinds[slot] = kind
  }

  // MARK: By kind of memory

  private mutating func read(
    _ pointer: RegisterState,
    _ address: Address,
    _ size: Size,
    isAtomic: Bool,
    isSigned: Bool,
    into destination: Register?,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    let offset = Int64(address.offset)
    let count = size.byteCount
    try requireAligned(pointer, offset, count, isStrict: isAtomic, address.base, slot)
    switch pointer.kind {
    case .stack:
      return try readStack(
        pointer,
        offset,
        size,
        into: destination,
        address.base,
        &state,
        slot
      )
    case .packet, .packetMetadata:
      try checkPacket(pointer, offset, count, address.base, slot)
      return .unknown
    case .context:
      return try readContext(pointer, offset, count, isSigned: isSigned, address.base, slot)
    case .mapValue where !pointer.mayBeNull:
      try checkMapValue(pointer, offset, count, .read, address.base, slot, isDirect: true)
      if let field = pointerField(pointer, offset) {
        return try loadPointer(field, isPlain: !isAtomic && !isSigned, address.base, state, slot)
      }
      return frozenValue(pointer, offset, size, isSigned: isSigned) ?? .unknown
    case .mapKey where !pointer.mayBeNull:
      try checkRegion(
        pointer,
        offset,
        count,
        Int64(maps[Int(pointer.index)].keySize),
        .memoryBounds,
        address.base,
        slot
      )
      return .unknown
    case .memory where pointer.traits.contains(.untrusted) && !pointer.mayBeNull: return .unknown
    case .memory where !pointer.mayBeNull && !pointer.traits.contains(.perCPU):
      try checkRegion(pointer, offset, count, Int64(pointer.index), .memoryBounds, address.base, slot)
      return .unknown
    case .arena: return .unknown
    case .socket, .socketCommon, .tcpSocket, .xdpSocket:
      guard !pointer.mayBeNull else { throw notAccessible(pointer, address.base, slot) }
      return try readSocket(pointer, offset, count, address.base, slot)
    case .object where !pointer.mayBeNull:
      return try readObject(pointer, offset, size, address.base, state, slot)
    case .map: return try readMap(pointer, offset, size, address.base, state, slot)
    default: throw notAccessible(pointer, address.base, slot)
    }
  }

  private mutating func write(
    _ pointer: RegisterState,
    _ address: Address,
    _ size: Size,
    _ operand: Operand?,
    isAtomic: Bool,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    let offset = Int64(address.offset)
    let count = size.byteCount
    try requireAligned(pointer, offset, count, isStrict: isAtomic, address.base, slot)
    switch pointer.kind {
    case .stack: try writeStack(pointer, offset, size, operand, address.base, &state, slot)
    case .packet, .packetMetadata: try checkPacket(pointer, offset, count, address.base, slot)
    case .context: try writeContext(pointer, offset, count, address.base, slot)
    case .mapValue where !pointer.mayBeNull:
      try checkMapValue(pointer, offset, count, .write, address.base, slot, isDirect: true)
      if let field = pointerField(pointer, offset) {
        try storePointer(field, operand, isPlain: !isAtomic, address.base, state, slot)
      }
    case .arena: break
    case .mapKey where !pointer.mayBeNull:
      throw readOnly(pointer, address.base, slot)
    case .memory where !pointer.mayBeNull:
      if pointer.traits.contains(.readOnly) { throw readOnly(pointer, address.base, slot) }
      try checkRegion(pointer, offset, count, Int64(pointer.index), .memoryBounds, address.base, slot)
    case .object where !pointer.mayBeNull:
      try writeObject(pointer, offset, size, address.base, state, slot)
    case .socket, .socketCommon, .tcpSocket, .xdpSocket:
      if pointer.mayBeNull { throw notAccessible(pointer, address.base, slot) }
      throw readOnly(pointer, address.base, slot)
    default: throw notAccessible(pointer, address.base, slot)
    }
  }

  func readOnly(_ pointer: RegisterState, _ register: Register, _ slot: Int) -> Violation {
    Violation(.readOnlyMemory, "\(pointer.words) is only for reading", at: slot, register: register)
  }

  @inline(never)
  func notAccessible(_ pointer: RegisterState, _ register: Register, _ slot: Int) -> Violation {
    if pointer.mayBeNull {
      return Violation(
        .mayBeNull,
        "\(register) is \(pointer.words) that may be null",
        at: slot,
        register: register
      )
    }
    return Violation(
      .notAPointer,
      "\(register) is \(pointer.words), through which memory cannot be accessed",
      at: slot,
      register: register
    )
  }

  private func requireAligned(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ count: Int,
    isStrict: Bool,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) {
    guard count > 1, isStrict || pointer.kind == .stack else { return }
    let constant = UInt64(bitPattern: Int64(pointer.offset) &+ offset)
    let place = pointer.scalar.bits.adding(KnownBits(constant: constant))
    guard place.isAligned(to: count) else {
      throw Violation(
        .misalignedAccess,
        "\(count) bytes are accessed at an offset that is no multiple of \(count) in \(pointer.words)",
        at: slot,
        register: register
      )
    }
  }

  // MARK: Bounds

  mutating func checkPacket(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ count: Int,
    allowsEmpty: Bool = false,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) {
    readsPacket = true
    let start = offset + Int64(pointer.offset)
    if pointer.scalar.minS64 < 0 {
      throw Violation(
        .negativeOffset,
        "the offset into the packet may be negative, down to \(pointer.scalar.minS64)",
        at: slot,
        register: register
      )
    }
    guard pointer.range >= 0, start >= 0, count > 0 || (allowsEmpty && count == 0),
      start + Int64(count) <= Int64(pointer.range)
    else { throw outsidePacket(pointer, start, count, register, slot) }
  }

  @inline(never) private func outsidePacket(
    _ pointer: RegisterState,
    _ start: Int64,
    _ count: Int,
    _ register: Register,
    _ slot: Int
  ) -> Violation {
    let base = pointer.kind == .packet ? "the packet" : "the packet's metadata"
    if pointer.range < 0 {
      return Violation(
        .packetBounds,
        "accesses \(count.byteText) beyond the end of \(base)",
        at: slot,
        register: register,
        byteCount: count
      )
    }
    let message =
      start < 0
      ? "accesses bytes of \(base) before its start, from offset \(start)"
      : pointer.scalar.constant == 0
        ? "accesses bytes of \(base) up to \(start + Int64(count)), but only \(pointer.range) are known to exist"
        : "accesses \((start + Int64(count)).byteText) from a variable offset into \(base), but only \(pointer.range) are known to exist there"
    return Violation(.packetBounds, message, at: slot, register: register, byteCount: count)
  }

  mutating func checkMapValue(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ count: Int,
    allowsEmpty: Bool = false,
    _ access: Access,
    _ register: Register,
    _ slot: Int,
    isDirect: Bool = false
  ) throws(Violation) {
    let shape = maps[Int(pointer.index)]
    if access == .write, shape.definition.flags.contains(.readOnlyForPrograms) {
      throw Violation(
        .readOnlyMemory,
        "the map '\(shape.name)' is only for reading",
        at: slot,
        register: register
      )
    }
    if access == .read, shape.definition.flags.contains(.writeOnlyForPrograms) {
      throw Violation(
        .forbiddenAccess,
        "the map '\(shape.name)' is only for writing",
        at: slot,
        register: register
      )
    }
    try checkRegion(
      pointer,
      offset,
      count,
      Int64(shape.valueSize),
      allowsEmpty: allowsEmpty,
      .valueBounds,
      register,
      slot
    )
    guard !shape.fields.isEmpty else { return }
    let start = offset + Int64(pointer.offset)
    let low = start + pointer.scalar.minS64
    let high = start + Int64(clamping: pointer.scalar.maxU64) + Int64(count)
    for field in shape.fields where low < Int64(field.offset + field.byteCount) && Int64(field.offset) < high
    {
      if isDirect, field.kind == .kernelPointer, pointer.scalar.constant != nil, low == Int64(field.offset),
        count == 8
      {
        continue
      }
      throw Violation(
        .specialField,
        isDirect && field.kind == .kernelPointer
          ? "the kptr at offset \(field.offset) of the value of '\(shape.name)' is only accessed whole, at a constant offset"
          : "the access overlaps the \(field.kind.typeName) in the value of '\(shape.name)', which only helpers may touch",
        at: slot,
        register: register
      )
    }
  }

  /// An access within an object of a size, at a variable offset that has bounds.
  func checkRegion(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ count: Int,
    _ size: Int64,
    allowsEmpty: Bool = false,
    _ rule: Rule,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) {
    let start = offset + Int64(pointer.offset)
    let low = pointer.scalar.minS64
    if low < 0, low == .min || start + low < 0 || Int32(exactly: start + low) == nil {
      throw Violation(
        .negativeOffset,
        "the offset into \(pointer.object) may be negative, down to \(low == .min ? "the smallest number" : "\(start + low)")",
        at: slot,
        register: register,
        byteCount: count
      )
    }
    func isInside(_ place: Int64) -> Bool {
      place >= 0 && (count > 0 || (allowsEmpty && count == 0)) && place + Int64(count) <= size
    }
    guard isInside(start + low) else {
      throw Violation(
        rule,
        start + low < 0
          ? "accesses bytes before \(pointer.object), at offset \(start + low)"
          : "accesses bytes \(start + low) to \(start + low + Int64(count)) of \(pointer.object), which has \(size)",
        at: slot,
        register: register,
        byteCount: count
      )
    }
    if pointer.scalar.maxU64 >= UInt64(Self.farthestOffset) {
      throw Violation(
        .unboundedOffset,
        "the offset into \(pointer.object) has no upper bound",
        at: slot,
        register: register,
        byteCount: count
      )
    }
    let high = Int64(pointer.scalar.maxU64)
    guard isInside(start + high) else {
      throw Violation(
        rule,
        "the offset into \(pointer.object) may be as large as \(start + high), and an access of \(count.byteText) there ends beyond its \(size)",
        at: slot,
        register: register,
        byteCount: count
      )
    }
  }

  /// The value of frozen read-only data, which is known before the program runs.
  private mutating func frozenValue(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ size: Size,
    isSigned: Bool
  ) -> RegisterState? {
    guard let bytes = maps[Int(pointer.index)].frozenBytes, let variable = pointer.scalar.constant else {
      return nil
    }
    let start = Int(offset + Int64(pointer.offset)) + Int(variable)
    guard start >= 0, start + size.byteCount <= bytes.count else { return nil }
    var value: UInt64 = 0
    for index in 0..<size.byteCount {
      value |= UInt64(bytes[start + index]) << UInt64(8 * index)
      reliedOn[pointer.index, default: []].insert(start + index)
    }
    return .constant(value)
  }

  // MARK: The context

  private func readContext(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ count: Int,
    isSigned: Bool,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    try requirePlainContext(pointer, register, slot)
    guard let field = environment.contextFields.first(where: { Int64($0.offset) == offset }),
      field.byteCount == count
    else {
      throw Violation(
        .contextAccess,
        "the context has no field of \(count.byteText) at offset \(offset)",
        at: slot,
        register: register
      )
    }
    guard field.attachTypes.contains(program.attachType) else {
      throw Violation(
        .contextAccess,
        "the context's field '\(field.name)' is only for programs attached elsewhere",
        at: slot,
        register: register
      )
    }
    switch field.meaning {
    case .number: return .unknown
    case .packet, .packetMetadata, .packetEnd:
      if isSigned {
        throw Violation(
          .contextAccess,
          "the context's field '\(field.name)' is a pointer, and has no sign",
          at: slot,
          register: register
        )
      }
      let kind: RegisterState.Kind =
        switch field.meaning {
        case .packet: .packet
        case .packetMetadata: .packetMetadata
        default: .packetEnd
        }
      return RegisterState(kind)
    }
  }

  private func writeContext(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ count: Int,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) {
    try requirePlainContext(pointer, register, slot)
    let field = environment.contextFields.first { Int64($0.offset) == offset && $0.byteCount == count }
    guard let field, field.isWritable else {
      let name = field.map { "field '\($0.name)'" } ?? "byte \(offset)"
      throw Violation(
        .contextAccess,
        "the context's \(name) cannot be written",
        at: slot,
        register: register
      )
    }
  }

  func requirePlainContext(
    _ pointer: RegisterState,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) {
    guard pointer.offset == 0, pointer.scalar.constant == 0 else {
      throw Violation(
        .modifiedContext,
        "\(register) is the context pointer with something added to it",
        at: slot,
        register: register
      )
    }
  }
}

extension Size {
  /// The largest number of the size.
  var largest: UInt64 { self == .doubleWord ? .max : (1 << UInt64(bitCount)) - 1 }
}

extension RegisterState {
  /// What it points to, in words.
  var object: String {
    switch kind {
    case .mapValue: "the map's value"
    case .mapKey: "the map's key"
    case .memory where traits.contains(.ringRecord): "the ring buffer's record"
    case .memory: "the memory"
    default: words
    }
  }
}
