import BPF

/// Why a run returned what it returned: the branches that decided it, out of all that it took.
///
/// A branch decides if the result depends on it, through values and control or because the other way would have written
/// a value that was used (Agrawal and others, "Incremental regression testing", 1993, call it a relevant slice), and if
/// going the other way might have given another result.
public struct RunExplanation: Sendable {
  /// A branch, and where the values that it compared came from.
  public struct Decision: Hashable, Sendable {
    /// The index of the branch among the steps.
    public var step: Int
    /// The indices of loads and calls that the compared values were made of, in order.
    public var sources: [Int]
  }

  /// How many times one branch is looked at, its last ones: a loop comes by it again and again.
  public static let repetitionLimit = 16

  /// The branches that decided, in order; those that compared nothing but what earlier ones had set are left out.
  public private(set) var decisions: [Decision] = []
  /// The loads and calls that the result itself was made of.
  public private(set) var resultSources: [Int] = []

  private var dependences: RunDependences

  /// Explains a run whose last steps these are.
  public init(_ steps: [TraceStep]) {
    dependences = RunDependences(steps)
    guard let last = steps.indices.last else { return }
    let relevant = dependences.slice(from: last)
    resultSources = dependences.sources(of: last)
    let candidates = dependences.lastBranches(of: relevant)
    var flow = ValueFlow()
    for (index, step) in steps.enumerated() {
      flow.adjustDepth(to: step)
      if candidates.contains(index), case .branch = step.effect, !flow.isConstant(step),
        !stays(steps[last], otherwiseThan: step, flow)
      {
        decisions.append(Decision(step: index, sources: dependences.sources(of: index)))
      }
      flow.take(step, at: index)
    }
  }

  private func stays(_ last: TraceStep, otherwiseThan step: TraceStep, _ flow: ValueFlow) -> Bool {
    // After a tail call the way back is another program's.
    guard case .end(let result) = last.effect, last.code === step.code else { return false }
    return Counterfactual.stays(UInt32(truncatingIfNeeded: result.bits), otherwiseThan: step, flow)
  }

  /// The loads and calls that bytes were made of which a step read or passed to a helper, such as those of a key.
  public func sources(ofBytes range: Range<UInt64>, at step: Int) -> [Int] {
    dependences.sources(ofBytes: range, at: step)
  }
}

/// Which steps of a run each step depends on.
struct RunDependences {
  private let steps: [TraceStep]
  private var uses: [[ValueFlow.Use]] = []
  /// The branch or call that decided that a step was reached; -1 where none did.
  private var control: [Int] = []
  /// Which call of a function a step belongs to, and its branches in order.
  private var frames: [Int] = []
  private var branches: [Int: [Way: [Int]]] = [:]
  /// Where a call of a function came from: the caller's number, and the step of the call.
  private var callers: [Int: (frame: Int, step: Int)] = [:]
  private var graphs: [ObjectIdentifier: [FlowGraph]] = [:]
  private var writes: [Way: Writes] = [:]
  /// One way out of a branch, the one that was not taken.
  private struct Way: Hashable {
    var code: ObjectIdentifier
    var slot: Int
    var target: Int
  }

  /// What the way might write before it meets the other: registers by bit, places of the stack by offset.
  private struct Writes {
    var registers: UInt16 = 0
    var stack: Set<Int> = []
  }

  init(_ steps: [TraceStep]) {
    self.steps = steps
    var flow = ValueFlow()
    // Of each frame: the branches whose ways have not met again yet.
    var regions: [[(step: Int, join: Int?)]] = [[(-1, nil)]]
    for (index, step) in steps.enumerated() {
      flow.adjustDepth(to: step)
      while regions.count > flow.frames.count { regions.removeLast() }
      while regions.count < flow.frames.count {
        let caller = flow.frames[regions.count - 1].number
        callers[flow.frames[regions.count].number] = (caller, index - 1)
        regions.append([(index - 1, nil)])
      }
      let depth = regions.count - 1
      while regions[depth].count > 1, let join = regions[depth][regions[depth].count - 1].join,
        join == step.slot
      {
        regions[depth].removeLast()
      }
      uses.append(flow.uses(of: step))
      control.append(regions[depth][regions[depth].count - 1].step)
      frames.append(flow.frames[flow.frames.count - 1].number)
      switch step.effect {
      case .branch:
        let join = graph(step).join(of: step.slot)
        // A loop comes by the same branch again.
        if regions[depth].count > 1, regions[depth][regions[depth].count - 1].join == join {
          regions[depth].removeLast()
        }
        regions[depth].append((index, join))
        if let way = otherWay(step) { branches[frames[index], default: [:]][way, default: []].append(index) }
      case .tailCall(let program?) where !program.isEmpty: regions[depth] = [(index, nil)]
      default: break
      }
      flow.take(step, at: index)
    }
  }

