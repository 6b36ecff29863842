import BPF

// Fields of map values that belong to the engine: locks and timers.

extension Transfer {
  mutating func checkField(
    _ kind: CallPrototype.FieldKind,
    _ value: RegisterState,
    _ register: Register,
    _ index: Int,
    _ prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    let wanted: KernelField.Kind
    switch kind {
    case .spinLock: wanted = .spinLock
    case .timer: wanted = .timer
    default: throw notModelled(prototype, slot)
    }
    guard value.kind == .mapValue, !value.mayBeNull, let variable = value.scalar.constant else {
      throw wants("a \(wanted.typeName) in a map's value", value, index, prototype, slot)
    }
    let place = Int(value.offset) + Int(truncatingIfNeeded: variable)
    let shape = maps[Int(value.index)]
    guard shape.definition.fields.contains(KernelField(wanted, at: place)) else {
      throw Violation(
        .badArgument,
        "there is no \(wanted.typeName) at offset \(place) of the values of '\(shape.name)'",
        at: slot,
        register: register
      )
    }
    facts.field = value
    if wanted == .spinLock {
      try changeLock(value, takes: prototype.name == "bpf_spin_lock", &state, slot)
    }
  }

  private mutating func changeLock(
    _ value: RegisterState,
    takes: Bool,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    if takes {
      guard state.lockCount == 0 else {
        throw Violation(.lockDiscipline, "a second lock is taken while one is held", at: slot)
      }
      state.references.append(
        MachineState.Reference(.lock, id: value.id, slot: slot, owner: value.index)
      )
      state.lockCount += 1
      return
    }
    guard let place = state.references.lastIndex(where: { $0.kind == .lock }) else {
      throw Violation(.lockDiscipline, "a lock is released that was not taken", at: slot)
    }
    let lock = state.references[place]
    guard lock.id == value.id, lock.owner == value.index else {
      throw Violation(
        .lockDiscipline,
        "another lock is released than was taken at slot \(lock.slot)",
        at: slot
      )
    }
    state.references.remove(at: place)
    state.lockCount -= 1
  }
}
