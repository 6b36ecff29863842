public import BPF

/// Writes down of a watched run what probes would write of it, and knows beside which values are pointers.
public final class ProbeRecorder: RunObserver {
  private let probed: ProbedPrograms
  private let indices: [String: Int]
  private var start: UInt64 = 0
  private var steps: [EngineTrace.Step] = []
  private var parts = AddressParts()

  /// Records runs of the programs that these are copies of.
  public init(_ probed: ProbedPrograms) {
    self.probed = probed
    indices = Dictionary(probed.programs.enumerated().map { ($1.name, $0) }) { first, _ in first }
  }

  /// Forgets the last run.
  public func begin() {
    steps.removeAll(keepingCapacity: true)
    start = 0
    parts = AddressParts()
  }

  /// Keeps a step that has a probe.
  public func observe(_ step: TraceStep) {
    defer { parts.follow(step) }
    guard let program = indices[step.program.name],
      let registers = probed.registers(program: program, slot: step.slot)
    else { return }
    if steps.count == 2 * ProbedPrograms.limit {
      steps.removeFirst(ProbedPrograms.limit)
      start += UInt64(ProbedPrograms.limit)
    }
    steps.append(
      EngineTrace.Step(
        program: program,
        slot: step.slot,
        values: registers.map { register in
          let value = step.input(register) ?? step.argument(register) ?? TraceValue(bits: 0)
          return EngineTrace.Value(
            register: register,
            bits: value.bits,
            place: value.place?.description ?? (parts.contains(register) ? "part of an address" : nil)
          )
        }
      )
    )
  }

  /// What the run has done.
  public var trace: EngineTrace {
    let surplus = max(0, steps.count - ProbedPrograms.limit)
    return EngineTrace(omitted: start + UInt64(surplus), steps: Array(steps.dropFirst(surplus)))
  }
}

extension TraceStep {
  /// The value of a call's argument.
  fileprivate func argument(_ register: Register) -> TraceValue? {
    guard case .call(let call) = effect else { return nil }
    return call.arguments.first { $0.register == register }?.value
  }
}

extension HelperTable {
  /// The registers that hold the arguments of a call, as far as its prototype is known.
  ///
  /// None for helpers that call back: a watched run tells of the function that is entered, not of the call.
  public func argumentRegisters(_ program: Program, _ slot: Int, _ target: CallTarget) -> [Register] {
    let prototype: HelperPrototype?
    switch target {
    case .helper(let id): prototype = self[id]?.prototype
    case .kernelFunction:
      let name = program.externs.first { $0.slots.contains(slot) }?.name
      prototype = name.flatMap { self[function: $0]?.prototype }
    case .local, .register: prototype = nil
    }
    guard let prototype, !prototype.arguments.contains(.callback) else { return [] }
    return Array(Register.allCases[1...].prefix(prototype.arguments.count))
  }
}
