/// The strongly connected components of each function's control flow, and an order that follows them.
///
/// One depth-first walk with a stack of its own finds both (Tarjan's algorithm): components by the oldest slot that
/// each can get back to, the order from when each slot was left. The conditional way is walked first, so that the order
/// stays near that of the text.
struct Components {
  private(set) var order: [Int32] = []
  private(set) var position: [Int32]
  private(set) var component: [Int32]
  private(set) var count = 0
  private(set) var work = 0

  init(_ layout: CodeLayout, _ edges: FlowEdges) {
    position = [Int32](repeating: ControlFlow.none, count: layout.slotCount)
    component = [Int32](repeating: 0, count: layout.slotCount)
    order.reserveCapacity(layout.slotCount)
    var walk = Walk(edges, slotCount: layout.slotCount)
    for function in layout.functions {
      walk.run(from: Int32(function.start))
      arrange(&walk, edges)
    }
    work = walk.work
  }

  /// Takes over what a walk of one function left: its slots in order, with every component together.
  private mutating func arrange(_ walk: inout Walk, _ edges: FlowEdges) {
    // Groups are numbered by their first slot in reverse postorder, which is an order of the condensation.
    var groups = [Int32](repeating: ControlFlow.none, count: walk.groupSizes.count)
    var places: [Int32] = []
    var place = Int32(order.count)
    for slot in walk.left.reversed() {
      let root = Int(walk.group[Int(slot)])
      guard groups[root] == ControlFlow.none else { continue }
      groups[root] = Int32(places.count)
      places.append(place)
      place += walk.groupSizes[root]
    }
    var numbers = [Int32](repeating: ControlFlow.none, count: places.count)
    order.append(contentsOf: repeatElement(0, count: walk.left.count))
    for slot in walk.left.reversed() {
      let root = Int(walk.group[Int(slot)])
      let group = Int(groups[root])
      order[Int(places[group])] = slot
      position[Int(slot)] = places[group]
      places[group] += 1
      let isLoop =
        walk.groupSizes[root] > 1 || edges.first[Int(slot)] == slot || edges.second[Int(slot)] == slot
      guard isLoop else { continue }
      if numbers[group] == ControlFlow.none { numbers[group] = 0 }
    }
    number(&numbers, walk, groups)
    work += 3 * walk.left.count
    walk.forget()
  }

  /// Numbers the groups that are components, in their order, and tells their slots.
  private mutating func number(_ numbers: inout [Int32], _ walk: Walk, _ groups: [Int32]) {
    for group in numbers.indices where numbers[group] == 0 {
      count += 1
      numbers[group] = Int32(count)
    }
    for slot in walk.left {
      let number = numbers[Int(groups[Int(walk.group[Int(slot)])])]
      if number > 0 { component[Int(slot)] = number }
    }
  }
}

/// A depth-first walk of one function after the other.
private struct Walk {
  private let edges: FlowEdges
  /// When each slot was found, counted from 1; 0 for not yet.
  private var found: [Int32]
  /// The earliest found slot that each slot gets back to.
  private var lowest: [Int32]
  /// How many of its edges each slot has followed.
  private var followed: [UInt8]
  private var clock: Int32 = 0
  /// Found slots whose component is not complete.
  private var open: [Int32] = []
  private var path: [Int32] = []

  /// The slots of the function in postorder.
  private(set) var left: [Int32] = []
  /// The number of each slot's component within the function, one of a single slot too.
  private(set) var group: [Int32]
  private(set) var groupSizes: [Int32] = []
  private(set) var work = 0

  init(_ edges: FlowEdges, slotCount: Int) {
    self.edges = edges
    found = [Int32](repeating: 0, count: slotCount)
    lowest = found
    followed = [UInt8](repeating: 0, count: slotCount)
    group = [Int32](repeating: ControlFlow.none, count: slotCount)
  }

  mutating func forget() {
    left.removeAll(keepingCapacity: true)
    groupSizes.removeAll(keepingCapacity: true)
  }

  mutating func run(from start: Int32) {
    enter(start)
    while let slot = path.last {
      work += 1
      let index = Int(slot)
      followed[index] += 1
      switch followed[index] {
      case 1: follow(edges.second[index], from: index)
      case 2: follow(edges.first[index], from: index)
      default: leave(slot)
      }
    }
  }

  private mutating func enter(_ slot: Int32) {
    clock += 1
    found[Int(slot)] = clock
    lowest[Int(slot)] = clock
    path.append(slot)
    open.append(slot)
  }

  private mutating func follow(_ target: Int32, from slot: Int) {
    guard target >= 0 else { return }
    if found[Int(target)] == 0 {
      enter(target)
    } else if group[Int(target)] == ControlFlow.none {
      lowest[slot] = min(lowest[slot], found[Int(target)])
    }
  }

  private mutating func leave(_ slot: Int32) {
    path.removeLast()
    left.append(slot)
    let index = Int(slot)
    if let parent = path.last { lowest[Int(parent)] = min(lowest[Int(parent)], lowest[index]) }
    guard lowest[index] == found[index] else { return }
    var size: Int32 = 0
    while let member = open.popLast() {
      group[Int(member)] = Int32(groupSizes.count)
      size += 1
      if member == slot { break }
    }
    groupSizes.append(size)
  }
}
