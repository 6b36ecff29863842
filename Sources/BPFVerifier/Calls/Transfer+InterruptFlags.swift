import BPF

// Interrupt flags that a call saves on the stack, and another one restores.

extension Transfer {
  mutating func checkInterruptFlags(
    saves: Bool,
    _ value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    let place = try place(of: value, slotCount: 1, index, prototype, slot)
    let register = Register(rawValue: UInt8(index + 1))
    let isOfLock = prototype.parameters.first == .field(.resilientSpinLock)
    if saves {
      growStack(of: place.frame, to: -Int64(place.index + 1) * 8, &state)
      guard !state.frames[place.frame].stack[place.index].isObject else {
        throw Violation(
          .sectionDiscipline,
          "interrupt flags are saved where an object lies that was not ended",
          at: slot,
          register: register
        )
      }
      let id = acquire(isOfLock ? .lockInterruptFlags : .interruptFlags, &state, slot)
      state.interruptFlagsID = id
      var flags = RegisterState(.object, index: isOfLock ? 1 : 0)
      flags.id = id
      flags.referenceID = id
      state.frames[place.frame].stack[place.index] = StackSlot(.interruptFlags, flags)
      effects.write(slot: place.index, frame: place.frame)
      return
    }
    let stored = state.frames[place.frame][slot: place.index]
    effects.read(slot: place.index, frame: place.frame)
    guard stored.isAll(.interruptFlags) else {
      throw Violation(
        .sectionDiscipline,
        "argument \(index + 1) of \(prototype.name) is no flags that were saved on this way",
        at: slot,
        register: register
      )
    }
    guard (stored.spilled.index == 1) == isOfLock else {
      throw Violation(
        .sectionDiscipline,
        isOfLock
          ? "interrupt flags are restored with a lock that were not saved with one"
          : "interrupt flags are restored without the lock that they were saved with",
        at: slot,
        register: register
      )
    }
    guard stored.spilled.id == state.interruptFlagsID else {
      throw Violation(
        .sectionDiscipline,
        "interrupt flags are restored in another order than they were saved",
        at: slot,
        register: register
      )
    }
    state.references.removeAll { $0.savesFlags && $0.id == stored.spilled.id }
    state.interruptFlagsID = state.references.last(where: \.savesFlags)?.id ?? 0
    state.frames[place.frame].stack[place.index] = .invalid
  }
}

extension MachineState.Reference {
  /// Whether it is flags that were saved, with or without a lock.
  fileprivate var savesFlags: Bool { kind == .interruptFlags || kind == .lockInterruptFlags }
}
