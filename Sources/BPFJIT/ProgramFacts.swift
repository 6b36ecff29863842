import BPFVerifier

/// What a generator may take for granted of a safe program, by slot.
struct ProgramFacts {
  /// Whether a load reads the context.
  var readsContext: (Int) -> Bool
  /// Whether a run can get to an instruction.
  var isReached: (Int) -> Bool = { _ in true }
  /// Which ways a branch can go.
  var ways: (Int) -> BranchWays = { _ in .both }

  /// What was proved.
  init(_ verified: VerifiedProgram) {
    readsContext = { verified.access(at: $0)?.place == .context }
    isReached = { verified.reaches(slot: $0) }
    ways = { verified.ways(at: $0) }
  }

  /// Nothing but which loads read the context.
  init(readsContext: @escaping (Int) -> Bool) { self.readsContext = readsContext }
}
