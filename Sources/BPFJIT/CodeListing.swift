public import BPF
public import BPFRuntime
public import BPFVerifier

/// A program's machine code as bytes with its symbols, for a disassembler: it cannot be run.
///
/// It is the code that an engine bound to the same maps runs, but for the address of the table of its functions.
public struct CodeListing: Hashable, Sendable {
  /// A place in the code with a name.
  public struct Symbol: Hashable, Sendable {
    /// The function of the program, or what the code is for that is not of the program, such as `run`.
    public var name: String
    /// The slot of the function's first instruction; nil for what is not of the program.
    public var slot: Int?
    /// Where it begins in the code, in bytes.
    public var offset: Int
  }

  /// The processor that it is for.
  public let instructionSet: InstructionSet
  /// The code.
  public let bytes: [UInt8]
  /// Functions and what calls them, in the order in which they lie; each goes as far as the next.
  public let functions: [Symbol]
  /// Where the code of each instruction begins, by its slot.
  public let slots: [Int: Int]

  /// Makes the code of a program over maps and helpers.
  ///
  /// - Parameters:
  ///   - verified: The program.
  ///   - environment: What it is bound to.
  ///   - instructionSet: The processor that the code is for.
  ///   - batch: How batches lie in memory; nil for no loop over them.
  /// - Throws: What cannot be compiled.
  public init(
    of verified: VerifiedProgram,
    in environment: Environment,
    for instructionSet: InstructionSet,
    batch: BatchLayout? = nil
  ) throws(CompilationError) {
    try self.init(
      verified.program,
      in: environment,
      for: instructionSet,
      batch: batch,
      facts: ProgramFacts(verified)
    )
  }

  /// Makes the code of a program that nobody proved.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - environment: What it is bound to.
  ///   - instructionSet: The processor that the code is for.
  ///   - batch: How batches lie in memory; nil for no loop over them.
  ///   - readsContext: Whether the load at a slot reads the context.
  /// - Throws: What cannot be compiled.
  public init(
    trusting program: Program,
    in environment: Environment,
    for instructionSet: InstructionSet,
    batch: BatchLayout? = nil,
    readsContext: @escaping (Int) -> Bool
  ) throws(CompilationError) {
    try self.init(
      program,
      in: environment,
      for: instructionSet,
      batch: batch,
      facts: ProgramFacts(readsContext: readsContext)
    )
  }

  private init(
    _ program: Program,
    in environment: Environment,
    for instructionSet: InstructionSet,
    batch: BatchLayout?,
    facts: ProgramFacts
  ) throws(CompilationError) {
    let table = FunctionTable(slotCount: program.slotCount)
    let source = try CodeSource(
      program,
      in: environment,
      tableAddress: table.address,
      hasTimers: true,
      facts: facts
    )
    let code = try instructionSet.target.generate(source, batch, isListed: true)
    self.instructionSet = instructionSet
    bytes = code.bytes
    slots = code.slots
    let stubs =
      [("run", code.entry), ("call_back", code.callback)] + (code.batch.map { [("run_batch", $0)] } ?? [])
    let names = Dictionary(program.functions.map { ($0.slot, $0.name) }) { first, _ in first }
    let functions = code.functions.map { slot, offset in
      Symbol(name: names[slot] ?? (slot == 0 ? program.name : "function_\(slot)"), slot: slot, offset: offset)
    }
    self.functions = (stubs.map { Symbol(name: $0.0, slot: nil, offset: $0.1) } + functions)
      .sorted { $0.offset < $1.offset }
  }
}
