import BPF

// Calls of helpers and kernel functions: arguments, what they do, what comes back.

/// What the arguments of one call told.
struct CallFacts {
  /// The map argument.
  var map: RegisterState?
  /// The key, where it is a constant that lies on the stack.
  var constantKey: UInt64?
  /// The largest value of a size argument.
  var size: UInt64 = 0
  /// A constant argument: an allocation's size or a slice's.
  var constant: UInt64?
  /// What is given back.
  var released: RegisterState?
  /// The function that is called back, and the context that it gets.
  var callback: (function: Int, kind: CallPrototype.CallbackKind)?
  var callbackContext = RegisterState.uninitialized
  /// Memory on a stack that the call writes.
  var written: [(frame: Int, low: Int64, high: Int64)] = []
  /// The dynptr argument, as it lies on the stack or came as an argument.
  var dynptr: RegisterState?
  /// The iterator argument: where it lies.
  var iterator: (frame: Int, index: Int)?
  /// A field's pointer: a timer's or work queue's value.
  var field: RegisterState?
  /// The pointer field that is exchanged.
  var pointer: SpecialField?
  /// The head of a list or root of a tree.
  var root: SpecialField?
  /// An object with a reference count.
  var counted: RegisterState?
  /// A variable with one instance a CPU.
  var perCPU: RegisterState?
  /// The reference that an argument belongs to, 0 for none.
  var reference: UInt32 = 0
}

extension Transfer {
  mutating func call(
    _ target: CallTarget,
    _ state: inout MachineState,
    _ slot: Int,
    _ forks: inout [Fork]
  ) throws(Violation) -> Flow {
    switch target {
    case .local:
      guard let callee = layout.callee(at: slot) else {
        throw Violation(.callOutOfRange, "the call leads to no function", at: slot)
      }
      guard state.lockCount == 0 || !layout.functions[callee].isGlobal else {
        throw Violation(
          .lockDiscipline,
          "a global function is called while a lock is held; static functions may be",
          at: slot
        )
      }
      return try callLocal(callee, &state, slot)
    case .register:
      throw Violation(.unsupported, "a function whose address is in a register is called", at: slot)
    case .helper(let id):
      guard let prototype = prototypes[slot] else { throw unknownHelper(id, slot) }
      guard !prototype.traits.contains(.gplOnly) || program.license.isGPLCompatible else {
        throw Violation(
          .gplOnly,
          "\(prototype.name) is only for programs under a license that is compatible with the GPL, and this one's is '\(program.license)'",
          at: slot
        )
      }
      if state.lockCount > 0, id != 94 { throw underLock(prototype, slot) }
      return try call(prototype, &state, slot, &forks)
    case .kernelFunction(let type, _):
      guard let prototype = prototypes[slot] else {
        let name = program.externs.first { $0.kind == .function && $0.slots.contains(slot) }?.name
        throw Violation(
          .unknownFunction,
          "the kernel function \(name ?? "number \(type)") is none that XDP programs may call",
          at: slot
        )
      }
      guard program.license.isGPLCompatible else {
        throw Violation(
          .gplOnly,
          "\(prototype.name) is a kernel function, which only programs under a license that is compatible with the GPL may call, and this one's is '\(program.license)'",
          at: slot
        )
      }
      if state.lockCount > 0, !prototype.traits.contains(.allowedUnderLock) {
        throw underLock(prototype, slot)
      }
      return try call(prototype, &state, slot, &forks)
    }
  }

  private func underLock(_ prototype: CallPrototype, _ slot: Int) -> Violation {
    Violation(.lockDiscipline, "\(prototype.name) is called while a lock is held", at: slot)
  }

  private func unknownHelper(_ id: UInt32, _ slot: Int) -> Violation {
    if id == Program.poisonedHelper {
      return Violation(
        .unknownHelper,
        "reaches an instruction for which the kernel has no field or type of that name (CO-RE)",
        at: slot
      )
    }
    let name = HelperNames.name(of: id) ?? "helper number \(id)"
    return Violation(.unknownHelper, "\(name) is not for programs of this type", at: slot)
  }

