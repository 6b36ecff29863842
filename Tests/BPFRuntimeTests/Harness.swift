import BPF
import BPFMaps
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
    return try run(program, in: environment, memory: &memory)
  }

  /// Runs a program once, over some memory.
  func run(_ program: Program, in environment: Environment, memory: inout [UInt8]) throws -> RunOutcome {
    switch self {
    case .fast: try Interpreter(program, in: environment).run(on: Machine(), memory: &memory)
    case .oracle: try OracleInterpreter(program, in: environment).run(on: Machine(), memory: &memory)
    }
  }

  /// Runs a program once, over the context of a machine.
  func run(
    _ program: Program,
    in environment: Environment,
    on machine: Machine = Machine()
  ) throws -> RunOutcome {
    switch self {
    case .fast: try Interpreter(program, in: environment).run(on: machine)
    case .oracle: try OracleInterpreter(program, in: environment).run(on: machine)
    }
  }

  /// Runs a program in text form once, with maps, in a context without fields.
  func run(_ text: String, maps: [UserMap], budget: UInt64 = 1 << 26) throws -> RunOutcome {
    try run(.with(maps, text), in: .with(maps, budget: budget))
  }

  /// Runs a program in text form once over maps, which can be filled before.
  func run(
    _ text: String,
    over definitions: [MapDefinition],
    prepare: ([UserMap]) throws -> Void = { _ in }
  ) throws -> RunOutcome {
    let maps = try definitions.map { try UserMap.make($0, cpuCount: 1, memory: MemoryLimit()) }
    try prepare(maps)
    return try run(text, maps: maps)
  }

  /// Runs a program that needs no memory.
  func run(_ text: String, budget: UInt64 = 1 << 26) throws -> RunOutcome {
    var memory = [UInt8](repeating: 0, count: 16)
    return try run(text, memory: &memory, budget: budget)
  }
}

extension Program {
  /// A program in text form over maps.
  static func with(_ maps: [UserMap], _ text: String, named name: String = "test") throws -> Program {
    Program(name, try Assembler.assemble(text), maps: maps.map(\.definition))
  }
}

extension Environment {
  /// General helpers and maps, and a context without fields.
  static func with(_ maps: [UserMap], budget: UInt64 = 1 << 26) -> Environment {
    Environment(
      context: ContextLayout(byteCount: 0, fields: []),
      helpers: .general,
      maps: maps,
      budget: budget
    )
  }
}

/// A map for a test.
func makeMap(
  _ type: MapType,
  key: Int = 4,
  value: Int = 8,
  entries: Int = 4,
  flags: MapFlags = []
) throws -> UserMap {
  let definition = MapDefinition(
    name: "table",
    type: type,
    keySize: key,
    valueSize: value,
    maxEntries: entries,
    flags: flags
  )
  return try UserMap.make(definition, cpuCount: 1, memory: MemoryLimit())
}

extension RunOutcome {
  /// `r0`, or nil after a trap.
  var value: UInt64? { if case .returned(let value) = self { value } else { nil } }
  /// The trap, or nil after a return.
  var trap: Trap? { if case .trapped(let trap) = self { trap } else { nil } }
}
