import BPF

// Steps that go elsewhere within a program.

@inline(__always) private func wideBranchStep(
  _ comparison: Comparison,
  withRegister: Bool,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let here = unsafe step.step
  let operand = unsafe withRegister ? machine[here.source] : UInt64(bitPattern: Int64(here.immediate))
  return unsafe comparison.holds(machine[here.destination], operand)
    ? branch(step, by: Int(here.offset), machine) : step + 16
}

@inline(__always) private func narrowBranchStep(
  _ comparison: Comparison,
  withRegister: Bool,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let here = unsafe step.step
  let operand =
    unsafe withRegister
    ? UInt32(truncatingIfNeeded: machine[here.source]) : UInt32(bitPattern: here.immediate)
  return unsafe comparison.holds(UInt32(truncatingIfNeeded: machine[here.destination]), operand)
    ? branch(step, by: Int(here.offset), machine) : step + 16
}

extension Handlers {
  /// Jumps when the comparison holds on 64 bits.
  static func wideBranch(_ comparison: Comparison, withRegister: Bool) -> Handler {
    switch (comparison, withRegister) {
    case (.eq, true): { unsafe go(wideBranchStep(.eq, withRegister: true, $0, $1), $1) }
    case (.eq, false): { unsafe go(wideBranchStep(.eq, withRegister: false, $0, $1), $1) }
    case (.gt, true): { unsafe go(wideBranchStep(.gt, withRegister: true, $0, $1), $1) }
    case (.gt, false): { unsafe go(wideBranchStep(.gt, withRegister: false, $0, $1), $1) }
    case (.ge, true): { unsafe go(wideBranchStep(.ge, withRegister: true, $0, $1), $1) }
    case (.ge, false): { unsafe go(wideBranchStep(.ge, withRegister: false, $0, $1), $1) }
    case (.set, true): { unsafe go(wideBranchStep(.set, withRegister: true, $0, $1), $1) }
    case (.set, false): { unsafe go(wideBranchStep(.set, withRegister: false, $0, $1), $1) }
    case (.ne, true): { unsafe go(wideBranchStep(.ne, withRegister: true, $0, $1), $1) }
    case (.ne, false): { unsafe go(wideBranchStep(.ne, withRegister: false, $0, $1), $1) }
    case (.sgt, true): { unsafe go(wideBranchStep(.sgt, withRegister: true, $0, $1), $1) }
    case (.sgt, false): { unsafe go(wideBranchStep(.sgt, withRegister: false, $0, $1), $1) }
    case (.sge, true): { unsafe go(wideBranchStep(.sge, withRegister: true, $0, $1), $1) }
    case (.sge, false): { unsafe go(wideBranchStep(.sge, withRegister: false, $0, $1), $1) }
    case (.lt, true): { unsafe go(wideBranchStep(.lt, withRegister: true, $0, $1), $1) }
    case (.lt, false): { unsafe go(wideBranchStep(.lt, withRegister: false, $0, $1), $1) }
    case (.le, true): { unsafe go(wideBranchStep(.le, withRegister: true, $0, $1), $1) }
    case (.le, false): { unsafe go(wideBranchStep(.le, withRegister: false, $0, $1), $1) }
    case (.slt, true): { unsafe go(wideBranchStep(.slt, withRegister: true, $0, $1), $1) }
    case (.slt, false): { unsafe go(wideBranchStep(.slt, withRegister: false, $0, $1), $1) }
    case (.sle, true): { unsafe go(wideBranchStep(.sle, withRegister: true, $0, $1), $1) }
    case (.sle, false): { unsafe go(wideBranchStep(.sle, withRegister: false, $0, $1), $1) }
    }
  }

  /// Jumps when the comparison holds on 32 bits.
  static func narrowBranch(_ comparison: Comparison, withRegister: Bool) -> Handler {
    switch (comparison, withRegister) {
    case (.eq, true): { unsafe go(narrowBranchStep(.eq, withRegister: true, $0, $1), $1) }
    case (.eq, false): { unsafe go(narrowBranchStep(.eq, withRegister: false, $0, $1), $1) }
    case (.gt, true): { unsafe go(narrowBranchStep(.gt, withRegister: true, $0, $1), $1) }
    case (.gt, false): { unsafe go(narrowBranchStep(.gt, withRegister: false, $0, $1), $1) }
    case (.ge, true): { unsafe go(narrowBranchStep(.ge, withRegister: true, $0, $1), $1) }
    case (.ge, false): { unsafe go(narrowBranchStep(.ge, withRegister: false, $0, $1), $1) }
    case (.set, true): { unsafe go(narrowBranchStep(.set, withRegister: true, $0, $1), $1) }
    case (.set, false): { unsafe go(narrowBranchStep(.set, withRegister: false, $0, $1), $1) }
    case (.ne, true): { unsafe go(narrowBranchStep(.ne, withRegister: true, $0, $1), $1) }
    case (.ne, false): { unsafe go(narrowBranchStep(.ne, withRegister: false, $0, $1), $1) }
    case (.sgt, true): { unsafe go(narrowBranchStep(.sgt, withRegister: true, $0, $1), $1) }
    case (.sgt, false): { unsafe go(narrowBranchStep(.sgt, withRegister: false, $0, $1), $1) }
    case (.sge, true): { unsafe go(narrowBranchStep(.sge, withRegister: true, $0, $1), $1) }
    case (.sge, false): { unsafe go(narrowBranchStep(.sge, withRegister: false, $0, $1), $1) }
    case (.lt, true): { unsafe go(narrowBranchStep(.lt, withRegister: true, $0, $1), $1) }
    case (.lt, false): { unsafe go(narrowBranchStep(.lt, withRegister: false, $0, $1), $1) }
    case (.le, true): { unsafe go(narrowBranchStep(.le, withRegister: true, $0, $1), $1) }
    case (.le, false): { unsafe go(narrowBranchStep(.le, withRegister: false, $0, $1), $1) }
    case (.slt, true): { unsafe go(narrowBranchStep(.slt, withRegister: true, $0, $1), $1) }
    case (.slt, false): { unsafe go(narrowBranchStep(.slt, withRegister: false, $0, $1), $1) }
    case (.sle, true): { unsafe go(narrowBranchStep(.sle, withRegister: true, $0, $1), $1) }
    case (.sle, false): { unsafe go(narrowBranchStep(.sle, withRegister: false, $0, $1), $1) }
    }
  }