  private mutating func graph(_ step: TraceStep) -> FlowGraph {
    let code = ObjectIdentifier(step.code)
    if let known = graphs[code]?.first(where: {
      $0.start <= step.slot && $0.instruction(at: step.slot) != nil
    }) {
      return known
    }
    let graph = FlowGraph(step.code, at: step.slot)
    graphs[code, default: []].append(graph)
    return graph
  }

  // MARK: Slices

  /// All steps on which a step depends, itself included.
  mutating func slice(from last: Int) -> Set<Int> {
    var seen: Set<Int> = [last], open = [last]
    while let index = open.popLast() {
      var next: [Int] = []
      if control[index] >= 0 { next.append(control[index]) }
      for use in uses[index] {
        if let writer = use.writer { next.append(writer) }
        next += branchesThatMightHaveWritten(use, before: index)
      }
      for step in next where seen.insert(step).inserted { open.append(step) }
    }
    return seen
  }

  /// The branches since a value was written whose other way might have written it too, of each the last ones.
  private mutating func branchesThatMightHaveWritten(_ use: ValueFlow.Use, before index: Int) -> [Int] {
    let first = use.writer ?? -1
    var found: [Int] = [], frame = frames[index], end = index
    while true {
      for (way, taken) in branches[frame] ?? [:] {
        let count = taken.partitioningIndex { $0 >= end }
        guard count > 0, taken[count - 1] > first, mightWrite(use.place, way, steps[taken[count - 1]]) else {
          continue
        }
        found += taken[..<count].suffix(RunExplanation.repetitionLimit).filter { $0 > first }
      }
      // What was written before the function was called might have been written otherwise by its caller.
      guard let caller = callers[frame], first < caller.step else { break }
      (frame, end) = caller
    }
    return found
  }

  private mutating func otherWay(_ step: TraceStep) -> Way? {
    guard case .branch(let taken) = step.effect else { return nil }
    let successors = graph(step).successors(of: step.slot)
    guard let target = taken ? successors.first : successors.last, let target else { return nil }
    return Way(code: ObjectIdentifier(step.code), slot: step.slot, target: target)
  }

  private mutating func mightWrite(_ place: ValueFlow.Use.Place, _ way: Way, _ branch: TraceStep) -> Bool {
    let writes = writes(of: way, branch)
    switch place {
    case .register(let register): return writes.registers & 1 << UInt16(register.rawValue) != 0
    case .byte(let address):
      return writes.stack.contains(Int(truncatingIfNeeded: Int64(bitPattern: address &- branch.stackPointer)))
    }
  }

  /// The last of each branch among some steps.
  func lastBranches(of steps: Set<Int>) -> Set<Int> {
    var result: Set<Int> = []
    for ways in branches.values {
      for taken in ways.values {
        result.formUnion(taken.filter(steps.contains).suffix(RunExplanation.repetitionLimit))
      }
    }
    return result
  }

  private mutating func writes(of way: Way, _ branch: TraceStep) -> Writes {
    if let known = writes[way] { return known }
    let graph = graph(branch)
    var result = Writes()
    for slot in graph.region(from: way.target, to: graph.join(of: way.slot)) {
      guard let instruction = graph.instruction(at: slot) else { continue }
      if let register = instruction.writtenRegister { result.registers |= 1 << UInt16(register.rawValue) }
      if case .call = instruction { result.registers |= 1 }
      if instruction.writesMemory, let (address, count) = instruction.memoryAccess, address.base == .r10 {
        result.stack.formUnion(Int(address.offset)..<Int(address.offset) + count)
      }
    }
    writes[way] = result
    return result
  }

  // MARK: Sources

  /// The loads and calls that the values were made of which a step read.
  func sources(of index: Int) -> [Int] { sources(from: valueUses(of: index)) }

  /// The loads and calls that some bytes were made of which a step read.
  func sources(ofBytes range: Range<UInt64>, at index: Int) -> [Int] {
    sources(
      from: uses[index].filter {
        if case .byte(let address) = $0.place { range.contains(address) } else { false }
      }
    )
  }

  private func sources(from uses: [ValueFlow.Use]) -> [Int] {
    var found: Set<Int> = [], seen: Set<Int> = []
    var open = uses.compactMap(\.writer)
    while let index = open.popLast() {
      guard seen.insert(index).inserted else { continue }
      switch steps[index].effect {
      case .call: found.insert(index)
      case .memory(let access):
        if case .stack = access.place {
          open += valueUses(of: index).compactMap(\.writer)
        } else if steps[index].change != nil {
          found.insert(index)
        }
      default: open += valueUses(of: index).compactMap(\.writer)
      }
    }
    return found.sorted()
  }

  /// What a step's value is made of: not the address that it lies at.
  private func valueUses(of index: Int) -> [ValueFlow.Use] {
    guard let (address, _) = steps[index].instruction.memoryAccess else { return uses[index] }
    return uses[index].filter { $0.place != .register(address.base) }
  }
}

extension [Int] {
  /// The index of the first element for which a condition holds, which once it holds goes on to hold.
  fileprivate func partitioningIndex(_ holds: (Int) -> Bool) -> Int {
    var low = 0, high = count
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
