import BPF

/// The way to a refusal once more, with the state before each of its instructions.
struct Replay {
  /// One instruction of the way.
  struct Step {
    var entry: HistoryEntry
    /// The state before it.
    var before: MachineState
  }

  /// The longest way that is gone over again; of a longer one the states are not told.
  static let longest = 20_000

  private(set) var steps: [Step] = []
  /// The state before the instruction that is refused.
  private(set) var last: MachineState

  /// Makes a replay of what was gone over already.
  init(_ steps: [Step], last: MachineState) {
    self.steps = steps
    self.last = last
  }

  /// Goes over a way from the state in which it began; nil where it is too long or does not come out the same.
  init?(_ path: [HistoryEntry], from start: MachineState, _ transfer: Transfer) {
    guard path.count <= Self.longest else { return nil }
    var transfer = transfer
    var state = start
    var forks: [Transfer.Fork] = []
    for entry in path {
      forks.removeAll()
      let before = state
      do throws(Violation) {
        _ = try transfer.step(&state, at: Int(entry.slot), forks: &forks)
      } catch { return nil }
      if entry.choice > 0 {
        guard forks.count >= Int(entry.choice) else { return nil }
        state = forks[Int(entry.choice) - 1].state
      }
      steps.append(Step(entry: entry, before: before))
    }
    last = state
  }
}
