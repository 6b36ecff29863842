import BPF

/// What one instruction does to a state, and what must hold for it: what all analyses share.
///
/// The analyses decide in which order states are followed and when one needs no following.
struct Transfer {
  /// Where a way goes on.
  enum Flow: Equatable {
    case next(Int)
    /// It ends here, and all is well.
    case ends
  }

  /// Another way that begins at an instruction.
  struct Fork {
    /// Why there is another way.
    enum Cause: Hashable { case branch, mayGoto, callback, iterator, asynchronous }
    var slot: Int
    var state: MachineState
    var cause: Cause
  }

  let program: Program
  let layout: CodeLayout
  let environment: VerifierEnvironment
  let maps: [MapShape]
  /// The types of objects.
  var objects: ObjectTypes
  /// Prototypes of the calls at slots.
  let prototypes: [Int: CallPrototype]
  /// Whether a function, or one that it calls, moves the packet's boundaries.
  let changesPacket: [Bool]

  /// What the last instruction looked at.
  var effects = StepEffects()
  /// The last identity that was given out.
  var lastID: UInt32 = 0
  /// Bytes of stack that each function uses.
  var stackDepths: [Int]
  /// What each load or store went through, where that must not vary.
  var pointerKinds: [PointerKind]
  /// Global functions that were called and are still to be verified.
  var calledGlobals: Set<Int> = []
  /// Functions that are called back asynchronously, and are verified by themselves.
  var asynchronousEntries: Set<AsynchronousEntry> = []
  /// Functions that are called back before the call returns.
  var callbacks: Set<Int> = []
  /// Where functions throw, by function.
  var throwingSlots: [Int: Int] = [:]
  /// Where stack is read that was never written on some way: the lowest such place, from the frame pointer, by slot.
  var unwrittenReads: [Int: Int64] = [:]
  /// Whether the code names an arena.
  let usesArena: Bool
  /// Whether any instruction looks into the packet.
  var readsPacket = false
  /// Which slots are reached on any way.
  var isReached: [Bool]
  /// Which ways the branches at slots can go.
  var ways: [BranchWays]
  /// What was proved of the loads and stores at slots.
  var accesses: [ProvenAccess?]
  /// Frozen values that a verdict relied on: bytes by map.
  var reliedOn: [Int32: Set<Int>] = [:]

  init(
    _ program: Program,
    _ layout: CodeLayout,
    _ environment: VerifierEnvironment,
    prototypes: [Int: CallPrototype]
  ) {
    self.program = program
    self.layout = layout
    self.environment = environment
    self.prototypes = prototypes
    objects = ObjectTypes(program: program.btf, kernel: environment.kernelTypes)
    maps = MapShape.shapes(of: program.maps, &objects)
    usesArena = !program.arenas.isEmpty
    stackDepths = [Int](repeating: 0, count: layout.functions.count)
    pointerKinds = [PointerKind](repeating: .none, count: layout.slotCount)
    isReached = [Bool](repeating: false, count: layout.slotCount)
    ways = [BranchWays](repeating: [], count: layout.slotCount)
    accesses = [ProvenAccess?](repeating: nil, count: layout.slotCount)
    changesPacket = Self.packetChangers(layout, prototypes)
  }

  /// All calls in the code, with what was found to call the addresses that it loads.
  var callsThatWereFound: [FunctionCall] {
    let asynchronous = Set(asynchronousEntries.map(\.function))
    return layout.calls.map { call in
      var call = call
      if call.kind == .address, asynchronous.contains(call.callee) { call.kind = .asynchronous }
      if call.kind == .address, callbacks.contains(call.callee) { call.kind = .callback }
      return call
    }
  }

  /// An identity that nothing has yet.
  mutating func newID() -> UInt32 {
    lastID += 1
    return lastID
  }

