import BPF
import BPFMaps

/// `bpf_timer_init`, `_set_callback`, `_start`, `_cancel`.
///
/// The invariant of every thunk: its first argument is the address of the worker's `MachineState`, its second that of a
/// timer's field in a map's value, and a map argument that of a `UserMap` that the running code keeps alive.
enum TimerHelpers {
  static let all: [Helper] = [make, setFunction, start, cancel]

  static let make = unsafe Helper(
    HelperPrototype(169, "bpf_timer_init", [.kernelField(.timer), .map, .scalar], .integer, isGPLOnly: true)
  ) { state, place, map, flags, _, _ in
    let clocks: [UInt64: HostClock] = [0: .atomic, 1: .monotonic, 7: .boot]
    guard let clock = clocks[flags] else { return LinuxErrno.invalid.negated }
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    guard let program = unsafe machine.timedProgram() else { return 0 }
    let map = unsafe mapArgument(map).takeUnretainedValue()
    guard let offset = map.definition.fields.first(where: { $0.kind == .timer })?.offset else {
      return LinuxErrno.invalid.negated
    }
    let timer = TimerTable.Timer(map: map, value: place - UInt64(offset), place: place, clock: clock)
    return program.table.make(timer)?.negated ?? 0
  }

  static let setFunction = unsafe Helper(
    HelperPrototype(
      170,
      "bpf_timer_set_callback",
      [.kernelField(.timer), .callback],
      .integer,
      isGPLOnly: true
    )
  ) { state, place, function, _, _, _ in
    guard let program = unsafe state.assumingMemoryBound(to: MachineState.self).timedProgram() else {
      return 0
    }
    let refusal = program.table.change(place) { timer in
      timer.function = Int(function)
      timer.program = program.program
      return nil
    }
    return refusal?.negated ?? 0
  }

  static let start = unsafe Helper(
    HelperPrototype(
      171,
      "bpf_timer_start",
      [.kernelField(.timer), .scalar, .scalar],
      .integer,
      isGPLOnly: true
    )
  ) { state, place, nanoseconds, flags, _, _ in
    // `BPF_F_TIMER_ABS` and `BPF_F_TIMER_CPU_PIN`; a timer stays on its worker anyway.
    if flags & ~3 != 0 { return LinuxErrno.invalid.negated }
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    guard let program = unsafe machine.timedProgram() else { return 0 }
    let cpu = unsafe machine.pointee.state.cpu
    let fixed = unsafe machine.pointee.state.hasFixedClock ? machine.pointee.state.now : nil
    let refusal = program.table.change(place) { timer in
      if timer.function == nil { return .invalid }
      let now = fixed ?? timer.clock.nanoseconds()
      timer.due = flags & 1 != 0 ? nanoseconds : now.addingReportingOverflow(nanoseconds).partialValue
      timer.cpu = cpu
      return nil
    }
    return refusal?.negated ?? 0
  }

  static let cancel = unsafe Helper(
    HelperPrototype(172, "bpf_timer_cancel", [.kernelField(.timer)], .integer, isGPLOnly: true)
  ) { state, place, _, _, _, _ in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    guard let program = unsafe machine.timedProgram() else { return 0 }
    let running = unsafe machine.pointee.runningTimer
    var wasStarted = false
    let refusal = program.table.change(place) { timer in
      if running == place { return .deadlock }
      wasStarted = timer.due != nil
      timer.due = nil
      timer.function = nil
      return nil
    }
    return refusal?.negated ?? (wasStarted ? 1 : 0)
  }
}

extension UnsafeMutablePointer<MachineState> {
  /// The program that runs, and its timers.
  fileprivate func timedProgram() -> (program: any TimedProgram, table: TimerTable)? {
    if let oracle = unsafe pointee.oracle { return (oracle, oracle.environment.timers) }
    if let host = unsafe pointee.compiledHost {
      guard let interpreter = unsafe host.takeUnretainedValue().interpreter else {
        unsafe pointee.state.refusal = "the program is gone"
        return nil
      }
      return (interpreter, interpreter.environment.timers)
    }
    guard let interpreter = unsafe pointee.code.pointee.owner.takeUnretainedValue().interpreter else {
      unsafe pointee.state.refusal = "the program is gone"
      return nil
    }
    return (interpreter, interpreter.environment.timers)
  }
}
