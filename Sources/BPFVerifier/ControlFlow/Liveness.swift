import BPF

/// Which registers are live before each slot, by backward data flow within each function.
///
/// A slot is looked at again only when a successor gained a register, so that there are at most 22 looks for each.
struct Liveness {
  private(set) var before: [UInt16]
  private(set) var work = 0

  init(_ layout: CodeLayout, _ edges: FlowEdges, order: [Int32], argumentCounts: (Int) -> Int) {
    before = [UInt16](repeating: 0, count: layout.slotCount)
    let uses = (0..<layout.slotCount).map { slot -> RegisterUse in
      guard layout.isStart(slot) else { return RegisterUse(.jump(offset: 0)) }
      let instruction = layout.instruction(at: slot)
      switch instruction {
      case .call(.helper), .call(.kernelFunction):
        return RegisterUse(instruction, argumentCount: argumentCounts(slot))
      default: return RegisterUse(instruction)
      }
    }
    var pending = order
    var isPending = [Bool](repeating: true, count: layout.slotCount)
    while let next = pending.popLast() {
      work += 1
      let slot = Int(next)
      isPending[slot] = false
      var after: UInt16 = 0
      if edges.first[slot] >= 0 { after |= before[Int(edges.first[slot])] }
      if edges.second[slot] >= 0 { after |= before[Int(edges.second[slot])] }
      let live = after & ~uses[slot].writes | uses[slot].reads
      guard live != before[slot] else { continue }
      before[slot] = live
      for source in edges.predecessors(of: slot) where !isPending[Int(source)] {
        isPending[Int(source)] = true
        pending.append(source)
      }
    }
  }
}
