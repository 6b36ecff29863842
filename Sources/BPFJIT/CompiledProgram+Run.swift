public import BPFRuntime

extension CompiledProgram {
  /// Runs once over the context in the machine's state, `Machine.state`.
  public func run(on machine: Machine) -> RunOutcome {
    machine.boundary.enter()
    defer { machine.boundary.leave() }
    if let result = runUnreported(on: machine) { return .returned(result) }
    return .trapped(trap(of: machine))
  }
}
