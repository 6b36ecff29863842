/// A state that was kept, to compare later ones at the same slot with it.
final class Checkpoint {
  let slot: Int
  var state: MachineState
  /// The one before it on its way.
  let parent: Checkpoint?
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

  init(
    slot: Int,
    state: MachineState,
    parent: Checkpoint?,
    history: [HistoryEntry],
    written: [8 of UInt64]
  ) {
    self.slot = slot
    self.state = state
    self.parent = parent
    self.history = history
    self.written = written
  }
}
