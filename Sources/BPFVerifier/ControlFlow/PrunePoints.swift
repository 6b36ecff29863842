import BPF

/// Where Linux 6.18's walk of the control flow wants states compared, jumps remembered, and states kept.
struct PrunePoints {
  private(set) var isPrunePoint: [Bool]
  private(set) var isJumpPoint: [Bool]
  private(set) var isForcedCheckpoint: [Bool]

  init(_ layout: CodeLayout, callKinds: (Int) -> ControlFlow.CallKind) {
    isPrunePoint = [Bool](repeating: false, count: layout.slotCount)
    isJumpPoint = isPrunePoint
    isForcedCheckpoint = isPrunePoint
    for slot in 0..<layout.slotCount where layout.isStart(slot) {
      let instruction = layout.instruction(at: slot)
      if let offset = instruction.jumpOffset {
        markTarget(slot + 1 + offset)
        guard instruction.fallsThrough else { continue }
        isPrunePoint[slot] = true
        if case .mayGoto = instruction { isForcedCheckpoint[slot] = true }
      } else if let callee = layout.callee(at: slot) {
        isPrunePoint[slot] = true
        markTarget(layout.functions[callee].start)
        markTarget(slot + instruction.slotCount)
      } else if case .call = instruction {
        markTarget(slot + 1)
        mark(callKinds(slot), at: slot)
      }
    }
  }

  /// What is reached by a jump, a call or a return.
  private mutating func markTarget(_ slot: Int) {
    isPrunePoint[slot] = true
    isJumpPoint[slot] = true
  }

  private mutating func mark(_ kind: ControlFlow.CallKind, at slot: Int) {
    switch kind {
    case .plain, .doesNotReturn: break
    case .asynchronousCallback: isPrunePoint[slot] = true
    case .iteratorNext:
      isPrunePoint[slot] = true
      isForcedCheckpoint[slot] = true
    case .callsBack:
      isPrunePoint[slot] = true
      isForcedCheckpoint[slot] = true
      isJumpPoint[slot] = true
    }
  }
}
