/// Forgets, where ways meet again and again, the numbers that no later check depends on.
///
/// A chain of rules makes ways that differ in nothing but the ranges of the numbers it compared, and Linux follows every
/// one, for a branch that is decided makes it tell them apart. Here a place where that happened `patience` times forgets
/// those numbers from then on, so that the next way there ends at the first that went on. The time is then linear in the
/// program's size, and a program that has no such place is followed exactly as Linux follows it.
///
/// Nothing unsafe is accepted for it: less is known than was, and both ways of every branch on a forgotten number are
/// followed. What is refused after something was forgotten must be judged again without.
struct Forgetting {
  /// How many ways a place tells apart by numbers that are not demanded before it forgets them.
  private static let patience: UInt8 = 16

  private let demand: Demand
  private let component: [Int32]
  private var misses: [UInt8]
  /// Whether anything was forgotten.
  private(set) var hasForgotten = false

  init(_ layout: CodeLayout, _ flow: ControlFlow) {
    demand = Demand(layout, flow)
    component = flow.component
    misses = [UInt8](repeating: 0, count: layout.slotCount)
  }

  /// Whether ways at a slot are to be counted that only undemanded numbers tell apart.
  ///
  /// Within a loop none are, for its rounds are told apart by numbers.
  func isCounting(at slot: Int) -> Bool { component[slot] == 0 && misses[slot] < Self.patience }

  /// Counts a way that only undemanded numbers keep from being covered.
  mutating func countMiss(at slot: Int) { misses[slot] += 1 }

  /// Forgets what is not demanded at a slot, once that was the difference often enough.
  mutating func apply(to state: inout MachineState, at slot: Int) {
    guard misses[slot] >= Self.patience else { return }
    let last = state.frames.count - 1
    for frame in 0...last {
      let place = frame == last ? slot : state.frames[frame + 1].callSite + 1
      guard demand.registersBefore.indices.contains(place), component[place] == 0 || frame == last else {
        continue
      }
      forget(&state.frames[frame], demand.registersBefore[place], demand.slotsBefore[place])
    }
  }

  private mutating func forget(_ frame: inout Frame, _ registers: UInt16, _ slots: UInt64) {
    for register in 0..<10 where registers & (1 << UInt16(register)) == 0 {
      forget(&frame.registers[register])
    }
    for index in frame.stack.indices where slots & (1 << UInt64(index)) == 0 && frame.stack[index].isSpill {
      forget(&frame.stack[index].spilled)
    }
  }

  private mutating func forget(_ value: inout RegisterState) {
    guard value.kind == .scalar, value != .unknown else { return }
    value = .unknown
    hasForgotten = true
  }

  /// The registers that are demanded before a slot, bit by number.
  func registers(at slot: Int) -> UInt16 {
    demand.registersBefore.indices.contains(slot) ? demand.registersBefore[slot] : .max
  }

  /// Of the stack slots that are read later, those that are demanded in the running frame.
  func demanded(_ read: [8 of UInt64], at slot: Int, depth: Int) -> [8 of UInt64] {
    var read = read
    read[depth] &= demand.slotsBefore[slot]
    return read
  }
}
