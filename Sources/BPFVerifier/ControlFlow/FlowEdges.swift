import BPF

/// The edges between the instructions of each function, in both directions.
struct FlowEdges {
  /// Where each slot falls through to, or goes to without a condition; `ControlFlow.none` for an exit.
  let first: [Int32]
  /// Where each slot goes to on a condition.
  let second: [Int32]

  /// The sources of all edges, by target, and where each target's begin.
  private let sources: [Int32]
  private let offsets: [Int32]

  init(_ layout: CodeLayout) {
    let count = layout.slotCount
    var first = [Int32](repeating: ControlFlow.none, count: count)
    var second = first
    var offsets = [Int32](repeating: 0, count: count + 1)
    for slot in 0..<count where layout.isStart(slot) {
      let instruction = layout.instruction(at: slot)
      let target = instruction.jumpOffset.map { Int32(slot + 1 + $0) }
      if instruction.fallsThrough {
        first[slot] = Int32(slot + instruction.slotCount)
        if let target { second[slot] = target }
      } else if let target {
        first[slot] = target
      }
      if first[slot] >= 0 { offsets[Int(first[slot]) + 1] += 1 }
      if second[slot] >= 0 { offsets[Int(second[slot]) + 1] += 1 }
    }
    for slot in 0..<count { offsets[slot + 1] += offsets[slot] }
    var next = offsets
    var sources = [Int32](repeating: 0, count: Int(offsets[count]))
    for slot in 0..<count {
      for target in [first[slot], second[slot]] where target >= 0 {
        sources[Int(next[Int(target)])] = Int32(slot)
        next[Int(target)] += 1
      }
    }
    self.first = first
    self.second = second
    self.sources = sources
    self.offsets = offsets
  }

  /// The sources of the edges to a slot.
  func predecessors(of slot: Int) -> ArraySlice<Int32> {
    sources[Int(offsets[slot])..<Int(offsets[slot + 1])]
  }
}
