public import BPF

/// Proves that a program is safe to run, or says why not.
///
///     let verified = try Verifier(environment).verify(program)
///
/// A program that is accepted never reads or writes outside what it owns and always ends. Time and memory are bounded for
/// any input by `VerifierEnvironment.Limits`.
public struct Verifier: Sendable {
  /// What the program's type may do.
  public let environment: VerifierEnvironment

  /// Whether all ways are followed one by one as Linux does, with its limits, and nothing else is tried.
  public let isExact: Bool

  /// Makes a verifier.
  public init(_ environment: VerifierEnvironment, isExact: Bool = false) {
    self.environment = environment
    self.isExact = isExact
  }

  /// Verifies a program and every global function that it calls.
  ///
  /// - Throws: A `Rejection`.
  public func verify(_ program: Program) throws(Rejection) -> VerifiedProgram {
    var sheet: StateSheet?
    return try verify(program, &sheet)
  }

  /// What is known before each instruction of a program, on the way to a refusal and elsewhere; it is verified for that.
  public func states(of program: Program) -> StateSheet {
    var sheet: StateSheet? = StateSheet()
    _ = try? verify(program, &sheet)
    return sheet ?? StateSheet()
  }

  /// Verifies a program, and fills the sheet if there is one.
  private func verify(_ program: Program, _ sheet: inout StateSheet?) throws(Rejection) -> VerifiedProgram {
    var engine: PathEngine
    let layout: CodeLayout
    do throws(Violation) {
      layout = try CodeLayout(program)
      engine = try makeEngine(program, layout)
    } catch {
      throw Rejection(
        program: program,
        violation: error,
        path: [],
        notes: [],
        help: error.rule.help,
        statistics: VerifierStatistics()
      )
    }
    if !isExact { engine.limits = environment.limits.extended }
    if sheet != nil { engine.seen = SeenStates(slotCount: layout.slotCount) }
    let stackDepth: Int
    do throws(Violation) {
      let exact = engine
      if !isExact { engine.forgetting = Forgetting(layout, engine.flow) }
      do throws(Violation) {
        stackDepth = try follow(&engine, layout)
      } catch {
        // What was forgotten may be what the proof wanted.
        guard engine.forgetting?.hasForgotten == true else { throw error }
        engine = exact
        stackDepth = try follow(&engine, layout)
      }
    } catch {
      throw explanation(of: error, program, engine, &sheet)
    }
    if let seen = engine.seen { sheet = StateSheet(seen, nil, endingAt: 0, engine.transfer) }
    let linux = LinuxPrediction(
      of: engine.statistics,
      isExact: engine.forgetting?.hasForgotten != true,
      limits: environment.limits
    )
    return VerifiedProgram(
      program,
      engine.transfer,
      stackDepth: stackDepth,
      statistics: engine.statistics,
      linux: linux,
      warnings: linux.warnings + UnwrittenStack(engine.transfer).warnings
    )
  }

  /// Verifies several programs, those of an object or what tail-calls lead to, each by itself.
  ///
  /// - Throws: The `Rejection` of the first that is refused.
  public func verify(_ programs: [Program]) throws(Rejection) -> [VerifiedProgram] {
    var verified: [VerifiedProgram] = []
    for program in programs { verified.append(try verify(program)) }
    return verified
  }

  func makeEngine(_ program: Program, _ layout: CodeLayout) throws(Violation) -> PathEngine {
    let prototypes = prototypes(of: program, layout)
    let flow = try ControlFlow(
      layout,
      callKinds: { prototypes[$0]?.callKind ?? .plain },
      argumentCounts: { prototypes[$0]?.parameters.count ?? 5 }
    )
    try requireCompatibleMaps(program)
    let transfer = Transfer(program, layout, environment, prototypes: prototypes)
    return PathEngine(transfer, flow, environment.limits)
  }

  private func prototypes(of program: Program, _ layout: CodeLayout) -> [Int: CallPrototype] {
    var prototypes: [Int: CallPrototype] = [:]
    for slot in 0..<layout.slotCount where layout.isStart(slot) {
      if case .call(.helper(let id)) = layout.instruction(at: slot) {
        prototypes[slot] = environment.helpers[id]
      }
    }
    for extern in program.externs where extern.kind == .function {
      for slot in extern.slots where layout.isCall(at: slot) {
        prototypes[slot] = environment.functions[extern.name]
      }
    }
    return prototypes
  }

