import BPF

// Comparisons: which ways are possible, and what is learnt on each.

extension Transfer {
  mutating func branch(
    _ comparison: Comparison,
    _ width: Width,
    _ left: Register,
    _ right: Operand,
    to target: Int,
    _ state: inout MachineState,
    _ slot: Int,
    _ forks: inout [Fork]
  ) throws(Violation) -> Flow {
    try requireInitialized(left, state, slot)
    let a = state[left]
    let b: RegisterState
    var rightRegister: Register?
    switch right {
    case .register(let register):
      try requireInitialized(register, state, slot)
      rightRegister = register
      b = state[register]
    case .immediate(let value): b = .constant(UInt64(bitPattern: Int64(value)))
    }
    effects.comparesScalars = (a.kind == .scalar, b.kind == .scalar && rightRegister != nil)
    if let taken = outcome(comparison, width, a, b) {
      if a.kind == .scalar { effects.demand(left) }
      if let rightRegister, b.kind == .scalar { effects.demand(rightRegister) }
      ways[slot].insert(taken ? .jumps : .falls)
      return .next(taken ? target : slot + 1)
    }
    let isKnown = width == .doubleWord ? insideOutcome(comparison, a, b) : nil
    ways[slot].formUnion(isKnown.map { $0 ? .jumps : .falls } ?? .both)
    collectLinks(of: a, b, rightRegister, state)
    var other = state
    refine(comparison, width, left, rightRegister, b, holds: true, &other)
    refine(comparison, width, left, rightRegister, b, holds: false, &state)
    learnPointers(comparison, width, left, rightRegister, a, b, taken: &other, fallen: &state)
    forks.append(Fork(slot: target, state: other, cause: .branch))
    return .next(slot + 1)
  }

  /// Whether the comparison holds, where that is certain.
  func outcome(
    _ comparison: Comparison,
    _ width: Width,
    _ a: RegisterState,
    _ b: RegisterState
  ) -> Bool? {
    if a.kind == .scalar, b.kind == .scalar { return a.scalar.decides(comparison, width, b.scalar) }
    if width == .doubleWord, a.isPacketAddress, b.isPacketAddress {
      return packetOutcome(comparison, a, b)
    }
    let pointer = b.kind == .scalar ? a : b
    let number = b.kind == .scalar ? b : a
    let constant = width == .word ? number.scalar.constant32.map { UInt64($0) } : number.scalar.constant
    guard number.kind == .scalar, constant == 0, pointer.isNeverNull else { return nil }
    switch comparison {
    case .eq: return false
    case .ne: return true
    default: return nil
    }
  }

  /// How a pointer compares with the packet's end whose bytes up to there are known to exist.
  ///
  /// Linux follows both ways all the same, and so does this verifier, for the effort to be equal; engines need not.
  private func insideOutcome(_ comparison: Comparison, _ a: RegisterState, _ b: RegisterState) -> Bool? {
    let pointer = b.kind == .packetEnd ? a : b
    guard pointer.kind == .packet, (b.kind == .packetEnd) != (a.kind == .packetEnd), pointer.range > 0
    else { return nil }
    let room = Int64(pointer.range) - Int64(pointer.offset)
    switch b.kind == .packetEnd ? comparison : comparison.flipped {
    case .gt where room >= 0: return false
    case .le where room >= 0: return true
    case .ge where room > 0: return false
    case .lt where room > 0: return true
    default: return nil
    }
  }

  private func packetOutcome(_ comparison: Comparison, _ a: RegisterState, _ b: RegisterState) -> Bool? {
    let pointer: RegisterState
    let direct: Comparison
    if b.kind == .packetEnd {
      pointer = a
      direct = comparison
    } else if a.kind == .packetEnd {
      pointer = b
      direct = comparison.flipped
    } else {
      return nil
    }
    guard pointer.range < 0 else { return nil }
    switch direct {
    case .le, .gt: return pointer.range == RegisterState.beyondPacketEnd ? direct == .gt : nil
    case .lt, .ge: return direct == .ge
    default: return nil
    }
  }

  // MARK: Scalars

  private func refine(
    _ comparison: Comparison,
    _ width: Width,
    _ left: Register,
    _ right: Register?,
    _ b: RegisterState,
    holds: Bool,
    _ state: inout MachineState
  ) {
    guard state[left].kind == .scalar, b.kind == .scalar, right != left else { return }
    var first = state[left].scalar
    var second = b.scalar
    if holds {
      Scalar.assume(comparison, width, &first, &second)
    } else {
      Scalar.assumeNot(comparison, width, &first, &second)
    }
    state[left].scalar = first
    if let right {
      state[right].scalar = second
      propagate(state[right], &state)
    }
    propagate(state[left], &state)
  }

