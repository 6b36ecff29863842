import BPF

// Functions of the program that helpers call back.

extension Transfer {
  mutating func callBack(
    _ function: Int,
    _ kind: CallPrototype.CallbackKind,
    _ facts: CallFacts,
    _ prototype: CallPrototype,
    _ state: inout MachineState,
    _ slot: Int,
    _ forks: inout [Fork]
  ) throws(Violation) {
    switch kind {
    case .timer, .workQueue, .taskWork:
      guard let field = facts.field else { throw notModelled(prototype, slot) }
      asynchronousEntries.insert(AsynchronousEntry(function: function, map: field.index, kind: kind))
      return
    case .loop:
      effects.demand(.r1)
      let last = state.frames.count - 1
      let rounds = state[.r1].kind == .scalar ? state[.r1].scalar.maxU64 : .max
      if UInt64(state.frames[last].callbackDepth) >= rounds {
        state.frames[last].callbackDepth = 0
        return
      }
    case .mapElement, .userRecord, .memoryArea, .treeComparison: break
    }
    guard !layout.functions[function].isGlobal else {
      throw Violation(
        .badArgument,
        "the function '\(layout.functions[function].name)' that is called back is not static",
        at: slot
      )
    }
    callbacks.insert(function)
    var called = state
    guard called.frames.count < Self.mostFrames else {
      throw Violation(
        .tooManyFrames,
        "the function that is called back would be the ninth one nested",
        at: slot
      )
    }
    var frame = Frame(function: function, number: called.frames.count, callSite: slot)
    frame.callback = Frame.Callback(results: 0...1)
    let map = facts.map ?? .uninitialized
    switch kind {
    case .loop:
      frame.registers[1] = .unknown
      frame.registers[2] = facts.callbackContext
    case .mapElement:
      frame.registers[1] = map
      frame.registers[2] = RegisterState(.mapKey, index: map.index)
      var value = RegisterState(.mapValue, index: map.index)
      if maps[Int(map.index)].fields.holdLock {
        value.id = newID()
      }
      frame.registers[3] = value
      frame.registers[4] = facts.callbackContext
    case .userRecord:
      var record = RegisterState(.dynptr, .readOnly, index: StackObject.DynptrKind.local.rawValue)
      record.id = newID()
      frame.registers[1] = record
      frame.registers[2] = facts.callbackContext
    case .memoryArea:
      frame.callback?.results = 0...0
      frame.registers[1] = state[.r1]
      frame.registers[2] = RegisterState(.object, .trusted, index: objects.kernelType("vm_area_struct"))
      frame.registers[3] = facts.callbackContext
    case .treeComparison:
      guard let root = facts.root else { throw notModelled(prototype, slot) }
      frame.callback?.comparesNodes = true
      for register in 1...2 {
        frame.registers[register] = node(of: root, isOwned: false)
        if objects[root.target].fields.holdLock { frame.registers[register].id = newID() }
      }
    case .timer, .workQueue, .taskWork: break
    }
    called.callbackUnrollDepth += 1
    called.frames[called.frames.count - 1].callbackDepth += 1
    state.frames[state.frames.count - 1].callbackDepth = 0
    // What the callback was called with is gone when it comes back to the call: the call is gone over once more.
    called.frames.append(frame)
    forks.append(Fork(slot: layout.functions[function].start, state: called, cause: .callback))
  }

  /// The state in which the function of a timer or of work that is done later begins.
  func asynchronousState(_ entry: AsynchronousEntry) -> MachineState {
    var frame = Frame(function: entry.function, number: 0, callSite: -1)
    frame.callback = Frame.Callback(results: 0...0, isAsynchronous: true)
    frame.registers[1] = RegisterState(.map, index: entry.map)
    frame.registers[2] = RegisterState(.mapKey, index: entry.map)
    var value = RegisterState(.mapValue, index: entry.map)
    if maps[Int(entry.map)].fields.holdLock { value.id = 1 }
    frame.registers[3] = value
    var state = MachineState(frame)
    state.isSleepable = entry.kind != .timer
    if entry.kind == .taskWork { state.current.callback?.results = .min ... .max }
    return state
  }
}

/// A function that is called later, from nobody's frame, for values of a map.
struct AsynchronousEntry: Hashable {
  var function: Int
  var map: Int32
  var kind: CallPrototype.CallbackKind
}
