import BPF

/// Where the instructions of one function may go, and where the ways from each meet again.
///
/// Nodes are slots counted from the function's first; the node past the last one stands for the function's end.
struct FlowGraph {
  /// The slot of the first node.
  let start: Int
  private let instructions: ArraySlice<Instruction?>
  /// The node where all ways from a node meet first; -1 for a node from which no way leads to the end.
  private var joins: [Int] = []

  /// The graph of the function that a slot lies in.
  init(_ code: OracleInterpreter, at slot: Int) {
    let functions = code.program.functions
    start = functions.last { $0.slot <= slot }?.slot ?? 0
    let end = functions.first { $0.slot > slot }?.slot ?? code.slots.count
    instructions = code.slots[start..<end]
    joins = computedJoins()
  }

  private var exitNode: Int { instructions.count }

  /// The instruction at a slot.
  func instruction(at slot: Int) -> Instruction? {
    instructions.indices.contains(slot) ? instructions[slot] : nil
  }

  /// The slots that may come after a slot within the function; nil stands for its end.
  func successors(of slot: Int) -> [Int?] {
    guard let instruction = instruction(at: slot) else { return [nil] }
    let next = slot + instruction.slotCount
    switch instruction {
    case .exit: return [nil]
    case .jump(let offset): return [slot + 1 + Int(offset)]
    case .jumpLong(let offset): return [slot + 1 + Int(offset)]
    case .branch(_, _, _, _, let offset), .mayGoto(let offset): return [next, slot + 1 + Int(offset)]
    default: return [next]
    }
  }

  /// The slot where all ways from a slot meet first; nil for the function's end.
  func join(of slot: Int) -> Int? {
    let node = joins[slot - start]
    return node < 0 || node == exitNode ? nil : start + node
  }

  /// All slots on the ways from a slot, itself included, to where they reach `join`.
  func region(from first: Int, to join: Int?) -> Set<Int> {
    var seen: Set<Int> = [], open = [first]
    while let slot = open.popLast() {
      guard slot != join, instruction(at: slot) != nil, seen.insert(slot).inserted else { continue }
      open += successors(of: slot).compactMap(\.self)
    }
    return seen
  }

  private func node(_ slot: Int?) -> Int {
    guard let slot, instructions.indices.contains(slot) else { return exitNode }
    return slot - start
  }

  /// Immediate post-dominators, as Cooper, Harvey and Kennedy compute dominators ("A Simple, Fast Dominance Algorithm",
  /// 2001), over the graph turned round.
  private func computedJoins() -> [Int] {
    var predecessors = [[Int]](repeating: [], count: exitNode + 1)
    let successors = (0..<exitNode).map { index in self.successors(of: start + index).map { node($0) } }
    for (index, next) in successors.enumerated() { for node in next { predecessors[node].append(index) } }
    // Nodes in the order in which a walk back from the end is done with them.
    var order: [Int] = [], number = [Int](repeating: -1, count: exitNode + 1)
    var isSeen = [Bool](repeating: false, count: exitNode + 1)
    var open: [(node: Int, next: Int)] = [(exitNode, 0)]
    isSeen[exitNode] = true
    while let (node, next) = open.last {
      guard next < predecessors[node].count else {
        number[node] = order.count
        order.append(node)
        open.removeLast()
        continue
      }
      open[open.count - 1].next += 1
      let before = predecessors[node][next]
      if !isSeen[before] {
        isSeen[before] = true
        open.append((before, 0))
      }
    }
    var joins = [Int](repeating: -1, count: exitNode + 1)
    joins[exitNode] = exitNode
    func meet(_ left: Int, _ right: Int) -> Int {
      var left = left, right = right
      while left != right {
        while number[left] < number[right] { left = joins[left] }
        while number[right] < number[left] { right = joins[right] }
      }
      return left
    }
    var isChanged = true
    while isChanged {
      isChanged = false
      for node in order.reversed() where node != exitNode {
        let known = successors[node].filter { joins[$0] >= 0 }
        guard let first = known.first else { continue }
        let new = known.dropFirst().reduce(first, meet)
        if joins[node] != new {
          joins[node] = new
          isChanged = true
        }
      }
    }
    return joins
  }
}
