import BPF

// Steps that go elsewhere within a program.

@inline(__always) private func wideBranchStep(
  _ comparison: Comparison, withRegister: Bool, _ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer? {
  let here = unsafe step.step
  let operand = unsafe withRegister ? machine[here.source] : UInt64(bitPattern: Int64(here.immediate))
  return unsafe comparison.holds(machine[here.destination], operand)
    ? branch(step, by: Int(here.offset), machine) : next(step, machine)
}

@inline(__always) private func narrowBranchStep(
  _ comparison: Comparison, withRegister: Bool, _ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer? {
  let here = unsafe step.step
  let operand = unsafe withRegister ? UInt32(truncatingIfNeeded: machine[here.source]) : UInt32(bitPattern: here.immediate)
  return unsafe comparison.holds(UInt32(truncatingIfNeeded: machine[here.destination]), operand)
    ? branch(step, by: Int(here.offset), machine) : next(step, machine)
}

extension Handlers {
  /// Jumps when the comparison holds on 64 bits.
  static func wideBranch(_ comparison: Comparison, withRegister: Bool) -> Handler {
    switch (comparison, withRegister) {
    case (.eq, true): { unsafe wideBranchStep(.eq, withRegister: true, $0, $1) }
    case (.eq, false): { unsafe wideBranchStep(.eq, withRegister: false, $0, $1) }
    case (.gt, true): { unsafe wideBranchStep(.gt, withRegister: true, $0, $1) }
    case (.gt, false): { unsafe wideBranchStep(.gt, withRegister: false, $0, $1) }
    case (.ge, true): { unsafe wideBranchStep(.ge, withRegister: true, $0, $1) }
    case (.ge, false): { unsafe wideBranchStep(.ge, withRegister: false, $0, $1) }
    case (.set, true): { unsafe wideBranchStep(.set, withRegister: true, $0, $1) }
    case (.set, false): { unsafe wideBranchStep(.set, withRegister: false, $0, $1) }
    case (.ne, true): { unsafe wideBranchStep(.ne, withRegister: true, $0, $1) }
    case (.ne, false): { unsafe wideBranchStep(.ne, withRegister: false, $0, $1) }
    case (.sgt, true): { unsafe wideBranchStep(.sgt, withRegister: true, $0, $1) }
    case (.sgt, false): { unsafe wideBranchStep(.sgt, withRegister: false, $0, $1) }
    case (.sge, true): { unsafe wideBranchStep(.sge, withRegister: true, $0, $1) }
    case (.sge, false): { unsafe wideBranchStep(.sge, withRegister: false, $0, $1) }
    case (.lt, true): { unsafe wideBranchStep(.lt, withRegister: true, $0, $1) }
    case (.lt, false): { unsafe wideBranchStep(.lt, withRegister: false, $0, $1) }
    case (.le, true): { unsafe wideBranchStep(.le, withRegister: true, $0, $1) }
    case (.le, false): { unsafe wideBranchStep(.le, withRegister: false, $0, $1) }
    case (.slt, true): { unsafe wideBranchStep(.slt, withRegister: true, $0, $1) }
    case (.slt, false): { unsafe wideBranchStep(.slt, withRegister: false, $0, $1) }
    case (.sle, true): { unsafe wideBranchStep(.sle, withRegister: true, $0, $1) }
    case (.sle, false): { unsafe wideBranchStep(.sle, withRegister: false, $0, $1) }
    }
  }

  /// Jumps when the comparison holds on 32 bits.
  static func narrowBranch(_ comparison: Comparison, withRegister: Bool) -> Handler {
    switch (comparison, withRegister) {
    case (.eq, true): { unsafe narrowBranchStep(.eq, withRegister: true, $0, $1) }
    case (.eq, false): { unsafe narrowBranchStep(.eq, withRegister: false, $0, $1) }
    case (.gt, true): { unsafe narrowBranchStep(.gt, withRegister: true, $0, $1) }
    case (.gt, false): { unsafe narrowBranchStep(.gt, withRegister: false, $0, $1) }
    case (.ge, true): { unsafe narrowBranchStep(.ge, withRegister: true, $0, $1) }
    case (.ge, false): { unsafe narrowBranchStep(.ge, withRegister: false, $0, $1) }
    case (.set, true): { unsafe narrowBranchStep(.set, withRegister: true, $0, $1) }
    case (.set, false): { unsafe narrowBranchStep(.set, withRegister: false, $0, $1) }
    case (.ne, true): { unsafe narrowBranchStep(.ne, withRegister: true, $0, $1) }
    case (.ne, false): { unsafe narrowBranchStep(.ne, withRegister: false, $0, $1) }
    case (.sgt, true): { unsafe narrowBranchStep(.sgt, withRegister: true, $0, $1) }
    case (.sgt, false): { unsafe narrowBranchStep(.sgt, withRegister: false, $0, $1) }
    case (.sge, true): { unsafe narrowBranchStep(.sge, withRegister: true, $0, $1) }
    case (.sge, false): { unsafe narrowBranchStep(.sge, withRegister: false, $0, $1) }
    case (.lt, true): { unsafe narrowBranchStep(.lt, withRegister: true, $0, $1) }
    case (.lt, false): { unsafe narrowBranchStep(.lt, withRegister: false, $0, $1) }
    case (.le, true): { unsafe narrowBranchStep(.le, withRegister: true, $0, $1) }
    case (.le, false): { unsafe narrowBranchStep(.le, withRegister: false, $0, $1) }
    case (.slt, true): { unsafe narrowBranchStep(.slt, withRegister: true, $0, $1) }
    case (.slt, false): { unsafe narrowBranchStep(.slt, withRegister: false, $0, $1) }
    case (.sle, true): { unsafe narrowBranchStep(.sle, withRegister: true, $0, $1) }
    case (.sle, false): { unsafe narrowBranchStep(.sle, withRegister: false, $0, $1) }
    }
  }

  /// `goto`; the offset is in the immediate for both forms.
  static let jump: Handler = { step, machine in unsafe branch(step, by: Int(step.step.immediate), machine) }

  /// `may_goto`: jumps once the run's allowance of iterations is used up.
  static let mayGoto: Handler = { step, machine in
    if unsafe machine.state.pointee.loopAllowance == 0 {
      return unsafe branch(step, by: Int(step.step.offset), machine)
    }
    unsafe machine.state.pointee.loopAllowance &-= 1
    return unsafe next(step, machine)
  }

  /// `exit`: back to the caller, or the end of the run.
  static let exit: Handler = { step, machine in
    let state = unsafe machine.state
    if unsafe state.pointee.depth == 0 { return nil }
    return unsafe popFrame(state, machine)
  }

  /// A local call: the callee's slot, from the step after the call, is in the immediate.
  static let callLocal: Handler = { step, machine in
    unsafe call(step + 16 + Int(step.step.immediate) &* 16, from: step, machine)
  }
}

@inline(never) private func popFrame(_ state: StatePointer, _ machine: UnsafeMutableRawPointer) -> UnsafeRawPointer? {
  unsafe state.pointee.depth &-= 1
  let saved = unsafe state.pointee.frames[state.pointee.depth]
  unsafe state.pointee.regions[Int(Tag.stack) + state.pointee.depth + 1].readable = 0
  unsafe state.pointee.regions[Int(Tag.stack) + state.pointee.depth + 1].writable = 0
  unsafe machine[6] = saved.r6
  unsafe machine[7] = saved.r7
  unsafe machine[8] = saved.r8
  unsafe machine[9] = saved.r9
  unsafe machine[10] = saved.r10
  return unsafe go(saved.returnTo.unsafelyUnwrapped, machine)
}

/// Calls the function at a step, with a fresh stack frame.
@inline(never) func call(
  _ target: UnsafeRawPointer, from step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer? {
  let state = unsafe machine.state
  let depth = unsafe state.pointee.depth
  unsafe state.pointee.budget &-= 8
  if unsafe state.pointee.budget < 0 { return unsafe stopForBudget(step, machine) }
  if depth + 1 >= MachineState.frameLimit {
    return unsafe stop(.callDepth, "calls more than \(MachineState.frameLimit) frames deep", step, machine)
  }
  unsafe state.pointee.frames[depth] = MachineState.SavedFrame(
    returnTo: step + 16, r6: machine[6], r7: machine[7], r8: machine[8], r9: machine[9], r10: machine[10])
  unsafe state.pointee.depth = depth + 1
  unsafe machine[10] = enterFrame(depth + 1, state)
  return unsafe go(target, machine)
}

/// Makes a stack frame ready and gives its frame pointer.
@inline(__always) func enterFrame(_ depth: Int, _ state: StatePointer) -> UInt64 {
  let base = unsafe state.pointee.stack + depth &* MachineState.frameByteCount
  unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: MachineState.frameByteCount)
  let start = unsafe Tag.pointer(Tag.stack &+ UInt64(depth), UInt64(UInt(bitPattern: base)))
  unsafe state.pointee.regions[Int(Tag.stack) + depth] = Region(
    .stack, start: start, byteCount: MachineState.frameByteCount)
  return start &+ UInt64(MachineState.frameByteCount)
}