  /// Gives what was learnt of a scalar to all that share its identity.
  private func propagate(_ known: RegisterState, _ state: inout MachineState) {
    guard known.id != 0, effects.linked.count > 1 else { return }
    for index in 0..<effects.linked.count {
      let place = effects.linked[index]
      let frame = Int(place.frame)
      if place.isSlot {
        learn(known, &state.frames[frame].stack[Int(place.index)].spilled)
      } else {
        learn(known, &state.frames[frame].registers[Int(place.index)])
      }
    }
  }

  private func learn(_ known: RegisterState, _ register: inout RegisterState) {
    let mask = ~RegisterState.linkFlags
    guard register.kind == .scalar, register.id & mask == known.id & mask else { return }
    // A sum of 32 bits says nothing of one of 64: only one of them goes round.
    let flags = (register.id ^ known.id) & RegisterState.linkFlags
    if flags == RegisterState.linkFlags { return }
    if register.isLinkedByOffset == known.isLinkedByOffset, register.offset == known.offset {
      let keeps = register
      register = known
      register.id = keeps.id
      register.offset = keeps.offset
      return
    }
    let ownOffset = register.isLinkedByOffset ? Int64(register.offset) : 0
    let knownOffset = known.isLinkedByOffset ? Int64(known.offset) : 0
    let difference = Scalar(constant: UInt64(bitPattern: ownOffset - knownOffset))
    var scalar = known.scalar
    scalar.apply(.add, .doubleWord, difference)
    if (register.id | known.id) & RegisterState.linkedByHalfOffset != 0 { scalar.truncate(to: .word) }
    register.scalar = scalar
  }

  private mutating func collectLinks(
    of a: RegisterState,
    _ b: RegisterState,
    _ right: Register?,
    _ state: MachineState
  ) {
    let mask = ~RegisterState.linkFlags
    let first = a.kind == .scalar ? a.id & mask : 0
    let second = right != nil && b.kind == .scalar ? b.id & mask : 0
    guard first != 0 || second != 0 else { return }
    var links = LinkedScalars()
    func isLinked(_ register: RegisterState) -> Bool {
      let id = register.id & mask
      return register.kind == .scalar && id != 0 && (id == first || id == second)
    }
    for frame in state.frames.indices {
      for index in 0..<10 where isLinked(state.frames[frame].registers[index]) {
        links.append(LinkedScalars.Place(frame: UInt8(frame), index: UInt8(index), isSlot: false))
      }
      for index in state.frames[frame].stack.indices {
        let slot = state.frames[frame].stack[index]
        if slot.isSpill, isLinked(slot.spilled) {
          links.append(LinkedScalars.Place(frame: UInt8(frame), index: UInt8(index), isSlot: true))
        }
      }
    }
    effects.linked = links
  }

  // MARK: Pointers

  private mutating func learnPointers(
    _ comparison: Comparison,
    _ width: Width,
    _ left: Register,
    _ right: Register?,
    _ a: RegisterState,
    _ b: RegisterState,
    taken: inout MachineState,
    fallen: inout MachineState
  ) {
    guard width == .doubleWord else { return }
    if let right, a.isPointer, b.isPointer, a.mayBeNull != b.mayBeNull, a.kind != .object, b.kind != .object,
      comparison == .eq || comparison == .ne
    {
      let subject = a.mayBeNull ? left : right
      if comparison == .eq { notNull(&taken[subject]) } else { notNull(&fallen[subject]) }
    }
    if right == nil, b.isZero, comparison == .eq || comparison == .ne, a.mayBeNull {
      resolveNull(a, isNull: comparison == .eq, &taken)
      resolveNull(a, isNull: comparison == .ne, &fallen)
      return
    }
    guard let right else { return }
    learnPacket(comparison, left, right, a, b, taken: &taken, fallen: &fallen)
  }

  /// Settles whether all copies of an or-null pointer are null.
  private mutating func resolveNull(_ pointer: RegisterState, isNull: Bool, _ state: inout MachineState) {
    if isNull, pointer.referenceID != 0, pointer.referenceID == pointer.id {
      state.references.removeAll { $0.kind == .object && $0.id == pointer.id }
    }
    let maps = maps
    let objects = objects
    state.forEachRegister { register in
      guard register.mayBeNull, register.id == pointer.id, pointer.id != 0 || register == pointer else {
        return
      }
      if isNull {
        register = .constant(0)
      } else {
        register.becomeNotNull(maps, objects)
      }
    }
  }