  /// `goto`; the offset is in the immediate for both forms.
  static let jump: Handler = { step, machine in
    unsafe go(branch(step, by: Int(step.step.immediate), machine), machine)
  }

  /// `may_goto`: jumps once the run's allowance of iterations is used up.
  static let mayGoto: Handler = { step, machine in unsafe go(mayGotoStep(step, machine), machine) }

  /// `exit`: back to the caller, or the end of the run.
  static let exit: Handler = { step, machine in
    unsafe go(
      machine.state.pointee.depth == 0 ? machine.state.pointee.halt : popFrame(step, machine),
      machine
    )
  }

  /// A local call: the callee's slot, from the step after the call, is in the immediate.
  static let callLocal: Handler = { step, machine in
    unsafe go(call(step + 16 + Int(step.step.immediate) &* 16, from: step, machine), machine)
  }

  /// The end of a run.
  static let halt: Handler = { _, _ in nil }
}

@inline(__always) private func mayGotoStep(
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let state = unsafe machine.state
  if unsafe state.pointee.allowance.count == 0 || state.pointee.reserve < state.pointee.allowance.floor {
    return unsafe renewAllowance(step, machine)
  }
  unsafe state.pointee.allowance.count &-= 1
  return unsafe step + 16
}

@inline(never) private func renewAllowance(
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let state = unsafe machine.state
  let now = unsafe state.pointee.state.hasFixedClock ? nil : HostClock.monotonic.nanoseconds()
  let budget = unsafe state.pointee.reserve
  return unsafe state.pointee.allowance.renew(budget: budget, now: now)
    ? step + 16 : branch(step, by: Int(step.step.offset), machine)
}

/// Back to the caller; the way through the callee is paid for here, for straight code has no other toll.
@inline(never) private func popFrame(
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let state = unsafe machine.state
  unsafe state.pointee.regions[Int(Tag.stack) + state.pointee.depth] = .none
  unsafe state.pointee.depth &-= 1
  let saved = unsafe state.pointee.frames[state.pointee.depth]
  if let code = unsafe saved.code, let entered = unsafe saved.entered {
    if unsafe code == state.pointee.code {
      unsafe state.pointee.budget &-= Int64(max(0, (step - entered) / 16))
    } else {
      unsafe state.pointee.budget &-= Int64(state.pointee.code.pointee.count)
      unsafe state.enter(code.pointee.owner.takeUnretainedValue())
    }
    if unsafe state.pointee.budget < 0, unsafe !renewBudget(step, machine) {
      return unsafe state.pointee.halt
    }
  }
  unsafe machine[6] = saved.r6
  unsafe machine[7] = saved.r7
  unsafe machine[8] = saved.r8
  unsafe machine[9] = saved.r9
  unsafe machine[10] = saved.r10
  unsafe state.pointee.allowance = saved.allowance
  unsafe state.pointee.floor = saved.floor
  return unsafe saved.returnTo.unsafelyUnwrapped
}

/// Calls the function at a step, with a fresh stack frame; it returns to the step after the call, or to another.
@inline(never) func call(
  _ target: UnsafeRawPointer,
  from step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer,
  returnTo: UnsafeRawPointer? = nil
) -> UnsafeRawPointer {
  let state = unsafe machine.state
  let depth = unsafe state.pointee.depth
  unsafe state.pointee.budget &-= 8
  if unsafe state.pointee.budget < 0, unsafe !renewBudget(step, machine) { return unsafe state.pointee.halt }
  if unsafe depth + 1 - state.pointee.floor >= StackFrame.limit {
    return unsafe stop(.callDepth, "calls more than \(StackFrame.limit) frames deep", step, machine)
  }
  unsafe state.pointee.frames[depth] = MachineState.SavedFrame(
    returnTo: returnTo ?? step + 16,
    entered: target,
    code: state.pointee.code,
    r6: machine[6],
    r7: machine[7],
    r8: machine[8],
    r9: machine[9],
    r10: machine[10],
    allowance: state.pointee.allowance,
    floor: state.pointee.floor
  )
  unsafe state.pointee.allowance = LoopAllowance(left: state.pointee.loopLimit)
  unsafe state.pointee.depth = depth + 1
  unsafe machine[10] = enterFrame(depth + 1, state)
  return unsafe target
}

/// Makes a stack frame ready and gives its frame pointer.
@inline(__always) func enterFrame(_ depth: Int, _ state: StatePointer) -> UInt64 {
  let base = unsafe state.pointee.stack + depth &* StackFrame.byteCount
  unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: StackFrame.byteCount)
  let start = Tag.pointer(Tag.stack &+ UInt64(depth), UInt64(UInt(bitPattern: base)))
  unsafe state.pointee.regions[Int(Tag.stack) + depth] = Region(
    .stack,
    start: start,
    byteCount: StackFrame.byteCount
  )
  return start &+ UInt64(StackFrame.byteCount)
}
