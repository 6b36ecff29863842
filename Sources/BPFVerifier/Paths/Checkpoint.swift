/// A state that was kept, to compare later ones at the same slot with it.
final class Checkpoint {
  let slot: Int
  var state: MachineState
  /// The one before it on its way.
  private(set) var parent: Checkpoint?
  /// What lies between the parent and here.
  let history: [HistoryEntry]
  /// How many ways from here are not followed to their end yet.
  var branches = 1
  /// Stack slots that were written whole between the parent and here, by frame.
  let written: [8 of UInt64]
  /// Stack slots that are read on the ways from here.
  var read = [8 of UInt64](repeating: 0)
  /// Part of a loop that converges: compared by ranges only, for its marks may be incomplete.
  var isInLoop = false
  var misses = 0
  var hits = 0
  /// Registers and stack slots of the state.
  private let weight: Int
  private let ledger: Ledger

  /// What all kept states have together.
  final class Ledger { fileprivate(set) var valueCount = 0 }

  init(
    slot: Int,
    state: MachineState,
    parent: Checkpoint?,
    history: [HistoryEntry],
    written: [8 of UInt64],
    ledger: Ledger
  ) {
    weight = state.frames.reduce(0) { $0 + 11 + $1.stack.count }
    self.ledger = ledger
    ledger.valueCount += weight
    self.slot = slot
    self.state = state
    self.parent = parent
    self.history = history
    self.written = written
  }

  // One after the other: a way may be a hundred thousand states long, and letting go of it must not nest as deep.
  deinit {
    ledger.valueCount -= weight
    var next = parent
    parent = nil
    while isKnownUniquelyReferenced(&next) {
      let before = next?.parent
      next?.parent = nil
      next = before
    }
  }
}
