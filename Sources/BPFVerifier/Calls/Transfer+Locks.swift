import BPF

// Spin locks and resource locks.

extension Transfer {
  /// Of an allocated object, whose lock it is; of a map's value it is the map's number.
  private static let allocatedOwner: Int32 = -1

  /// Whose lock a value's is, beside its identity.
  func lockOwner(_ value: RegisterState) -> Int32 {
    value.kind == .mapValue ? value.index : Self.allocatedOwner
  }

  mutating func changeLock(
    _ field: CallPrototype.FieldKind,
    _ value: RegisterState,
    _ prototype: CallPrototype,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    let kind: MachineState.Reference.Kind =
      field == .spinLock
      ? .lock
      : prototype.parameters.count > 1 ? .resilientLockInterruptsOff : .resilientLock
    try requireNoTreeCallback(prototype, state, slot)
    if prototype.takesLock {
      try take(kind, value, &state, slot)
    } else {
      try give(kind, value, &state, slot)
    }
  }

  private mutating func take(
    _ kind: MachineState.Reference.Kind,
    _ value: RegisterState,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    if kind == .lock {
      guard !state.references.contains(where: { $0.kind == .lock }) else {
        throw Violation(.lockDiscipline, "a second lock is taken while one is held", at: slot)
      }
    } else {
      let owner = lockOwner(value)
      let isHeld = state.references.contains { reference in
        (reference.kind == .resilientLock || reference.kind == .resilientLockInterruptsOff)
          && reference.id == value.id && reference.owner == owner
      }
      guard !isHeld else {
        throw Violation(.lockDiscipline, "a lock is taken that is held already", at: slot)
      }
    }
    state.references.append(
      MachineState.Reference(kind, id: value.id, slot: slot, owner: lockOwner(value))
    )
    state.lockCount += 1
  }

  private func give(
    _ kind: MachineState.Reference.Kind,
    _ value: RegisterState,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    guard let last = state.references.last(where: \.isLock) else {
      throw Violation(.lockDiscipline, "a lock is released that was not taken", at: slot)
    }
    let owner = lockOwner(value)
    let place = state.references.lastIndex { reference in
      reference.kind == kind && reference.id == value.id && reference.owner == owner
    }
    guard let place else {
      throw Violation(
        .lockDiscipline,
        "another lock is released than was taken at slot \(last.slot)",
        at: slot
      )
    }
    guard last.id == value.id, last.owner == owner else {
      throw Violation(
        .lockDiscipline,
        "a lock is released before the one that was taken after it, at slot \(last.slot)",
        at: slot
      )
    }
    state.references.remove(at: place)
    state.lockCount -= 1
    state.endBorrowing()
  }

  /// Where taking the lock fails, nothing is held and `r0` is an error.
  mutating func failToLock(
    _ prototype: CallPrototype,
    _ state: MachineState,
    _ slot: Int,
    _ forks: inout [Fork]
  ) {
    guard prototype.takesLock, prototype.parameters.first == .field(.resilientSpinLock) else { return }
    var failed = state
    forgetCallerSaved(&failed)
    failed[.r0] = .number(Scalar.range(-4095, -1))
    forks.append(Fork(slot: slot + 1, state: failed, cause: .branch))
  }

  /// What is not done in the function that compares a tree's nodes.
  func requireNoTreeCallback(
    _ prototype: CallPrototype,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) {
    guard state.frames.contains(where: { $0.callback?.comparesNodes == true }) else { return }
    throw Violation(
      .lockDiscipline,
      "\(prototype.name) is called in a function that compares a tree's nodes",
      at: slot
    )
  }
}

extension CallPrototype {
  /// Whether it takes a lock, and does not release one.
  var takesLock: Bool {
    switch name {
    case "bpf_spin_lock", "bpf_res_spin_lock", "bpf_res_spin_lock_irqsave": true
    default: false
    }
  }
}

extension MachineState.Reference {
  /// Whether it is a lock of any kind.
  var isLock: Bool { kind == .lock || kind == .resilientLock || kind == .resilientLockInterruptsOff }
}
