import BPF

/// How control moves through a program: successors, an order, loops, live registers, and where Linux looks at states.
///
/// Functions are looked at one by one; a call falls through to the instruction after it. All arrays are indexed by slot;
/// what they say of the second slot of a 64-bit immediate means nothing. Everything takes time linear in the program's
/// size, whatever it looks like.
struct ControlFlow {
  /// What a call does to control.
  enum CallKind: Hashable {
    /// Goes on after the call.
    case plain
    /// Advances an open-coded iterator, which bounds the loop around it.
    case iteratorNext
    /// Calls a function of the program back, any number of times, before it returns.
    case callsBack
    /// Has a function of the program called later.
    case asynchronousCallback
    /// Throws, and does not come back (`bpf_throw`); for Linux's walk it falls through.
    case doesNotReturn
  }

  /// The slot of no instruction.
  static let none: Int32 = -1

  /// Where the kernel compares states, and may cut a path off.
  let isPrunePoint: [Bool]
  /// Where the kernel remembers that it was reached by something else than falling through.
  let isJumpPoint: [Bool]
  /// Where the kernel always keeps a state.
  let isForcedCheckpoint: [Bool]

  /// The first slots of all instructions, function by function.
  ///
  /// Within a function, a reverse postorder in which each component stands together: all edges go forward, except
  /// those within components that go back.
  let order: [Int32]
  /// The place in `order` of each slot.
  let position: [Int32]
  /// The strongly connected component of each slot; 0 for none.
  ///
  /// A component has more than one instruction, or one that jumps to itself. They are numbered from 1 in the order in
  /// which `order` has them.
  let component: [Int32]
  /// The number of components.
  let componentCount: Int

  /// The registers, bit by number, whose values may be read before they are written, before each slot.
  let liveBefore: [UInt16]

  /// How many steps it took; the tests hold it to a multiple of the program's size.
  let work: Int

  private let edges: FlowEdges

  /// Walks the program.
  ///
  /// - Parameters:
  ///   - layout: The program.
  ///   - callKinds: What the call at a slot does, of helpers and kernel functions.
  ///   - argumentCounts: How many arguments the call at a slot takes, of helpers and kernel functions.
  /// - Throws: Where an instruction cannot be reached.
  init(
    _ layout: CodeLayout,
    callKinds: (Int) -> CallKind = { _ in .plain },
    argumentCounts: (Int) -> Int = { _ in 5 }
  ) throws(Violation) {
    edges = FlowEdges(layout)
    try Self.checkReachability(layout, edges)
    let points = PrunePoints(layout, callKinds: callKinds)
    isPrunePoint = points.isPrunePoint
    isJumpPoint = points.isJumpPoint
    isForcedCheckpoint = points.isForcedCheckpoint
    let components = Components(layout, edges)
    order = components.order
    position = components.position
    component = components.component
    componentCount = components.count
    let liveness = Liveness(layout, edges, order: components.order, argumentCounts: argumentCounts)
    liveBefore = liveness.before
    work = components.work + liveness.work
  }

  /// Where control may go next within the function: by falling through or by `goto`, and by a condition that holds.
  func successors(of slot: Int) -> (Int?, Int?) {
    let first = edges.first[slot]
    let second = edges.second[slot]
    return (first < 0 ? nil : Int(first), second < 0 ? nil : Int(second))
  }

  /// The slots that control may come from within the function, each once for each of its edges.
  func predecessors(of slot: Int) -> ArraySlice<Int32> { edges.predecessors(of: slot) }

  /// Whether an edge goes back within its component: it ends where `order` already was.
  func isBackEdge(from slot: Int, to target: Int) -> Bool { position[target] <= position[slot] }

  /// The part of `order` that is one function's.
  func order(of function: FunctionRange) -> ArraySlice<Int32> {
    let start = Int(position[function.start])
    var end = start
    while end < order.count, function.start..<function.end ~= Int(order[end]) { end += 1 }
    return order[start..<end]
  }

  private static func checkReachability(_ layout: CodeLayout, _ edges: FlowEdges) throws(Violation) {
    var isReached = [Bool](repeating: false, count: layout.slotCount)
    var pending = layout.entryPoints
    for entry in pending { isReached[entry] = true }
    func reach(_ slot: Int32) {
      guard slot >= 0, !isReached[Int(slot)] else { return }
      isReached[Int(slot)] = true
      pending.append(Int(slot))
    }
    while let slot = pending.popLast() {
      reach(edges.first[slot])
      reach(edges.second[slot])
      if let callee = layout.callee(at: slot) { reach(Int32(layout.functions[callee].start)) }
    }
    for slot in 0..<layout.slotCount where layout.isStart(slot) && !isReached[slot] {
      let function = layout.functions[layout.functionIndex(of: slot)]
      let what =
        slot == function.start ? "nothing calls '\(function.name)'" : "no way leads to this instruction"
      throw Violation(.unreachableCode, what, at: slot)
    }
  }
}
