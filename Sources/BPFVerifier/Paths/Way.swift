/// A way that is being followed, or waits for it.
struct Way {
  var slot: Int
  var state: MachineState
  var parent: Checkpoint?
  /// What it went over since the parent.
  var history: [HistoryEntry] = []
  var written = [8 of UInt64](repeating: 0)
  /// How long the log was when it was put aside.
  var logLineCount = 0

  init(slot: Int, state: MachineState, parent: Checkpoint? = nil) {
    self.slot = slot
    self.state = state
    self.parent = parent
  }

  /// Everything that it went over since its beginning.
  var path: [HistoryEntry] {
    var segments = [history]
    var checkpoint = parent
    while let current = checkpoint {
      segments.append(current.history)
      checkpoint = current.parent
    }
    return segments.reversed().flatMap { $0 }
  }
}
