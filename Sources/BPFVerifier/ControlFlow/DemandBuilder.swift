import BPF

/// Carries demand backward until nothing changes.
struct DemandBuilder {
  private let layout: CodeLayout
  private let flow: ControlFlow
  /// Registers that a round of a component hands to the next.
  private let carried: [UInt16]
  /// By function, the slots of its direct calls and of its exits.
  private var callSlots: [[Int32]]
  private var exitSlots: [[Int32]]
  /// By function, whether its result is demanded.
  private var isResultDemanded: [Bool]
  private var pending: [Int32]
  private var isPending: [Bool]

  private(set) var before: [DemandSet]
  private(set) var work = 0

  init(_ layout: CodeLayout, _ flow: ControlFlow, checksResult: (FunctionRange) -> Bool) {
    self.layout = layout
    self.flow = flow
    carried = Self.carried(layout, flow)
    callSlots = Array(repeating: [], count: layout.functions.count)
    exitSlots = callSlots
    for call in layout.calls where call.kind == .direct { callSlots[call.callee].append(Int32(call.slot)) }
    for slot in flow.order where layout.instruction(at: Int(slot)) == .exit {
      exitSlots[layout.functionIndex(of: Int(slot))].append(slot)
    }
    isResultDemanded = layout.functions.map(checksResult)
    pending = flow.order
    isPending = Array(repeating: true, count: layout.slotCount)
    before = Array(repeating: DemandSet(), count: layout.slotCount)
  }

  mutating func run(_ arguments: (Int) -> UInt16) {
    while let next = pending.popLast() {
      work += 1
      let slot = Int(next)
      isPending[slot] = false
      var demand = DemandSet()
      let (first, second) = flow.successors(of: slot)
      if let first { demand.formUnion(before[first]) }
      if let second { demand.formUnion(before[second]) }
      goBack(over: slot, &demand, arguments)
      demand.registers &= flow.liveBefore[slot] & ~Register.r10.mask
      guard demand != before[slot] else { continue }
      before[slot] = demand
      for source in flow.predecessors(of: slot) { look(at: source) }
      let function = layout.functionIndex(of: slot)
      if slot == layout.functions[function].start {
        for call in callSlots[function] { look(at: call) }
      }
    }
  }

  private mutating func look(at slot: Int32) {
    guard !isPending[Int(slot)] else { return }
    isPending[Int(slot)] = true
    pending.append(slot)
  }

  private mutating func goBack(over slot: Int, _ demand: inout DemandSet, _ arguments: (Int) -> UInt16) {
    let instruction = layout.instruction(at: slot)
    switch instruction {
    case .call(.local):
      guard let callee = layout.callee(at: slot) else { return }
      if demand.contains(.r0), !isResultDemanded[callee] {
        isResultDemanded[callee] = true
        for exit in exitSlots[callee] { look(at: exit) }
      }
      demand.registers &= ~RegisterUse.callerSaved
      demand.registers |= before[layout.functions[callee].start].registers & RegisterUse.arguments
    case .call:
      demand.registers &= ~RegisterUse.callerSaved
      demand.registers |= arguments(slot) & RegisterUse.arguments
    case .exit: demand.registers = isResultDemanded[layout.functionIndex(of: slot)] ? Register.r0.mask : 0
    case .branch(_, _, let register, let operand, _):
      let compared = register.mask | operand.mask
      // Each register bounds the other.
      if demand.registers & compared != 0 { demand.registers |= compared }
      demand.registers |= compared & loopDemand(of: slot)
    default: demand.goBack(over: instruction)
    }
  }

  /// The registers that a branch demands because of the loop that it is in.
  private func loopDemand(of slot: Int) -> UInt16 {
    let component = flow.component[slot]
    guard component != 0 else { return 0 }
    let (first, second) = flow.successors(of: slot)
    let leaves = [first, second].contains { $0.map { flow.component[$0] != component } ?? false }
    return leaves ? .max : carried[Int(component)]
  }

  /// For each component the registers that it writes and that are live where an edge goes back.
  private static func carried(_ layout: CodeLayout, _ flow: ControlFlow) -> [UInt16] {
    var written = [UInt16](repeating: 0, count: flow.componentCount + 1)
    var live = written
    for next in flow.order {
      let slot = Int(next)
      let component = flow.component[slot]
      guard component != 0 else { continue }
      written[Int(component)] |= RegisterUse(layout.instruction(at: slot)).writes
      let isHead = flow.predecessors(of: slot).contains {
        flow.component[Int($0)] == component && flow.isBackEdge(from: Int($0), to: slot)
      }
      if isHead { live[Int(component)] |= flow.liveBefore[slot] }
    }
    return zip(written, live).map { $0 & $1 }
  }
}
