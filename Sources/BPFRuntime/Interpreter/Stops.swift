// How a run ends early: a step that stops records why and goes on at the halt step.

/// What an access was to do.
enum AccessIntent {
  case read, write

  var verb: String { self == .read ? "reads" : "writes" }
}

/// Ends the run with a trap at a step.
@inline(never) func stop(
  _ kind: Trap.Kind,
  _ message: String,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let state = unsafe machine.state
  let first = unsafe UnsafeRawPointer(state.pointee.code.pointee.steps)
  unsafe state.pointee.trap = MachineState.PendingTrap(
    kind: kind,
    slot: (step - first) / 16,
    message: message
  )
  return unsafe state.pointee.halt
}

/// How a run's budget is handed out: between two slices it looks whether it is to end.
let budgetSlice: Int64 = 1 << 14

/// Takes the next slice of the budget and goes on at a step, or ends the run where there is none or somebody asked.
@inline(never) func goOn(
  at next: UnsafeRawPointer,
  from step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  unsafe renewBudget(step, machine) ? next : machine.state.pointee.halt
}

/// Takes the next slice of the budget; false where the run ends, and the machine then holds the trap.
@inline(never) func renewBudget(_ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer) -> Bool {
  let state = unsafe machine.state
  let left = unsafe state.pointee.reserve &+ state.pointee.budget
  if left < 0 {
    _ = unsafe stop(.budget, "used up its instruction budget", step, machine)
    return false
  }
  if unsafe state.pointee.state.stop?.isMade == true {
    _ = unsafe stop(.interrupted, "was asked to stop", step, machine)
    return false
  }
  unsafe state.pointee.budget = min(left, budgetSlice)
  unsafe state.pointee.reserve = left &- min(left, budgetSlice)
  return true
}

/// Ends the run because of an access that no object of this run allows.
@inline(never) func stopForAccess(
  _ pointer: UInt64,
  _ count: Int,
  _ intent: AccessIntent,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let state = unsafe machine.state
  let (kind, message) = unsafe describeAccess(pointer, count, intent, state)
  return unsafe stop(kind, message, step, machine)
}

/// What is wrong with an access, for a trap or for a helper's argument.
@inline(never) func describeAccess(
  _ pointer: UInt64,
  _ count: Int,
  _ intent: AccessIntent,
  _ state: StatePointer
) -> (Trap.Kind, String) {
  let tag = pointer &>> Tag.shift, region = unsafe state.pointee.regions[Int(tag)]
  let bytes = count == 1 ? "1 byte" : "\(count) bytes"
  switch region.kind {
  case .none where tag >= Tag.stack && tag < Tag.stack + UInt64(StackFrame.runLimit):
    return (.outOfBounds, "\(intent.verb) \(bytes) through a pointer to a stack frame that was left")
  case .none:
    let what = pointer < 4096 ? "null" : "a number, not a pointer"
    return (.outOfBounds, "\(intent.verb) \(bytes) at 0x\(String(pointer, radix: 16)), which is \(what)")
  case .map, .function:
    return (.notAllowed, "\(intent.verb) \(bytes) of \(region.kind.name) itself")
  case .stale:
    return (.outOfBounds, "\(intent.verb) \(bytes) through a pointer to \(region.kind.name)")
  case .context:
    let offset = Int64(bitPattern: pointer &- region.start)
    return intent == .write
      ? (.notAllowed, "writes \(bytes) at offset \(offset) of the context, which is read-only")
      : (
        .notAllowed,
        "reads \(bytes) at offset \(offset) of the context, where no field of that size is"
      )
  case .stack, .memory, .packet, .mapValue, .record, .slice:
    let offset = Int64(bitPattern: pointer &- region.start), size = max(region.readable, region.writable)
    if offset >= 0, offset + Int64(count) <= size {
      return (
        .notAllowed,
        "\(intent.verb) \(bytes) at offset \(offset) of \(region.kind.name), which is not allowed"
      )
    }
    let place =
      region.kind == .stack ? "fp\(offset - size >= 0 ? "+" : "")\(offset - size)" : "offset \(offset)"
    return (
      .outOfBounds,
      "\(intent.verb) \(bytes) at \(place) of \(region.kind.name) of \(size) bytes"
    )
  }
}
