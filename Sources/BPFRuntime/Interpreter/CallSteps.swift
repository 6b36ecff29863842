import BPF
import BPFMaps

// Steps that leave the program: helper calls, tail calls, calls through a register.

extension Handlers {
  /// A helper call; the immediate is its index among the code's calls.
  static let callHelper: Handler = { step, machine in
    let call = unsafe UnsafePointer(machine.state.pointee.code.pointee.calls + Int(step.step.immediate))
    return unsafe go(perform(call, step, machine), machine)
  }

  /// `bpf_map_lookup_elem`, the call that programs make most; what is not plain is left to the general form.
  static let lookUp: Handler = { step, machine in unsafe go(performLookup(step, machine), machine) }

  /// `bpf_tail_call`: replaces the running program, or goes on after the call where there is nothing to run.
  static let tailCall: Handler = { step, machine in unsafe go(performTailCall(step, machine), machine) }

  /// `callx`: a function's address in a register, or a helper's number.
  static let callRegister: Handler = { step, machine in unsafe go(performRegister(step, machine), machine) }

  /// An instruction that cannot run here: the immediate is the index of its reason among the code's refusals.
  static let refuse: Handler = { step, machine in unsafe go(performRefusal(step, machine), machine) }
}

@inline(never) private func performRegister(
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let here = unsafe step.step, value = unsafe machine[here.destination],
    code = unsafe machine.state.pointee.code
  let owner = unsafe code.pointee.owner.takeUnretainedValue()
  let slot = Int(truncatingIfNeeded: (value & Tag.addressMask) / 8)
  if value &>> Tag.shift == Tag.function, owner.isFunction(at: slot) {
    return unsafe call(UnsafeRawPointer(code.pointee.steps + slot), from: step, machine)
  }
  guard let index = owner.callIndex(ofHelper: value) else {
    let region = unsafe machine.state.pointee.regions[Int(value &>> Tag.shift)]
    let what = region.kind == .none ? "0x" + String(value, radix: 16) : "a pointer to \(region.kind.name)"
    return unsafe stop(
      .badInstruction,
      "calls \(what), which is no function",
      step,
      machine
    )
  }
  return unsafe perform(UnsafePointer(code.pointee.calls + index), step, machine)
}

@inline(never) private func performRefusal(
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let owner = unsafe machine.state.pointee.code.pointee.owner.takeUnretainedValue()
  let refusal = unsafe owner.refusals[Int(step.step.immediate)]
  return unsafe stop(refusal.kind, refusal.message, step, machine)
}

@inline(never) private func perform(
  _ call: UnsafePointer<HelperCall>,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  var arguments = HelperArguments()
  unsafe arguments.check(call, at: step, machine)
  guard arguments.areGood else { return unsafe machine.state.pointee.halt }
  unsafe machine.state.pointee.budget &-= 4 &+ arguments.byteCount &>> 3
  if unsafe machine.state.pointee.budget < 0, unsafe !renewBudget(step, machine) {
    return unsafe machine.state.pointee.halt
  }
  let values = arguments.values
  let result = unsafe call.pointee.thunk(machine, values[0], values[1], values[2], values[3], values[4])
  let state = unsafe machine.state
  if unsafe state.pointee.state.refusal != nil { return unsafe stopForRefusal(call, step, machine) }
  switch unsafe call.pointee.result {
  case .integer: unsafe machine[0] = result
  case .void: unsafe machine[0] = 0
  case .mapValueOrNull:
    let host = unsafe UnsafeMutableRawPointer(bitPattern: UInt(result))
    unsafe machine[0] =
      host.map {
        unsafe arguments.map.access.contains(.holdsMaps)
          ? state.grantMap($0)
          : state.grant(
            .mapValue,
            at: $0,
            byteCount: Int(arguments.map.valueSize),
            access: arguments.map.access,
            owner: UInt32(truncatingIfNeeded: arguments.map.start &>> Tag.shift)
          )
      } ?? 0
  case .ringRecordOrNull:
    if result != 0 { unsafe state.pointee.openRecords &+= 1 }
    let host = unsafe UnsafeMutableRawPointer(bitPattern: UInt(result))
    unsafe machine[0] =
      host.map {
        unsafe state.grant(
          .record,
          at: $0,
          byteCount: Int(truncatingIfNeeded: values[1]),
          access: [.read, .write]
        )
      } ?? 0
  case .memoryOrNull: unsafe machine[0] = lent(result, arguments, machine)
  case .callbackCount:
    if unsafe state.pointee.pendingLoop != nil { return unsafe beginLoop(step, machine) }
    unsafe machine[0] = result
  }
  if unsafe state.pointee.state.refusal != nil { return unsafe stopForRefusal(call, step, machine) }
  if unsafe state.pointee.releasedOwner != 0 { unsafe state.release() }
  if arguments.record != 0 {
    unsafe state.retire(arguments.record)
    unsafe state.pointee.openRecords &-= 1
  }
  if unsafe call.pointee.changesPacket { unsafe state.renewPacket() }
  return unsafe step + 16
}

