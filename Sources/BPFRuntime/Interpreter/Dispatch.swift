// How one step hands over to the next.
//
// A step's function answers with the step to go on at, and its handler goes there with exactly one call, the last thing
// it does. In an optimised build the compiler turns that call into a jump: no stack grows, and the processor predicts
// every handler's own successor. (With two calls in a handler it does not; the tests run every handler in long loops.) Where nothing guarantees that jump (`-Onone`, sanitizers,
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

/// Runs from a step to the end of the run.
@inline(__always) func run(from step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer) {
  var at = unsafe Optional(step)
  while let here = unsafe at { unsafe at = handler(of: here)(here, machine) }
}

@inline(__always) private func handler(of step: UnsafeRawPointer) -> Handler {
  unsafe unsafeBitCast(step.load(as: UInt.self), to: Handler.self)
}

/// The step that is a count of slots from the one after this; going back is paid for out of the budget.
@inline(__always) func branch(
  _ step: UnsafeRawPointer,
  by offset: Int,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  if offset < 0 {
    let state = unsafe machine.state
    unsafe state.pointee.budget &+= Int64(offset)
    if unsafe state.pointee.budget < 0 {
      return unsafe goOn(at: step + 16 + offset &* 16, from: step, machine)
    }
  }
  return unsafe step + 16 + offset &* 16
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
