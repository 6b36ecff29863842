import BPF

// Dynptrs and iterators, which lie on the program's stack and are only their own calls' to touch.

extension Transfer {
  /// The first slot of an object on a stack that takes so many.
  func place(
    of value: RegisterState,
    slotCount: Int,
    _ index: Int,
    _ prototype: CallPrototype,
    _ slot: Int
  ) throws(Violation) -> (frame: Int, index: Int) {
    guard value.kind == .stack, let variable = value.scalar.constant else {
      throw wants("a place on the stack", value, index, prototype, slot)
    }
    let offset = Int64(value.offset) + Int64(bitPattern: variable)
    guard offset % 8 == 0, offset >= -Self.stackByteCount, offset + Int64(slotCount * 8) <= 0 else {
      throw Violation(
        .badArgument,
        "argument \(index + 1) of \(prototype.name) lies at r10\(offset), where \(slotCount * 8) bytes aligned to 8 have no room",
        at: slot,
        register: Register(rawValue: UInt8(index + 1))
      )
    }
    return (Int(value.index), Int(-offset / 8) - 1)
  }

  // MARK: Dynptrs

  mutating func checkDynptr(
    _ use: CallPrototype.DynptrUse,
    _ value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    switch use {
    case .makes(let kind):
      try makeDynptr(kind, value, index, prototype, acquires: kind == .ringBuffer, &state, slot)
    case .clones:
      guard let source = facts.dynptr, let kind = StackObject.DynptrKind(rawValue: source.index) else {
        throw notModelled(prototype, slot)
      }
      try makeDynptr(kind, value, index, prototype, acquires: false, &state, slot, clones: source)
    case .reads, .changes, .releasesRingBuffer:
      if value.kind == .dynptr {
        guard use == .reads else { throw wants("a dynptr on the stack", value, index, prototype, slot) }
        facts.dynptr = value
        return
      }
      let place = try place(of: value, slotCount: 2, index, prototype, slot)
      let first = state.frames[place.frame][slot: place.index]
      let second = state.frames[place.frame][slot: place.index - 1]
      guard first.isAll(.dynptr), second.isAll(.dynptr), first.spilled.offset == 0,
        first.spilled.id == second.spilled.id
      else {
        throw Violation(
          .dynptrDiscipline,
          "argument \(index + 1) of \(prototype.name) is no dynptr that was made on this way",
          at: slot,
          register: Register(rawValue: UInt8(index + 1))
        )
      }
      effects.read(slot: place.index, frame: place.frame)
      effects.read(slot: place.index - 1, frame: place.frame)
      facts.dynptr = first.spilled
      if use == .releasesRingBuffer {
        guard first.spilled.index == StackObject.DynptrKind.ringBuffer.rawValue else {
          throw wants("a ring buffer's dynptr", value, index, prototype, slot)
        }
        facts.released = first.spilled
      }
    }
  }

  private mutating func makeDynptr(
    _ kind: StackObject.DynptrKind,
    _ value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    acquires: Bool,
    _ state: inout MachineState,
    _ slot: Int,
    clones: RegisterState? = nil
  ) throws(Violation) {
    let place = try place(of: value, slotCount: 2, index, prototype, slot)
    growStack(of: place.frame, to: -Int64(place.index + 1) * 8, &state)
    let register = Register(rawValue: UInt8(index + 1)) ?? .r1
    for index in [place.index, place.index - 1] {
      if state.frames[place.frame].stack[index].isObject,
        !state.frames[place.frame].stack[index].isAll(.dynptr)
      {
        throw Violation(
          .dynptrDiscipline,
          "a dynptr is made where an iterator or saved flags lie",
          at: slot,
          register: register
        )
      }
      try endDynptr(at: index, place.frame, register, &state, slot)
    }
    var object = RegisterState(.dynptr, index: kind.rawValue)
    object.id = newID()
    if acquires { object.referenceID = acquire(.object, &state, slot) }
    if let clones { object.referenceID = clones.referenceID }
    for (offset, index) in [place.index, place.index - 1].enumerated() {
      object.offset = Int32(offset)
      state.frames[place.frame].stack[index] = StackSlot(.dynptr, object)
      effects.write(slot: index, frame: place.frame)
    }
  }