@inline(never) private func performLookup(
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let state = unsafe machine.state
  let pointer = unsafe machine[1]
  let region = unsafe state.pointee.regions + Int(truncatingIfNeeded: pointer &>> Tag.shift)
  let keySize = unsafe Int64(region.pointee.keySize)
  guard unsafe region.pointee.kind == .map, unsafe region.pointee.start == pointer,
    unsafe region.pointee.access.isSuperset(of: [.read, .lookup]),
    let key = unsafe readable(machine[2], keySize, state)
  else {
    return unsafe perform(
      UnsafePointer(state.pointee.code.pointee.calls + Int(step.step.immediate)),
      step,
      machine
    )
  }
  unsafe state.pointee.budget &-= 4 &+ keySize &>> 3
  if unsafe state.pointee.budget < 0, unsafe !renewBudget(step, machine) { return unsafe state.pointee.halt }
  let map = unsafe Unmanaged<UserMap>.fromOpaque(
    UnsafeRawPointer(bitPattern: UInt(pointer & Tag.addressMask)).unsafelyUnwrapped
  )
  let cpu = unsafe state.pointee.state.cpu
  guard let value = unsafe map._withUnsafeGuaranteedRef({ unsafe $0.element(key, cpu: cpu) }) else {
    unsafe machine[0] = 0
    return unsafe step + 16
  }
  unsafe machine[0] = state.grant(
    .mapValue,
    at: value,
    byteCount: Int(region.pointee.valueSize),
    access: region.pointee.access,
    owner: UInt32(truncatingIfNeeded: pointer &>> Tag.shift)
  )
  if unsafe state.pointee.state.refusal != nil {
    return unsafe stopForRefusal(
      UnsafePointer(state.pointee.code.pointee.calls + Int(step.step.immediate)),
      step,
      machine
    )
  }
  return unsafe step + 16
}

@inline(never) private func stopForRefusal(
  _ call: UnsafePointer<HelperCall>,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let why = unsafe machine.state.pointee.state.refusal ?? ""
  unsafe machine.state.pointee.state.refusal = nil
  return unsafe stop(.helper, "\(call.pointee.name): \(why)", step, machine)
}

/// Tail calls a run may take (`MAX_TAIL_CALL_CNT`).
let tailCallLimit = 33

@inline(never) private func performTailCall(
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let state = unsafe machine.state
  guard unsafe machine[1] == state.pointee.contextPointer else {
    return unsafe stop(.badArgument, "bpf_tail_call: argument 1 is not the context", step, machine)
  }
  guard unsafe state.pointee.loopDepth == 0 else {
    return unsafe stop(
      .notAllowed,
      "bpf_tail_call: within a function that a helper calls back",
      step,
      machine
    )
  }
  let value = unsafe machine[2], region = unsafe state.pointee.regions[Int(value &>> Tag.shift)]
  guard region.kind == .map, region.start == value,
    let array = unsafe Unmanaged<UserMap>.fromOpaque(
      UnsafeRawPointer(bitPattern: UInt(value & Tag.addressMask)).unsafelyUnwrapped
    )
    .takeUnretainedValue() as? ProgramArrayMap
  else { return unsafe stop(.badArgument, "bpf_tail_call: argument 2 is not a program array", step, machine) }
  guard unsafe state.pointee.tailCalls < tailCallLimit,
    let target = unsafe array.program(at: UInt32(truncatingIfNeeded: machine[3])) as? Interpreter
  else { return unsafe step + 16 }
  unsafe state.pointee.tailCalls += 1
  unsafe state.pointee.floor = state.pointee.depth
  unsafe state.pointee.allowance = LoopAllowance(left: state.pointee.loopLimit)
  unsafe state.pointee.budget &-= 8
  if unsafe state.pointee.budget < 0, unsafe !renewBudget(step, machine) { return unsafe state.pointee.halt }
  unsafe state.enter(target.code)
  unsafe machine[1] = state.pointee.contextPointer
  return unsafe UnsafeRawPointer(target.code.header.pointee.steps)
}

extension UnsafeMutablePointer<MachineState> {
  /// A record is given back: pointers to it are of no use any more.
  @inline(__always) func retire(_ tag: UInt64) {
    unsafe pointee.regions[Int(tag)] = Region(.stale, start: 0, byteCount: 0)
  }

  /// Reads the context's fields anew, with the packet under this tag.
  @inline(__always) func readContext(packetTag: UInt64) {
    let code = unsafe pointee.code
    unsafe pointee.packetTag = packetTag
    for index in unsafe 0..<code.pointee.fieldCount {
      let value = unsafe pointee.state.context[index]
      unsafe pointee.contextValues[index] =
        code.pointee.fields[index].isPacketPointer ? Tag.pointer(packetTag, value) : value
    }
    let start = unsafe code.pointee.packetStart
    guard start >= 0 else { return }
    let first = unsafe pointee.contextValues[start]
    let end = unsafe pointee.contextValues[code.pointee.packetEnd]
    unsafe pointee.regions[Int(packetTag)] = Region(
      .packet,
      start: first,
      byteCount: Int(truncatingIfNeeded: end &- first)
    )
  }

  /// After a helper changed the packet: earlier packet pointers are stale, the context has new ones.
  @inline(never) func renewPacket() {
    let old = unsafe pointee.packetTag
    let fresh = unsafe grant(
      .packet,
      at: UnsafeMutableRawPointer(bitPattern: 1).unsafelyUnwrapped,
      byteCount: 0,
      access: []
    )
    unsafe retire(old)
    if unsafe pointee.hasLentMemory { unsafe retireSlices(of: MemoryLoan.packet) }
    unsafe readContext(packetTag: fresh &>> Tag.shift)
  }

  /// Makes another program's code and maps the ones in use.
  @inline(__always) func enter(_ code: Code) {
    unsafe pointee.code = code.header
    unsafe code.install(in: self)
    unsafe readContext(packetTag: pointee.packetTag)
  }
}