  private mutating func call(
    _ prototype: CallPrototype,
    _ state: inout MachineState,
    _ slot: Int,
    _ forks: inout [Fork]
  ) throws(Violation) -> Flow {
    if prototype.traits.contains(.sleeps), !state.isSleepable || state.readSectionDepth > 0 {
      throw Violation(.unsupported, "\(prototype.name) may sleep, and XDP programs may not", at: slot)
    }
    if prototype.traits.contains(.mustNotBeReached) {
      throw Violation(
        .unsupported,
        "code is reached that the compiler took for unreachable, perhaps for a value that was never set",
        at: slot
      )
    }
    if prototype.traits.contains(.deviceBoundOnly), !program.flags.contains(.deviceBound) {
      throw Violation(
        .unknownFunction,
        "\(prototype.name) is only for programs that are bound to a device",
        at: slot
      )
    }
    if prototype.id == Self.tailCall { try requireTailCall(state, slot) }
    failToLock(prototype, state, slot, &forks)
    var facts = CallFacts()
    for index in prototype.parameters.indices {
      try check(index, of: prototype, &facts, &state, slot)
    }
    try requireMap(facts, prototype, slot)
    for written in facts.written { clobber((written.low, written.high), written.frame, &state) }
    if let callback = facts.callback {
      try callBack(callback.function, callback.kind, facts, prototype, &state, slot, &forks)
    }
    try release(facts, prototype, &state, slot)
    try changeSections(prototype, &state, slot)
    forgetCallerSaved(&state)
    if prototype.traits.contains(.changesPacket) { forgetPacket(&state) }
    try setResult(prototype, facts, &state, slot)
    if let iterator = facts.iterator, case .iterator(.advances)? = prototype.parameters.first {
      return advance(iterator, &state, slot, &forks)
    }
    if prototype.traits.contains(.doesNotReturn) {
      throwingSlots[layout.functionIndex(of: slot)] = slot
      return try throwException(state, slot)
    }
    return .next(slot + 1)
  }

  /// `bpf_tail_call`.
  private static let tailCall: UInt32 = 12

  private func requireTailCall(_ state: MachineState, _ slot: Int) throws(Violation) {
    let function = layout.functionIndex(of: slot)
    guard function == 0 || (program.btf != nil && layout.functions[function].type != 0) else {
      throw Violation(
        .missingType,
        "a tail call in a function that is called is only for programs with types (BTF)",
        at: slot
      )
    }
    guard state.references.isEmpty else {
      throw Violation(
        .unreleasedReference,
        "what was taken at slot \(state.references[0].slot) is held at a tail call, which does not come back",
        at: slot
      )
    }
    guard state.readSectionDepth == 0, state.preemptionDepth == 0 else {
      throw Violation(.sectionDiscipline, "a tail call is made within a section", at: slot)
    }
  }

  private func throwException(_ state: MachineState, _ slot: Int) throws(Violation) -> Flow {
    guard state.references.isEmpty, state.lockCount == 0 else {
      throw Violation(.unreleasedReference, "an exception is thrown while something is held", at: slot)
    }
    guard state.readSectionDepth == 0, state.preemptionDepth == 0 else {
      throw Violation(.sectionDiscipline, "an exception is thrown within a section", at: slot)
    }
    return .ends
  }

  private func requireMap(_ facts: CallFacts, _ prototype: CallPrototype, _ slot: Int) throws(Violation) {
    guard let map = facts.map, let types = prototype.mapTypes else { return }
    let shape = maps[Int(map.index)]
    guard types.contains(shape.type) else {
      throw Violation(
        .wrongMapType,
        "\(prototype.name) does not work on '\(shape.name)', a map of type \(shape.type.name)",
        at: slot
      )
    }
  }

  // MARK: Sections and references

