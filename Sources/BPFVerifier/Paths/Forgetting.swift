/// Forgets, where ways meet, the numbers that no later check depends on.
///
/// What is forgotten makes states equal that differ in nothing that matters, so that a chain of rules takes time linear in
/// its length. Nothing unsafe is accepted for it: less is known than was, and both ways of every branch on a forgotten
/// number are followed. What is refused for want of a forgotten number must be judged again without forgetting.
struct Forgetting {
  private let demand: Demand
  private let component: [Int32]

  init(_ layout: CodeLayout, _ flow: ControlFlow) {
    demand = Demand(layout, flow)
    component = flow.component
  }

  /// Forgets what is not demanded at a slot; within a loop nothing is, for its rounds are told apart by numbers.
  func apply(to state: inout MachineState, at slot: Int) {
    guard component[slot] == 0 else { return }
    let last = state.frames.count - 1
    for frame in 0...last {
      let place = frame == last ? slot : state.frames[frame + 1].callSite + 1
      guard demand.registersBefore.indices.contains(place), component[place] == 0 || frame == last else {
        continue
      }
      forget(&state.frames[frame], demand.registersBefore[place], demand.slotsBefore[place])
    }
  }

  private func forget(_ frame: inout Frame, _ registers: UInt16, _ slots: UInt64) {
    for register in 0..<10
    where registers & (1 << UInt16(register)) == 0 && frame.registers[register].kind == .scalar {
      frame.registers[register] = .unknown
    }
    for index in frame.stack.indices
    where slots & (1 << UInt64(index)) == 0 && frame.stack[index].isSpill
      && frame.stack[index].spilled.kind == .scalar
    {
      frame.stack[index].spilled = .unknown
    }
  }
}
