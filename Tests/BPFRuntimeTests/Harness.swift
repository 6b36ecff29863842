import BPF
import BPFRuntime
import Testing

/// Both interpreters behind one name, for tables of tests.
enum Mode: String, CaseIterable, CustomStringConvertible {
  case fast, oracle
  var description: String { rawValue }

  /// Runs a program in text form once, over some memory.
  func run(
    _ text: String,
    memory: inout [UInt8],
    helpers: HelperTable = .general,
    budget: UInt64 = 1 << 26,
    functions: [Function] = []
  ) throws -> RunOutcome {
    let program = Program("test", try Assembler.assemble(text), functions: functions)
    let environment = Environment(
      context: ContextLayout(byteCount: 0, fields: []),
      helpers: helpers,
      budget: budget
    )
    let machine = Machine()
    switch self {
    case .fast: return try Interpreter(program, in: environment).run(on: machine, memory: &memory)
    case .oracle: return try OracleInterpreter(program, in: environment).run(on: machine, memory: &memory)
    }
  }

  /// Runs a program that needs no memory.
  func run(_ text: String, budget: UInt64 = 1 << 26) throws -> RunOutcome {
    var memory = [UInt8](repeating: 0, count: 16)
    return try run(text, memory: &memory, budget: budget)
  }
}

extension RunOutcome {
  /// `r0`, or nil after a trap.
  var value: UInt64? { if case .returned(let value) = self { value } else { nil } }
  /// The trap, or nil after a return.
  var trap: Trap? { if case .trapped(let trap) = self { trap } else { nil } }
}
