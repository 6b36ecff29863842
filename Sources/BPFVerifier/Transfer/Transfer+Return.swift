import BPF

// Local calls, callbacks and what happens at an exit.

extension Transfer {
  /// Most functions in the middle of a call.
  static let mostFrames = 8

  /// Enters a function: r1 to r5 are its arguments.
  mutating func callLocal(_ callee: Int, _ state: inout MachineState, _ slot: Int) throws(Violation) -> Flow {
    let function = layout.functions[callee]
    if function.isGlobal {
      try requireArguments(of: callee, state, slot)
      if state.lockCount > 0 {
        throw Violation(
          .lockDiscipline,
          "the global function '\(function.name)' is called while a lock is held; static functions may be",
          at: slot
        )
      }
      calledGlobals.insert(callee)
      if changesPacket[callee] { forgetPacket(&state) }
      forgetCallerSaved(&state)
      state[.r0] = .unknown
      return .next(slot + 1)
    }
    guard state.frames.count < Self.mostFrames else {
      throw Violation(
        .tooManyFrames,
        "the call to '\(function.name)' would be the ninth one nested",
        at: slot
      )
    }
    var frame = Frame(function: callee, number: state.frames.count, callSite: slot)
    for index in 1...5 { frame.registers[index] = state.current.registers[index] }
    forgetCallerSaved(&state)
    state.frames.append(frame)
    return .next(function.start)
  }

  /// A call leaves r0 to r5 without what they held.
  func forgetCallerSaved(_ state: inout MachineState) {
    let last = state.frames.count - 1
    for index in 0...5 { state.frames[last].registers[index] = .uninitialized }
  }

  /// Pointers into the packet, and what dynptrs lent of it, are stale: what is left of them are numbers.
  func forgetPacket(_ state: inout MachineState) {
    state.forEachRegister { register in
      if register.isPacketAddress || register.traits.contains(.packetSlice) { register = .unknown }
    }
  }

  mutating func exit(_ state: inout MachineState, _ slot: Int) throws(Violation) -> Flow {
    try requireNothingHeld(state, slot)
    guard state.frames.count > 1 else {
      try requireInitialized(.r0, state, slot)
      try checkResult(state, slot)
      return .ends
    }
    let frame = state.current
    let result = frame.registers[0]
    if result.kind == .stack {
      throw Violation(
        .escapingStackPointer,
        "a function returns a stack pointer",
        at: slot,
        register: .r0
      )
    }
    state.frames.removeLast()
    guard let callback = frame.callback else {
      state[.r0] = result
      return .next(frame.callSite + 1)
    }
    guard result.kind == .scalar else {
      throw Violation(
        result.kind == .uninitialized ? .uninitializedRegister : .callbackResult,
        "a function that is called back returns \(result.words)",
        at: slot,
        register: .r0
      )
    }
    effects.demand(.r0)
    try requireResult(result.scalar, callback.results, slot)
    return .next(frame.callSite)
  }

  func requireResult(_ scalar: Scalar, _ range: ClosedRange<Int32>, _ slot: Int) throws(Violation) {
    guard scalar.minS64 >= Int64(range.lowerBound), scalar.maxS64 <= Int64(range.upperBound) else {
      let wanted =
        range.lowerBound == range.upperBound
        ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw Violation(
        .callbackResult,
        "a function that is called back returns a number that may not be \(wanted)",
        at: slot,
        register: .r0
      )
    }
  }

  /// What the first frame of a way may return.
  private mutating func checkResult(_ state: MachineState, _ slot: Int) throws(Violation) {
    let frame = state.current
    let result = frame.registers[0]
    if let callback = frame.callback {
      guard result.kind == .scalar else {
        throw Violation(
          .callbackResult,
          "a function that is called back returns \(result.words)",
          at: slot,
          register: .r0
        )
      }
      effects.demand(.r0)
      try requireResult(result.scalar, callback.results, slot)
    } else if frame.function != 0, result.kind != .scalar {
      throw Violation(
        .badResult,
        "the global function '\(layout.functions[frame.function].name)' returns \(result.words)",
        at: slot,
        register: .r0
      )
    }
  }

  /// At the end of a program nothing may be held; at the end of a function it may be.
  private func requireNothingHeld(_ state: MachineState, _ slot: Int) throws(Violation) {
    guard state.frames.count == 1 else { return }
    if state.lockCount > 0 {
      throw Violation(.lockDiscipline, "the program ends while it holds a lock", at: slot)
    }
    if let reference = state.references.first(where: { $0.kind == .object }) {
      throw Violation(
        .unreleasedReference,
        "what was taken at slot \(reference.slot) is not given back on this way",
        at: slot
      )
    }
    if state.interruptFlagsID != 0 {
      throw Violation(.sectionDiscipline, "the program ends with interrupts disabled", at: slot)
    }
    if state.readSectionDepth > 0 {
      throw Violation(.sectionDiscipline, "the program ends within a read-side critical section", at: slot)
    }
    if state.preemptionDepth > 0 {
      throw Violation(.sectionDiscipline, "the program ends with preemption disabled", at: slot)
    }
  }
}
