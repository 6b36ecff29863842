/// The state before each instruction when it was followed last, by slot.
struct SeenStates {
  private(set) var last: [MachineState?]
  private(set) var counts: [Int]

  init(slotCount: Int) {
    last = Array(repeating: nil, count: slotCount)
    counts = Array(repeating: 0, count: slotCount)
  }

  /// An instruction is about to be followed.
  mutating func see(_ state: MachineState, at slot: Int) {
    last[slot] = state
    counts[slot] += 1
  }
}