  private func notNull(_ register: inout RegisterState) { register.becomeNotNull(maps, objects) }

  private mutating func learnPacket(
    _ comparison: Comparison,
    _ left: Register,
    _ right: Register,
    _ a: RegisterState,
    _ b: RegisterState,
    taken: inout MachineState,
    fallen: inout MachineState
  ) {
    // Everything is brought to the form `pointer comparison end`.
    let pointer: RegisterState
    let register: Register
    let direct: Comparison
    if (a.kind == .packet && b.kind == .packetEnd) || (a.kind == .packetMetadata && b.isPacketStart) {
      (pointer, register, direct) = (a, left, comparison)
    } else if (a.kind == .packetEnd && b.kind == .packet) || (a.isPacketStart && b.kind == .packetMetadata) {
      (pointer, register, direct) = (b, right, comparison.flipped)
    } else {
      return
    }
    switch direct {
    case .gt:
      extendRange(like: pointer, isOpen: false, &fallen)
      markEnd(register, isOpen: true, &taken)
    case .lt:
      extendRange(like: pointer, isOpen: true, &taken)
      markEnd(register, isOpen: false, &fallen)
    case .ge:
      extendRange(like: pointer, isOpen: true, &fallen)
      markEnd(register, isOpen: false, &taken)
    case .le:
      extendRange(like: pointer, isOpen: false, &taken)
      markEnd(register, isOpen: true, &fallen)
    default: break
    }
  }

  /// Farther into a packet than this nothing is believed (`MAX_PACKET_OFF`).
  private static let farthestPacketOffset: Int64 = 0xffff

  /// Everything up to a pointer is known to exist: all pointers with its variable part learn it.
  private func extendRange(like pointer: RegisterState, isOpen: Bool, _ state: inout MachineState) {
    let offset = Int64(pointer.offset)
    guard offset >= 0, !(offset == 0 && isOpen) else { return }
    guard pointer.scalar.maxU64 <= UInt64(Self.farthestPacketOffset),
      Int64(pointer.scalar.maxU64) + offset <= Self.farthestPacketOffset
    else { return }
    let range = Int32(offset) + (isOpen ? 1 : 0)
    state.forEachRegister { register in
      guard register.kind == pointer.kind, register.id == pointer.id else { return }
      register.range = max(register.range, range)
    }
  }

  private func markEnd(_ register: Register, isOpen: Bool, _ state: inout MachineState) {
    guard state[register].kind == .packet else { return }
    state[register].range = isOpen ? RegisterState.beyondPacketEnd : RegisterState.atPacketEnd
  }
}

extension RegisterState {
  var isPacketAddress: Bool { isInPacket || kind == .packetEnd }
  /// The packet's start as the context gave it.
  var isPacketStart: Bool {
    kind == .packet && id == 0 && offset == 0 && scalar.constant == 0
  }

  /// A pointer that no comparison with null need doubt.
  var isNeverNull: Bool {
    guard !mayBeNull else { return false }
    switch kind {
    case .socket, .tcpSocket, .socketCommon, .mapValue, .mapKey, .map: return true
    case .memory: return !traits.contains(.untrusted)
    case .object: return isTrusted
    default: return false
    }
  }

  /// The comparison with null went well: it points to what it was to point to.
  mutating func becomeNotNull(_ maps: [MapShape], _ objects: ObjectTypes) {
    traits.remove(.maybeNull)
    if kind == .mapValue {
      let shape = maps[Int(index)]
      if let inner = shape.inner {
        kind = .map
        index = inner
        originID = id
        id = 0
        return
      }
      switch shape.type {
      case .xskmap: kind = .xdpSocket
      case .sockmap, .sockhash: kind = .socket
      default: break
      }
      if !shape.fields.holdLock { id = 0 }
    } else if kind != .object || !traits.contains(.allocated) || !objects[index].fields.holdLock {
      id = 0
    }
  }
}

extension Comparison {
  /// The comparison that holds of exchanged operands.
  var flipped: Comparison {
    switch self {
    case .gt: .lt
    case .ge: .le
    case .lt: .gt
    case .le: .ge
    case .sgt: .slt
    case .sge: .sle
    case .slt: .sgt
    case .sle: .sge
    case .eq, .ne, .set: self
    }
  }
}
