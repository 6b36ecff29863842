import BPF

/// The way to a refusal that takes the nearest branch each time, where it comes to the same refusal.
///
/// Paths are followed depth first, so that the way on which a rule is first found broken may be a long one.
struct ShortestWay {
  private let transfer: Transfer
  private let layout: CodeLayout

  init(_ transfer: Transfer) {
    self.transfer = transfer
    layout = transfer.layout
  }

  /// A way that is shorter than the one found and breaks the same rule with the same values; nil where the nearest one
  /// does not.
  ///
  /// Programs with functions of their own keep the way that was found.
  func way(to violation: Violation, _ found: Replay) -> Replay? {
    guard layout.functions.count == 1, let target = violation.slot, let first = found.steps.first else {
      return nil
    }
    let distances = distances(to: target)
    var transfer = transfer
    var state = first.before
    var slot = Int(first.entry.slot)
    var steps: [Replay.Step] = []
    var forks: [Transfer.Fork] = []
    while steps.count < found.steps.count {
      let before = state
      forks.removeAll(keepingCapacity: true)
      let flow: Transfer.Flow
      do throws(Violation) {
        flow = try transfer.step(&state, at: slot, forks: &forks)
      } catch {
        return error == violation ? Replay(steps, last: before) : nil
      }
      var entry = HistoryEntry(slot: Int32(slot), depth: UInt8(before.depth))
      if let spill = transfer.effects.spill {
        entry.spillFrame = UInt8(spill.frame)
        entry.spillIndex = UInt8(spill.index)
      }
      var nearest: Int32?
      if case .next(let next) = flow {
        slot = next
        nearest = distances[next]
      }
      for (index, fork) in forks.enumerated() where distances[fork.slot] < nearest ?? .max {
        nearest = distances[fork.slot]
        slot = fork.slot
        state = fork.state
        entry.choice = UInt8(index + 1)
      }
      guard let nearest, nearest < .max else { return nil }
      steps.append(Replay.Step(entry: entry, before: before))
    }
    return nil
  }

  /// How many instructions each slot is from a slot at least.
  private func distances(to target: Int) -> [Int32] {
    let edges = FlowEdges(layout)
    var distances = [Int32](repeating: .max, count: layout.slotCount)
    distances[target] = 0
    var queue = [Int32(target)]
    var next = 0
    while next < queue.count {
      let slot = Int(queue[next])
      next += 1
      for source in edges.predecessors(of: slot) where distances[Int(source)] == .max {
        distances[Int(source)] = distances[slot] + 1
        queue.append(source)
      }
    }
    return distances
  }
}
