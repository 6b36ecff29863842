// How one step hands over to the next.
//
// In an optimised build a handler ends by calling the next one, which the compiler turns into a jump: no stack grows,
// and the processor predicts every handler's own successor. Where nothing guarantees that jump (`-Onone`, sanitizers,
// coverage) a handler returns the next step's address, and `run` goes round a loop. `XDP_TRAMPOLINE` asks for that form.

/// The machine's state behind the pointer that handlers pass along.
typealias StatePointer = UnsafeMutablePointer<MachineState>

/// Goes on at a step.
@inline(__always) func go(_ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer) -> UnsafeRawPointer? {
  #if DEBUG || XDP_TRAMPOLINE
  return unsafe step
  #else
  return unsafe handler(of: step)(step, machine)
  #endif
}

/// Goes on at the step after this one.
@inline(__always) func next(_ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer) -> UnsafeRawPointer? {
  unsafe go(step + 16, machine)
}

/// Runs from a step to the end of the run.
@inline(__always) func run(from step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer) {
  var at = unsafe Optional(step)
  while let here = unsafe at { unsafe at = handler(of: here)(here, machine) }
}

@inline(__always) private func handler(of step: UnsafeRawPointer) -> Handler {
  unsafe unsafeBitCast(step.load(as: UInt.self), to: Handler.self)
}

/// Jumps by a count of slots from the step after this one; going back is paid for out of the budget.
@inline(__always) func branch(
  _ step: UnsafeRawPointer, by offset: Int, _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer? {
  if offset < 0 {
    let state = unsafe machine.assumingMemoryBound(to: MachineState.self)
    unsafe state.pointee.budget &+= Int64(offset)
    if unsafe state.pointee.budget < 0 { return unsafe stopForBudget(step, machine) }
  }
  return unsafe go(step + 16 + offset &* 16, machine)
}

extension UnsafeRawPointer {
  /// The step at this address.
  @inline(__always) var step: Step { unsafe load(as: Step.self) }
}

extension UnsafeMutableRawPointer {
  /// The machine at this address.
  @inline(__always) var state: StatePointer { unsafe assumingMemoryBound(to: MachineState.self) }

  /// Register `index`, which a step's invariant keeps below 11.
  @inline(__always) subscript(index: UInt8) -> UInt64 {
    get { unsafe state.pointee.registers[unchecked: Int(index)] }
    nonmutating set { unsafe state.pointee.registers[unchecked: Int(index)] = newValue }
  }
}
