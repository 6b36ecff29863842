public import BPF

/// Runs a program as the strictest judge: beside every register and spilled slot stand the object it points into and
/// whether it was ever written.
///
/// A second implementation, over `Instruction` itself, that shares only arithmetic and helpers with `Interpreter`. Where
/// the fast mode checks an address against the object that its tag names, this one follows where each pointer came
/// from: a pointer that was computed out of numbers is not one, and a byte that was never written may not be read. Slow;
/// it is what soundness fuzzing and the tests hold the other engines against.
public final class OracleInterpreter: Sendable {
  /// Whether reading a stack byte that was never written ends the run.
  ///
  /// Linux lets privileged programs read such bytes and takes them for unknown numbers.
  public enum StackPolicy: Sendable { case trap, readAsZero }

  /// The program as it was given.
  public let program: Program
  let environment: Environment
  let stackPolicy: StackPolicy
  /// Instructions by slot; nil for the second slot of a 64-bit immediate.
  let slots: [Instruction?]
  let externs: [Int: Extern]
  let functionSlots: Set<Int>

  /// Binds a program to maps, helpers and a context; what the fast interpreter refuses to bind, this one refuses too.
  public init(
    _ program: Program,
    in environment: Environment,
    stackPolicy: StackPolicy = .trap
  ) throws(BindingError) {
    functionSlots = try Lowering(program, in: environment).functionSlots
    self.program = program
    self.environment = environment
    self.stackPolicy = stackPolicy
    slots = program.instructions.flatMap { $0.slotCount == 2 ? [$0, nil] : [$0] }
    var externs: [Int: Extern] = [:]
    for extern in program.externs { for slot in extern.slots { externs[slot] = extern } }
    self.externs = externs
  }

  /// The timers of the maps that this is bound to.
  public var timers: TimerTable { environment.timers }

  /// Runs once over the context in the machine's state.
  public func run(on machine: Machine) -> RunOutcome {
    machine.boundary.enter()
    defer { machine.boundary.leave() }
    var run = OracleRun(self, machine)
    run.enterContext()
    return run.finish()
  }

  /// Runs once with `r1` the address of some memory and `r2` its length.
  public func run(on machine: Machine, memory: inout [UInt8]) -> RunOutcome {
    machine.boundary.enter()
    defer { machine.boundary.leave() }
    return unsafe memory.withUnsafeMutableBytes { bytes in
      var run = OracleRun(self, machine)
      unsafe run.enterMemory(bytes)
      return run.finish()
    }
  }
}