  /// Follows one instruction.
  ///
  /// - Parameters:
  ///   - state: The state before it, and after it on the way that `Flow` says.
  ///   - slot: Where it is.
  ///   - forks: Gets the other ways.
  /// - Returns: Where the way goes on.
  /// - Throws: The rule that the instruction breaks in this state.
  mutating func step(
    _ state: inout MachineState,
    at slot: Int,
    forks: inout [Fork]
  ) throws(Violation) -> Flow {
    effects.clear()
    isReached[slot] = true
    let instruction = layout.instruction(at: slot)
    switch instruction {
    case .alu(let operation, let width, let destination, let operand):
      if operation == .and || operation == .or {
        try splitMask(operation, width, destination, operand, &state, slot, &forks)
      }
      try arithmetic(operation, width, destination, operand, &state, slot)
    case .negate(let width, let register): try negate(width, register, &state, slot)
    case .moveSignExtending(let size, let width, let destination, let source):
      try moveSignExtending(size, width, destination, source, &state, slot)
    case .swap(let swap, let size, let register): try self.swap(swap, size, register, &state, slot)
    case .load(let size, let destination, let address):
      try load(size, destination, address, isSigned: false, &state, slot)
    case .loadSignExtending(let size, let destination, let address):
      try load(size, destination, address, isSigned: true, &state, slot)
    case .store(let size, let operand, let address): try store(size, operand, address, &state, slot)
    case .atomic(let operation, let width, let source, let address):
      try atomic(operation, width, source, address, &state, slot)
    case .loadAcquire(let size, let destination, let address):
      try requireAtomicPointer(address.base, "loads from", state, slot)
      try load(size, destination, address, isSigned: false, &state, slot, isAtomic: true)
    case .storeRelease(let size, let source, let address):
      try requireAtomicPointer(address.base, "stores to", state, slot)
      try store(size, .register(source), address, &state, slot, isAtomic: true)
    case .loadImmediate(let register, let immediate):
      try loadImmediate(register, immediate, &state, slot)
      return .next(slot + 2)
    case .jump(let offset): return .next(slot + 1 + Int(offset))
    case .jumpLong(let offset): return .next(slot + 1 + Int(offset))
    case .branch(let comparison, let width, let left, let right, let offset):
      return try branch(comparison, width, left, right, to: slot + 1 + Int(offset), &state, slot, &forks)
    case .mayGoto(let offset):
      var stays = state
      stays.mayGotoDepth += 1
      forks.append(Fork(slot: slot + 1, state: stays, cause: .mayGoto))
      return .next(slot + 1 + Int(offset))
    case .call(let target): return try call(target, &state, slot, &forks)
    case .addressSpaceCast(let destination, let source, let toArena):
      try castAddressSpace(destination, source, toArena, &state, slot)
    case .exit: return try exit(&state, slot)
    }
    return .next(slot + 1)
  }

  /// A register that is read.
  @inline(__always)
  func requireInitialized(_ register: Register, _ state: MachineState, _ slot: Int) throws(Violation) {
    if state.frames[state.frames.count - 1].registers[Int(register.rawValue)].kind == .uninitialized {
      throw uninitialized(register, slot)
    }
  }

  @inline(never) private func uninitialized(_ register: Register, _ slot: Int) -> Violation {
    Violation(
      .uninitializedRegister,
      "\(register) is read, and nothing was written to it",
      at: slot,
      register: register
    )
  }

  /// A register that is written.
  @inline(__always) func requireWritable(_ register: Register, _ slot: Int) throws(Violation) {
    if register == .r10 {
      throw Violation(
        .framePointerIsReadOnly,
        "r10 is the frame pointer, which cannot be changed",
        at: slot,
        register: .r10
      )
    }
  }

  private mutating func loadImmediate(
    _ register: Register,
    _ immediate: Immediate64,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    try requireWritable(register, slot)
    switch immediate {
    case .value(let value): state[register] = .constant(value)
    case .map(let index):
      try requireMap(index, slot)
      state[register] = RegisterState(.map, index: index)
    case .mapValue(let index, let offset):
      try requireMap(index, slot)
      let shape = maps[Int(index)]
      if shape.type == .arena {
        state[register] = .unknown
        return
      }
      guard shape.type == .array, shape.definition.maxEntries == 1 || offset < UInt32(shape.valueSize) else {
        throw Violation(
          .incompatibleMap,
          "the map '\(shape.name)' has no value whose address could be taken",
          at: slot
        )
      }
      // There is but one value, and so one lock: it needs no identity.
      state[register] = RegisterState(
        .mapValue,
        index: index,
        offset: Int32(truncatingIfNeeded: offset)
      )
    case .function:
      guard let callee = layout.callee(at: slot) else {
        throw Violation(.callOutOfRange, "the address is none of a function", at: slot)
      }
      state[register] = RegisterState(.function, index: Int32(callee))
    case .kernelVariable:
      state[register] = kernelVariable(slot)
    case .mapDescriptor, .mapDescriptorValue:
      throw Violation(.incompatibleMap, "the map is named by a descriptor, which nobody holds here", at: slot)
    }
  }

  private func requireMap(_ index: Int32, _ slot: Int) throws(Violation) {
    guard program.maps.indices.contains(Int(index)) else {
      throw Violation(.incompatibleMap, "there is no map \(index)", at: slot)
    }
  }

  /// Whether each function, with those it calls, moves the packet's boundaries.
  private static func packetChangers(
    _ layout: CodeLayout,
    _ prototypes: [Int: CallPrototype]
  ) -> [Bool] {
    var changes = [Bool](repeating: false, count: layout.functions.count)
    for (slot, prototype) in prototypes where prototype.traits.contains(.changesPacket) {
      changes[layout.functionIndex(of: slot)] = true
    }
    var isSettled = false
    while !isSettled {
      isSettled = true
      for call in layout.calls where changes[call.callee] && !changes[call.caller] {
        changes[call.caller] = true
        isSettled = false
      }
    }
    return changes
  }
}

extension Program {
  /// The arenas that the code names, by index in `maps`.
  var arenas: Set<Int> {
    var found: Set<Int> = []
    for instruction in instructions {
      switch instruction {
      case .loadImmediate(_, .map(let index)), .loadImmediate(_, .mapValue(let index, _)):
        if maps.indices.contains(Int(index)), maps[Int(index)].type == .arena { found.insert(Int(index)) }
      default: break
      }
    }
    return found
  }
}