  private mutating func changeSections(
    _ prototype: CallPrototype,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    switch prototype.section {
    case nil: break
    case .beginsReading:
      guard state.readSectionDepth == 0 else {
        throw Violation(
          .sectionDiscipline,
          "a read-side critical section begins within another, which Linux follows only since 6.19",
          at: slot
        )
      }
      state.readSectionDepth += 1
    case .endsReading:
      guard state.readSectionDepth > 0 else {
        throw Violation(.sectionDiscipline, "a read-side critical section ends that was not begun", at: slot)
      }
      state.readSectionDepth -= 1
      if state.readSectionDepth == 0 {
        state.forEachRegister { register in
          guard register.traits.contains(.rcu) else { return }
          register.traits.subtract([.rcu, .maybeNull])
          register.traits.insert(.untrusted)
        }
      }
    case .disablesPreemption: state.preemptionDepth += 1
    case .enablesPreemption:
      guard state.preemptionDepth > 0 else {
        throw Violation(.sectionDiscipline, "preemption is enabled that was not disabled", at: slot)
      }
      state.preemptionDepth -= 1
    }
  }

  private mutating func release(
    _ facts: CallFacts,
    _ prototype: CallPrototype,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    guard prototype.releases != nil, let released = facts.released else { return }
    if released.isZero { return }
    guard released.referenceID != 0,
      let place = state.references.firstIndex(where: { $0.kind == .object && $0.id == released.referenceID })
    else {
      throw Violation(
        .notAReference,
        "\(prototype.name) gives back what was not taken, or was given back before",
        at: slot
      )
    }
    if facts.root != nil { return lend(released, &state) }
    if facts.pointer != nil { return giveAway(released, &state) }
    state.references.remove(at: place)
    let id = released.referenceID
    state.forEachRegister { register in
      if register.referenceID == id { register = .unknown }
    }
    for frame in state.frames.indices {
      for index in state.frames[frame].stack.indices
      where state.frames[frame].stack[index].isObject
        && state.frames[frame].stack[index].spilled.referenceID == id
      {
        state.frames[frame].stack[index] = .invalid
      }
    }
  }

  /// Takes a reference, and gives its number.
  mutating func acquire(
    _ kind: MachineState.Reference.Kind,
    _ state: inout MachineState,
    _ slot: Int
  ) -> UInt32 {
    let id = newID()
    state.references.append(MachineState.Reference(kind, id: id, slot: slot))
    return id
  }

  // MARK: Results