  /// Maps that no XDP program may use.
  private func requireCompatibleMaps(_ program: Program) throws(Violation) {
    for map in program.maps where map.fields.contains(where: { $0.kind == .timer }) && map.type.isPerCPU {
      throw Violation(.incompatibleMap, "the values of '\(map.name)' hold a timer, which per-CPU maps cannot")
    }
    if program.arenas.count > 1 {
      throw Violation(.incompatibleMap, "a program has at most one arena")
    }
  }

  /// Follows all there is of a program; the bytes of its deepest chain of frames.
  func follow(_ engine: inout PathEngine, _ layout: CodeLayout) throws(Violation) -> Int {
    try engine.explore(from: 0, engine.transfer.mainState)
    // What handles exceptions is entered from nowhere in the code.
    engine.transfer.calledGlobals.formUnion(
      layout.functions.indices.filter { layout.functions[$0].isExceptionHandler }
    )
    var isDone: Set<Int> = []
    var isDoneLater: Set<AsynchronousEntry> = []
    while true {
      if let next = engine.transfer.calledGlobals.subtracting(isDone).min() {
        isDone.insert(next)
        let state = try engine.transfer.entryState(of: next)
        try engine.explore(from: layout.functions[next].start, state)
      } else if let next = engine.transfer.asynchronousEntries.subtracting(isDoneLater).min(by: {
        ($0.function, $0.map) < ($1.function, $1.map)
      }) {
        isDoneLater.insert(next)
        try engine.explore(
          from: layout.functions[next.function].start,
          engine.transfer.asynchronousState(next)
        )
      } else {
        break
      }
    }
    return try StackDepth(
      layout.functions,
      depths: engine.transfer.stackDepths,
      calls: engine.transfer.callsThatWereFound
    ).check(throwingSlots: engine.transfer.throwingSlots)
  }

  private func explanation(
    of violation: Violation,
    _ program: Program,
    _ engine: PathEngine,
    _ sheet: inout StateSheet?
  ) -> Rejection {
    var path = engine.way.path
    var replay = Replay(path, from: engine.start, engine.transfer)
    if let found = replay, let shorter = ShortestWay(engine.transfer).way(to: violation, found) {
      path = shorter.steps.map(\.entry)
      replay = shorter
    }
    if let seen = engine.seen {
      sheet = StateSheet(seen, replay, endingAt: engine.way.slot, engine.transfer)
    }
    let loop = LoopCount(path, engine.transfer.layout)
    // Of a way that only grew too long, its rounds tell more than its values.
    if violation.rule == .tooComplex { replay = nil }
    return Rejection(
      program: program,
      violation: violation,
      path: path.map { Int($0.slot) } + [engine.way.slot],
      notes: replay.map { Explanation($0, engine.transfer).notes(for: violation) }
        ?? loop.notes(for: violation),
      help: replay.map { Advice($0, engine.transfer).help(for: violation) }
        ?? loop.help(for: violation, program),
      statistics: engine.statistics
    )
  }
}

extension PathEngine {
  var statistics: VerifierStatistics {
    var statistics = VerifierStatistics()
    statistics.processed = processed
    statistics.states = stateCount
    statistics.peakPending = peakPending
    return statistics
  }
}

extension Transfer {
  /// The state before the program's first instruction: `r1` is the context.
  var mainState: MachineState {
    var frame = Frame(function: 0, number: 0, callSite: -1)
    frame.registers[1] = RegisterState(.context)
    return MachineState(frame)
  }
}

extension CallPrototype {
  fileprivate var callKind: ControlFlow.CallKind {
    if case .iterator(.advances)? = parameters.first { return .iteratorNext }
    if callsBackNow { return .callsBack }
    if parameters.contains(where: { if case .callback = $0 { true } else { false } }) {
      return .asynchronousCallback
    }
    return traits.contains(.doesNotReturn) ? .doesNotReturn : .plain
  }
}