  /// Ends a dynptr that is about to be written over; what it lent is gone.
  mutating func endDynptr(
    at index: Int,
    _ frame: Int,
    _ register: Register,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    let stored = state.frames[frame][slot: index]
    guard stored.isAll(.dynptr) else { return }
    guard stored.spilled.referenceID == 0 else {
      throw Violation(
        .dynptrDiscipline,
        "a dynptr that must be given back first is written over",
        at: slot,
        register: register
      )
    }
    let id = stored.spilled.id
    for other in state.frames[frame].stack.indices
    where state.frames[frame].stack[other].isAll(.dynptr) && state.frames[frame].stack[other].spilled.id == id
    {
      state.frames[frame].stack[other] = .invalid
    }
    state.forEachRegister { register in
      if register.originID == id, register.kind == .memory { register = .unknown }
    }
  }

  // MARK: Iterators

  mutating func checkIterator(
    _ use: CallPrototype.IteratorUse,
    _ value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    guard let kind = prototype.iterator else { throw notModelled(prototype, slot) }
    let place = try place(of: value, slotCount: kind.slotCount, index, prototype, slot)
    let type = objects.kernelType("bpf_iter_" + kind.name)
    let slots = (place.index - kind.slotCount + 1)...place.index
    let register = Register(rawValue: UInt8(index + 1))
    if use == .makes {
      growStack(of: place.frame, to: -Int64(place.index + 1) * 8, &state)
      for other in slots where state.frames[place.frame].stack[other].isObject {
        throw Violation(
          .iteratorDiscipline,
          "an iterator is made where an object lies that was not ended",
          at: slot,
          register: register
        )
      }
      let id = acquire(.object, &state, slot)
      for other in slots {
        var object = RegisterState(.object, index: type)
        object.offset = Int32(place.index - other)
        object.range = StackObject.IteratorState.active.rawValue
        object.id = id
        object.referenceID = other == place.index ? id : 0
        state.frames[place.frame].stack[other] = StackSlot(.iterator, object)
        effects.write(slot: other, frame: place.frame)
      }
      return
    }
    for other in slots {
      let stored = state.frames[place.frame][slot: other]
      guard stored.isAll(.iterator), stored.spilled.index == type,
        stored.spilled.offset == Int32(place.index - other)
      else {
        throw Violation(
          .iteratorDiscipline,
          "argument \(index + 1) of \(prototype.name) is no iterator that was made on this way",
          at: slot,
          register: register
        )
      }
      effects.read(slot: other, frame: place.frame)
    }
    facts.iterator = place
    if use == .destroys {
      let id = state.frames[place.frame].stack[place.index].spilled.referenceID
      state.references.removeAll { $0.kind == .object && $0.id == id }
      state.forEachRegister { register in
        if register.referenceID == id { register = .unknown }
      }
      for other in slots { state.frames[place.frame].stack[other] = .invalid }
    }
  }

  /// `bpf_iter_…_next`: one way gives an element, the other one ends the loop.
  mutating func advance(
    _ place: (frame: Int, index: Int),
    _ state: inout MachineState,
    _ slot: Int,
    _ forks: inout [Fork]
  ) -> Flow {
    if state.frames[place.frame].stack[place.index].spilled.range == StackObject.IteratorState.active.rawValue
    {
      var active = state
      active.frames[place.frame].stack[place.index].spilled.scalar = Scalar(
        constant: (state.frames[place.frame].stack[place.index].spilled.scalar.constant ?? 0) + 1
      )
      active[.r0].becomeNotNull(maps, objects)
      forks.append(Fork(slot: slot + 1, state: active, cause: .iterator))
    }
    state.frames[place.frame].stack[place.index].spilled.range = StackObject.IteratorState.drained.rawValue
    if state[.r0].referenceID != 0 {
      let id = state[.r0].referenceID
      state.references.removeAll { $0.id == id }
    }
    state[.r0] = .constant(0)
    return .next(slot + 1)
  }
}