  private mutating func setResult(
    _ prototype: CallPrototype,
    _ facts: CallFacts,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    var result = RegisterState.uninitialized
    switch prototype.result {
    case .void: break
    case .integer: result = .unknown
    case .unsigned(let size): result = number(below: size)
    case .range(let low, let high):
      result = .number(Scalar.range(low, high))
    case .errorOrLength:
      result = .unknown
      result.scalar.maxS64 = Int64(clamping: facts.size)
      result.scalar.maxS32 = Int32(clamping: facts.size)
      result.scalar.minS64 = -4095
      result.scalar.minS32 = -4095
      result.scalar.synchronize()
    case .mapValueOrNull, .mapValue:
      guard let map = facts.map else { break }
      let shape = maps[Int(map.index)]
      result = RegisterState(.mapValue, .maybeNull, index: map.index)
      result.originID = map.originID
      result.id = newID()
      if prototype.result == .mapValue || isCertain(facts, shape, prototype) {
        result.traits = []
        if !shape.fields.holdLock { result.id = 0 }
      }
      if shape.type == .sockmap || shape.type == .sockhash {
        result.referenceID = acquire(.object, &state, slot)
        result.id = result.referenceID
      }
    case .socketOrNull: result = RegisterState(.socket, .maybeNull)
    case .tcpSocketOrNull: result = RegisterState(.tcpSocket, .maybeNull)
    case .socketCommonOrNull: result = RegisterState(.socketCommon, .maybeNull)
    case .recordOrNull:
      result = RegisterState(.memory, [.maybeNull, .ringRecord], index: Int32(clamping: facts.constant ?? 0))
    case .memoryOrNull(let use, let isSlice):
      var traits: RegisterState.Traits = .maybeNull
      if use == .read { traits.insert(.readOnly) }
      result = RegisterState(.memory, traits, index: Int32(clamping: facts.constant ?? facts.size))
      if isSlice, let dynptr = facts.dynptr {
        result.originID = dynptr.id
        if dynptr.index == StackObject.DynptrKind.packet.rawValue { result.traits.insert(.packetSlice) }
        result.referenceID = dynptr.referenceID
        result.traits.insert(.slice)
      }
    case .fixedMemoryOrNull(let size, let use):
      result = RegisterState(
        .memory,
        use == .read ? [.maybeNull, .readOnly] : .maybeNull,
        index: Int32(size)
      )
    case .object(let name):
      result = RegisterState(.object, prototype.resultLife, index: objects.kernelType(name))
    case .objectOrNull(let name):
      result = RegisterState(.object, prototype.resultLife.union(.maybeNull), index: objects.kernelType(name))
    case .fieldObjectOrNull:
      guard let field = facts.pointer else { throw notModelled(prototype, slot) }
      result = RegisterState(.object, .maybeNull, index: field.target)
      if objects[field.target].isLocal { result.traits.insert(.allocated) }
      if field.pointer == .perCPU { result.traits.insert(.perCPU) }
    case .allocatedOrNull(let perCPU): result = try allocated(facts, perCPU: perCPU, prototype, slot)
    case .sameObjectOrNull:
      guard let counted = facts.counted else { throw notModelled(prototype, slot) }
      result = RegisterState(.object, .allocated, index: counted.index)
      // The last reference to what is not held may just be going.
      if counted.referenceID == 0 { result.traits.insert(.maybeNull) }
    case .nodeOrNull:
      guard let root = facts.root else { throw notModelled(prototype, slot) }
      result = node(of: root, isOwned: prototype.traits.contains(.acquires))
      result.traits.insert(.maybeNull)
    case .perCPUVariable(let orNull):
      guard let variable = facts.perCPU else { throw notModelled(prototype, slot) }
      result = variable
      if variable.kind == .object, variable.traits.contains(.rcu) {
        result.traits = [.allocated, .rcu]
      } else {
        result.traits = variable.kind == .memory ? .readOnly : []
      }
      if orNull { result.traits.insert(.maybeNull) }
    case .cast: result = try cast(facts, prototype, slot)
    case .arenaAddress: result = .unknown
    }
    if prototype.traits.contains(.keepsReference), let source = facts.released {
      result.referenceID = source.referenceID
    }
    if prototype.takesLock, prototype.id == 0 { result = .constant(0) }
    if prototype.traits.contains(.acquires), result.kind != .uninitialized {
      result.referenceID = acquire(.object, &state, slot)
      if result.mayBeNull || prototype.id != 0 { result.id = result.referenceID }
    } else if result.mayBeNull, result.id == 0 {
      result.id = newID()
    }
    if result.id == 0, result.kind == .object, result.traits.contains(.allocated),
      objects[result.index].fields.holdLock
    {
      result.id = newID()
    }
    state[.r0] = result
  }

  func notModelled(_ prototype: CallPrototype, _ slot: Int) -> Violation {
    Violation(.unsupported, "what \(prototype.name) does is not modelled", at: slot)
  }

  /// Whether a look-up of a constant key in an array always finds something.
  private func isCertain(_ facts: CallFacts, _ shape: MapShape, _ prototype: CallPrototype) -> Bool {
    guard prototype.id == 1, shape.type == .array || shape.type == .perCPUArray, let key = facts.constantKey
    else { return false }
    return key < UInt64(shape.definition.maxEntries)
  }
}

extension CallPrototype {
  /// How alive the object is that comes back.
  fileprivate var resultLife: RegisterState.Traits {
    if traits.contains(.untrustedResult) { return .untrusted }
    if traits.contains(.trustedResult) { return .trusted }
    if traits.contains(.readSectionResult) { return .rcu }
    return []
  }
}

extension Scalar {
  /// A number between two, signed.
  static func range(_ low: Int64, _ high: Int64) -> Scalar {
    var scalar = Scalar.unknown
    scalar.minS64 = low
    scalar.maxS64 = high
    if let low32 = Int32(exactly: low), let high32 = Int32(exactly: high) {
      scalar.minS32 = low32
      scalar.maxS32 = high32
    }
    scalar.synchronize()
    return scalar
  }
}

extension String {
  /// Whether programs under this license may call helpers that are only for the GPL.
  var isGPLCompatible: Bool {
    ["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"].contains(
      self
    )
  }
}
