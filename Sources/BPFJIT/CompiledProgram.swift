public import BPF
import BPFMaps
public import BPFRuntime
public import BPFVerifier

/// A verified program as machine code: nothing is checked any more when it runs.
///
/// Immutable once made; any number of workers may run it at once, each on its own `Machine`. The code lives as long as
/// this does.
public final class CompiledProgram: Sendable {
  /// Whether there is a code generator for the processor here.
  public static var isSupported: Bool { InstructionSet.host != nil }

  /// The program.
  public let program: Program
  /// Whether the program asks for the time.
  public let asksForTime: Bool
  /// Whether the program asks for a packet to be sent somewhere.
  public let redirects: Bool
  /// Bytes of machine code.
  public let codeByteCount: Int
  private let environment: Environment
  /// What its helpers need to know of it.
  package let host: CompiledHost
  private let memory: any CodeMemory
  private let table: FunctionTable
  private let entry: UInt64
  private let batchEntry: UInt64?
  /// The main function, for those who come by a tail call.
  package let mainAddress: UInt64

  /// Compiles a program over maps and helpers.
  ///
  /// - Throws: What cannot be compiled here; an interpreter may still run it.
  ///
  /// - Parameters:
  ///   - verified: The program.
  ///   - environment: What it is bound to.
  ///   - batch: How batches lie in memory; nil for no loop over them.
  public convenience init(
    _ verified: VerifiedProgram,
    in environment: Environment,
    batch: BatchLayout? = nil
  ) throws(CompilationError) {
    try self.init(verified, in: environment, batch: batch, timedBy: nil, on: HostProcessor())
  }

  /// Compiles a program for a processor that may not be the one here; an interpreter of the program runs its timers.
  package convenience init(
    _ verified: VerifiedProgram,
    in environment: Environment,
    batch: BatchLayout?,
    timedBy interpreter: Interpreter?,
    on processor: any Processor
  ) throws(CompilationError) {
    try self.init(
      verified.program,
      in: environment,
      batch: batch,
      timedBy: interpreter,
      on: processor,
      facts: ProgramFacts(verified)
    )
  }

  /// Compiles a program that the caller knows to be safe.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - environment: What it is bound to.
  ///   - batch: How batches lie in memory; nil for no loop over them.
  ///   - processor: What it will run on.
  ///   - readsContext: Whether the load at a slot reads the context.
  /// - Throws: What cannot be compiled here.
  @unsafe package convenience init(
    trusting program: Program,
    in environment: Environment,
    batch: BatchLayout? = nil,
    on processor: any Processor = HostProcessor(),
    readsContext: @escaping (Int) -> Bool
  ) throws(CompilationError) {
    try self.init(
      program,
      in: environment,
      batch: batch,
      timedBy: nil,
      on: processor,
      facts: ProgramFacts(readsContext: readsContext)
    )
  }

  private init(
    _ program: Program,
    in environment: Environment,
    batch: BatchLayout?,
    timedBy interpreter: Interpreter?,
    on processor: any Processor,
    facts: ProgramFacts
  ) throws(CompilationError) {
    self.program = program
    self.environment = environment
    looksAtPackets = batch?.hooks != nil
    host = CompiledHost(environment, interpreter: interpreter)
    asksForTime = program.calls(Self.timeHelpers)
    redirects = program.calls(Self.redirectHelpers)
    table = FunctionTable(slotCount: program.slotCount)
    let source = try CodeSource(
      program,
      in: environment,
      tableAddress: table.address,
      hostAddress: MachineLayout.address(of: host),
      hasTimers: interpreter != nil,
      facts: facts
    )
    guard let target = processor.target else {
      throw CompilationError(slot: nil, reason: "there is no code generator for this processor")
    }
    let code = try target.generate(source, batch)
    let memory = try processor.load(code.bytes)
    self.memory = memory
    codeByteCount = code.bytes.count
    table.fill(code, in: memory)
    entry = memory.entrance(at: code.entry)
    batchEntry = code.batch.map { memory.entrance(at: $0) }
    mainAddress = memory.base + UInt64(code.functions[0] ?? 0)
  }

  /// `bpf_ktime_get_ns` and its kin.
  private static let timeHelpers: Set<UInt32> = [5, 118, 125, 160, 208]
  /// `bpf_redirect` and `bpf_redirect_map`.
  private static let redirectHelpers: Set<UInt32> = [23, 51]

  /// The timers of the maps that this is bound to.
  public var timers: TimerTable { environment.timers }

  /// Runs once over the context in the machine's state: `r0`, or nil where a helper refused; then `trap(of:)` says why.
  ///
  /// The caller has entered the machine's batch boundary.
  package func runUnreported(on machine: Machine) -> UInt64? { machine.runCompiled(at: entry, for: host) }

  /// Runs once with `r1` the address of some memory and `r2` its length.
  public func run(on machine: Machine, memory: inout [UInt8]) -> RunOutcome {
    machine.boundary.enter()
    defer { machine.boundary.leave() }
    if let result = machine.runCompiled(at: entry, for: host, memory: &memory) { return .returned(result) }
    return .trapped(trap(of: machine))
  }

  /// Whether the loop over batches has hooks, for helpers that look at packets.
  package let looksAtPackets: Bool

  /// Whether there is a loop over batches.
  package var runsBatches: Bool { batchEntry != nil }

  /// Runs a batch: how many packets it went through before one was refused.
  ///
  /// The caller has entered the machine's batch boundary, `count` is not 0, and there is a loop over batches.
  @unsafe package func runBatch(
    _ descriptors: UnsafeRawPointer,
    count: Int,
    in pool: UnsafeMutableRawPointer,
    asksAhead: Bool,
    actions: UnsafeMutablePointer<UInt8>,
    answers: UnsafeMutablePointer<UInt32>,
    on machine: Machine
  ) -> Int {
    guard let batchEntry else { return 0 }
    return unsafe machine.runCompiledBatch(
      at: batchEntry,
      for: host,
      descriptors,
      count: count,
      in: pool,
      asksAhead: asksAhead,
      actions: actions,
      answers: answers
    )
  }

  /// Why the machine's last run was refused.
  package func trap(of machine: Machine) -> Trap { machine.compiledTrap(of: program) }
}

extension Program {
  /// Whether one of these helpers is called somewhere.
  fileprivate func calls(_ helpers: Set<UInt32>) -> Bool {
    instructions.contains { instruction in
      if case .call(.helper(let id)) = instruction { helpers.contains(id) } else { false }
    }
  }
}
