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
    case .timer:
      guard let field = facts.field else { throw notModelled(prototype, slot) }
      asynchronousEntries.insert(AsynchronousEntry(function: function, map: field.index))
      return
    case .loop:
      effects.demand(.r1)
      let last = state.frames.count - 1
      let rounds = state[.r1].kind == .scalar ? state[.r1].scalar.maxU64 : .max
      if UInt64(state.frames[last].callbackDepth) >= rounds {
        state.frames[last].callbackDepth = 0
        return
      }
    case .mapElement, .userRecord: break
    default: throw notModelled(prototype, slot)
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
      if maps[Int(map.index)].definition.fields.contains(where: { $0.kind == .spinLock }) {
        value.id = newID()
      }
      frame.registers[3] = value
      frame.registers[4] = facts.callbackContext
    case .userRecord:
      var record = RegisterState(.dynptr, .readOnly, index: StackObject.DynptrKind.local.rawValue)
      record.id = newID()
      frame.registers[1] = record
      frame.registers[2] = facts.callbackContext
    default: break
    }
    called.callbackUnrollDepth += 1
    called.frames[called.frames.count - 1].callbackDepth += 1
    state.frames[state.frames.count - 1].callbackDepth = 0
    // What the callback was called with is gone when it comes back to the call: the call is gone over once more.
    called.frames.append(frame)
    forks.append(Fork(slot: layout.functions[function].start, state: called, cause: .callback))
  }

  /// The state in which a timer's function begins.
  func asynchronousState(_ entry: AsynchronousEntry) -> MachineState {
    var frame = Frame(function: entry.function, number: 0, callSite: -1)
    frame.callback = Frame.Callback(results: 0...0, isAsynchronous: true)
    frame.registers[1] = RegisterState(.map, index: entry.map)
    frame.registers[2] = RegisterState(.mapKey, index: entry.map)
    var value = RegisterState(.mapValue, index: entry.map)
    if maps[Int(entry.map)].definition.fields.contains(where: { $0.kind == .spinLock }) { value.id = 1 }
    frame.registers[3] = value
    return MachineState(frame)
  }
}

/// A function that is called later, from nobody's frame, for values of a map.
struct AsynchronousEntry: Hashable {
  var function: Int
  var map: Int32
}
