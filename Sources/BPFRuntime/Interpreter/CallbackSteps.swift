import BPF
import BPFMaps

// Functions of the program that a helper calls back. The helper leaves a `CallbackLoop`; the function is entered like any
// other, and returns to a step of the machine's own that enters it again or goes on after the helper's call.

extension Handlers {
  /// Where a function that was called back returns to.
  static let callbackReturn: Handler = { _, machine in unsafe go(continueLoop(machine), machine) }
}

/// Enters the function that a helper wants called.
@inline(never) func beginLoop(
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let state = unsafe machine.state
  guard var loop = unsafe state.pointee.pendingLoop else { return unsafe step + 16 }
  unsafe state.pointee.pendingLoop = nil
  let depth = unsafe state.pointee.loopDepth
  // Each loop has a frame of its own, so there are fewer loops than frames.
  guard depth < StackFrame.limit else {
    unsafe loop.walk?.release()
    return unsafe stop(.callDepth, "calls more than \(StackFrame.limit) frames deep", step, machine)
  }
  unsafe loop.call = unsafe step
  unsafe loop.map = unsafe machine[1]
  unsafe state.pointee.loops[depth] = loop
  unsafe state.pointee.loopDepth = depth + 1
  unsafe state.pointee.isUntidy = true
  return unsafe nextCall(machine)
}

@inline(never) private func continueLoop(_ machine: UnsafeMutableRawPointer) -> UnsafeRawPointer {
  let top = unsafe machine.state.pointee.loopDepth - 1
  unsafe machine.state.pointee.loops[top].count &+= 1
  return unsafe machine[0] == 0 ? nextCall(machine) : endLoop(machine)
}

/// Calls the innermost loop's function once more, or goes on after the helper's call.
@inline(__always) private func nextCall(_ machine: UnsafeMutableRawPointer) -> UnsafeRawPointer {
  let state = unsafe machine.state
  let top = unsafe state.pointee.loopDepth - 1
  let loop = unsafe state.pointee.loops[top]
  if let walk = unsafe loop.walk {
    guard let value = unsafe walk.takeUnretainedValue().advance(cpu: state.pointee.state.cpu) else {
      return unsafe endLoop(machine)
    }
    unsafe showElement(walk.takeUnretainedValue(), value, of: loop.map, machine)
    unsafe machine[4] = loop.context
  } else {
    if unsafe loop.count == loop.limit { return unsafe endLoop(machine) }
    unsafe machine[1] = loop.count
    unsafe machine[2] = loop.context
  }
  return unsafe call(
    UnsafeRawPointer(state.pointee.code.pointee.steps + loop.function),
    from: loop.call.unsafelyUnwrapped,
    machine,
    returnTo: state.pointee.callbackReturn
  )
}

private func endLoop(_ machine: UnsafeMutableRawPointer) -> UnsafeRawPointer {
  let state = unsafe machine.state
  let top = unsafe state.pointee.loopDepth - 1
  let loop = unsafe state.pointee.loops[top]
  unsafe state.pointee.loopDepth = top
  if let walk = unsafe loop.walk {
    unsafe state.retireSlices(of: walk.takeUnretainedValue().owner)
    unsafe walk.release()
  }
  unsafe machine[0] = loop.count
  return unsafe loop.call.unsafelyUnwrapped + 16
}

/// Puts the map, the key and the value into `r1`–`r3`.
@inline(never) private func showElement(
  _ walk: ElementWalk,
  _ value: UnsafeMutableRawPointer,
  of map: UInt64,
  _ machine: UnsafeMutableRawPointer
) {
  let state = unsafe machine.state
  unsafe machine[1] = map
  unsafe machine[2] = state.grantSlice(
    at: UInt64(UInt(bitPattern: walk.key)),
    MemoryLoan(byteCount: walk.map.definition.keySize, owner: walk.owner)
  )
  unsafe machine[3] = state.grant(
    .mapValue,
    at: value,
    byteCount: walk.map.definition.valueSize,
    access: state.pointee.regions[Int(map &>> Tag.shift)].access,
    owner: UInt32(truncatingIfNeeded: map &>> Tag.shift)
  )
}

extension UnsafeMutablePointer<MachineState> {
  /// After a helper took back what it had lent.
  @inline(never) func release() {
    unsafe retireSlices(of: pointee.releasedOwner)
    unsafe pointee.releasedOwner = 0
  }

  /// Clears away what a run left: loops that a trap cut off, iterators, dynptrs with their records, a lock.
  @inline(never) func tidy() {
    for index in unsafe 0..<pointee.loopDepth {
      unsafe pointee.loops[index].walk?.release()
      unsafe pointee.loops[index] = CallbackLoop()
    }
    unsafe pointee.loopDepth = 0
    if let loop = unsafe pointee.pendingLoop { unsafe loop.walk?.release() }
    unsafe pointee.pendingLoop = nil
    unsafe pointee.releasedOwner = 0
    unsafe pointee.objects.takeUnretainedValue().clear()
    if unsafe pointee.heldLock != 0 {
      unsafe SpinLockWord(at: pointee.heldLock).unlock()
      unsafe pointee.heldLock = 0
    }
    unsafe pointee.isUntidy = false
  }
}

/// The pointer that a helper's answer stands for; the program's own, where it answers with an argument.
@inline(never) func lent(
  _ result: UInt64,
  _ arguments: HelperArguments,
  _ machine: UnsafeMutableRawPointer
) -> UInt64 {
  let state = unsafe machine.state
  if result == 0 { return 0 }
  for index in 0..<5 where arguments.values[index] == result {
    return unsafe machine[UInt8(index + 1)]
  }
  return unsafe state.grantSlice(at: result, state.pointee.loan)
}
