public import BPFRuntime

extension CompiledProgram {
  /// Runs once over the context in the machine's state: `r0`, or nil where a helper refused; `run(on:)` says why too.
  public func answer(on machine: Machine) -> UInt64? {
    // Without maps there is nothing that somebody could replace meanwhile.
    if program.maps.isEmpty { return runUnreported(on: machine) }
    return guardedAnswer(on: machine)
  }

  @inline(never) private func guardedAnswer(on machine: Machine) -> UInt64? {
    machine.boundary.enter()
    defer { machine.boundary.leave() }
    return runUnreported(on: machine)
  }

  /// Runs once over the context in the machine's state, `Machine.state`.
  public func run(on machine: Machine) -> RunOutcome {
    if let result = answer(on: machine) { return .returned(result) }
    return .trapped(trap(of: machine))
  }
}
