import BPF

/// Follows every way through a program, depth first, as Linux does: a way ends where its state is one that was found good.
struct PathEngine {
  var transfer: Transfer
  let flow: ControlFlow
  var limits: VerifierEnvironment.Limits
  /// What forgets numbers where ways meet too often; nil to keep them all, as Linux does.
  var forgetting: Forgetting?
  /// Calls that end in a call back, by slot: forced checkpoints where loops converge.
  private let kinds: [Int: LoopKind]

  /// What loops at an instruction converge by.
  private enum LoopKind { case iterator, mayGoto, callback }

  /// What is told of it all; nil to tell nothing.
  var log: VerifierLog?
  /// Where states are noted as they come; nil to note none.
  var seen: SeenStates?

  private(set) var processed = 0
  private(set) var stateCount = 0
  private(set) var peakPending = 0
  /// The way at hand, for a refusal's path.
  private(set) var way: Way
  /// The state in which the ways at hand begin.
  private(set) var start: MachineState
  private var pending: [Way] = []
  private var forks: [Transfer.Fork] = []
  private var visited: [[Checkpoint]]
  private var comparison = StateComparison()
  private var links: [LinkedScalars] = []
  /// What the kept states take.
  private var ledger = Checkpoint.Ledger()
  private var jumps = 0
  private var jumpsAtState = 0
  private var processedAtState = 0

  init(_ transfer: Transfer, _ flow: ControlFlow, _ limits: VerifierEnvironment.Limits) {
    self.transfer = transfer
    self.flow = flow
    self.limits = limits
    var kinds: [Int: LoopKind] = [:]
    let layout = transfer.layout
    for slot in 0..<layout.slotCount where layout.isStart(slot) {
      if case .mayGoto = layout.instruction(at: slot) { kinds[slot] = .mayGoto }
      guard let prototype = transfer.prototypes[slot] else { continue }
      if case .iterator(.advances)? = prototype.parameters.first { kinds[slot] = .iterator }
      if prototype.callsBackNow { kinds[slot] = .callback }
    }
    self.kinds = kinds
    visited = [[Checkpoint]](repeating: [], count: layout.slotCount)
    start = MachineState(Frame(function: 0, number: 0, callSite: -1))
    way = Way(slot: 0, state: start)
  }

  /// Follows every way from a state.
  mutating func explore(from slot: Int, _ state: MachineState) throws(Violation) {
    for slot in visited.indices where !visited[slot].isEmpty { visited[slot].removeAll() }
    pending.removeAll()
    start = state
    way = Way(slot: slot, state: state)
    log?.begin(at: slot, state)
    while true {
      if try followToEnd() { endWay() }
      guard let next = pending.popLast() else { break }
      way = next
      log?.resume(
        from: Int(next.history.last?.slot ?? 0),
        at: next.slot,
        next.state,
        lineCount: next.logLineCount
      )
    }
    log?.end()
  }

  /// Follows one instruction, and tells what it did.
  private mutating func stepTelling(_ slot: Int) throws(Violation) -> Transfer.Flow {
    let instruction = transfer.layout.instruction(at: slot), before = way.state
    log?.look(at: slot, instruction)
    seen?.see(before, at: slot)
    let flow = try transfer.step(&way.state, at: slot, forks: &forks)
    if case .next(let next) = flow { log?.tell(instruction, from: before, to: way.state, at: next) }
    return flow
  }

  /// Follows the way at hand; true where it came to its end.
  private mutating func followToEnd() throws(Violation) -> Bool {
    while true {
      processed += 1
      if processed > limits.processedInstructions {
        throw Violation(
          .tooComplex,
          "more than \(limits.processedInstructions) instructions would have to be followed",
          at: way.slot
        )
      }
      let slot = way.slot
      if flow.isPrunePoint[slot], try isCovered() {
        log?.prune(at: slot)
        return true
      }
      forks.removeAll(keepingCapacity: true)
      let depth = way.state.depth
      let isLive =
        log == nil && seen == nil
        ? try transfer.step(&way.state, at: slot, forks: &forks) : try stepTelling(slot)
      note(slot, depth)
      if case .next(let next) = isLive { way.slot = next }
      try pushForks(slot)
      widenAfterCallback(slot, depth)
      guard case .next = isLive else { return true }
    }
  }

  /// Keeps what the instruction looked at.
  private mutating func note(_ slot: Int, _ depth: Int) {
    if transfer.effects.touchesStack {
      for frame in 0..<8 {
        let reads = transfer.effects.reads[frame]
        if reads != 0 { markRead(reads & ~way.written[frame], frame, from: way.parent) }
        way.written[frame] |= transfer.effects.writes[frame]
      }
    }
    if !transfer.effects.demands.isEmpty {
      var precision = Precision(transfer.layout)
      for demand in transfer.effects.demands {
        switch demand {
        case .register(let register): precision.add(register: register, frame: depth)
        case .slot(let frame, let index): precision.add(slot: index, frame: frame)
        }
      }
      // The instruction itself is not looked back over: what is demanded is what was before it.
      let next = way.slot
      way.slot = slot
      precision.mark(way, links)
      way.slot = next
    }
    var entry = HistoryEntry(slot: Int32(slot), depth: UInt8(depth))
    if let spill = transfer.effects.spill {
      entry.spillFrame = UInt8(spill.frame)
      entry.spillIndex = UInt8(spill.index)
    }
    entry.leftIsScalar = transfer.effects.comparesScalars.left
    entry.rightIsScalar = transfer.effects.comparesScalars.right
    if transfer.effects.linked.count > 1 {
      entry.links = Int32(links.count)
      links.append(transfer.effects.linked)
    }
    way.history.append(entry)
    switch transfer.layout.instruction(at: slot) {
    case .branch, .jump, .jumpLong, .call, .exit, .mayGoto: jumps += 1
    default: break
    }
  }

  private func markRead(_ mask: UInt64, _ frame: Int, from start: Checkpoint?) {
    var mask = mask
    var checkpoint = start
    while let current = checkpoint, mask != 0 {
      mask &= ~current.read[frame]
      current.read[frame] |= mask
      mask &= ~current.written[frame]
      checkpoint = current.parent
    }
  }

  private mutating func pushForks(_ slot: Int) throws(Violation) {
    guard !forks.isEmpty else { return }
    for (index, fork) in forks.enumerated() {
      var other = Way(slot: fork.slot, state: fork.state, parent: way.parent)
      other.history = way.history
      other.history[other.history.count - 1].choice = UInt8(index + 1)
      other.written = way.written
      other.logLineCount = log?.lineCount ?? 0
      if fork.cause == .iterator || fork.cause == .mayGoto {
        if let before = entryBefore(way.parent, at: slot) { widen(&other.state, before.state) }
      }
      way.parent?.branches += 1
      pending.append(other)
      if pending.count > limits.pendingBranches {
        throw Violation(
          .tooComplex,
          "more than \(limits.pendingBranches) branches wait to be followed",
          at: slot
        )
      }
    }
    peakPending = max(peakPending, pending.count)
  }

  /// A function that is called back returns to the call: what it counts need not be known exactly.
  private mutating func widenAfterCallback(_ slot: Int, _ depth: Int) {
    guard case .exit = transfer.layout.instruction(at: slot), way.state.depth < depth,
      kinds[way.slot] == .callback
    else { return }
    if let before = entryBefore(way.parent, at: way.slot) { widen(&way.state, before.state) }
  }

  /// The state that was kept when the way was at a loop's instruction the last time.
  private func entryBefore(_ checkpoint: Checkpoint?, at slot: Int) -> Checkpoint? {
    var current = checkpoint?.parent
    while let candidate = current {
      if candidate.slot == slot, let checkpoint, hasSameCalls(candidate.state, checkpoint.state, slot) {
        return candidate
      }
      current = candidate.parent
    }
    return nil
  }

  private func hasSameCalls(_ a: MachineState, _ b: MachineState, _ slot: Int) -> Bool {
    for index in a.frames.indices {
      guard index < b.frames.count, a.frames[index].callSite == b.frames[index].callSite else { return false }
    }
    return true
  }

  /// Forgets numbers that change from round to round and that nothing relied on.
  private func widen(_ state: inout MachineState, _ before: MachineState) {
    func widened(_ old: RegisterState, _ new: inout RegisterState) {
      guard old.kind == .scalar, new.kind == .scalar, !old.isPrecise, !new.isPrecise,
        old.scalar != new.scalar || (old.id == 0) != (new.id == 0)
      else { return }
      new = .unknown
    }
    for frame in state.frames.indices where frame < before.frames.count {
      for register in 0..<10 {
        widened(before.frames[frame].registers[register], &state.frames[frame].registers[register])
      }
      for index in state.frames[frame].stack.indices
      where index < before.frames[frame].stack.count && before.frames[frame].stack[index].isSpill
        && state.frames[frame].stack[index].isSpill
      {
        widened(before.frames[frame].stack[index].spilled, &state.frames[frame].stack[index].spilled)
      }
    }
  }

  private func endWay() {
    var checkpoint = way.parent
    while let current = checkpoint {
      current.branches -= 1
      if current.branches > 0 { return }
      checkpoint = current.parent
    }
  }

  // MARK: States that were seen

  /// Whether the way need not be followed; else keeps its state where that is worth it.
  private mutating func isCovered() throws(Violation) -> Bool {
    let slot = way.slot
    forgetting?.apply(to: &way.state, at: slot)
    let forced = flow.isForcedCheckpoint[slot] || way.history.count > 200
    var adds = forced || (jumps - jumpsAtState >= 2 && processed - processedAtState >= 8)
    let kind = kinds[slot]
    let live = flow.liveBefore[slot]
    let liveBefore = flow.liveBefore
    let callerLive: (Int) -> UInt16 = { callSite in
      callSite >= 0
        ? (liveBefore.indices.contains(callSite + 1) ? liveBefore[callSite + 1] : .max) | liveBefore[callSite]
        : .max
    }
    var index = 0
    var isMissed = false
    while index < visited[slot].count {
      let old = visited[slot][index]
      if old.branches > 0 {
        // Depth first: it is on the way at hand.
        if let kind {
          let converges: Bool =
            switch kind {
            case .iterator: true
            case .callback: true
            case .mayGoto: old.state.mayGotoDepth != way.state.mayGotoDepth
            }
          if converges,
            comparison.covers(old.state, way.state, .within, live: live, callerLive: callerLive, read: nil),
            kind != .iterator || hasActiveIterator(way.state)
          {
            closeLoop(at: old)
            return true
          }
        }
        if kind == nil || kind == .mayGoto,
          old.state.mayGotoDepth == way.state.mayGotoDepth,
          old.state.callbackUnrollDepth == way.state.callbackUnrollDepth,
          comparison.covers(old.state, way.state, .exact, live: live, callerLive: callerLive, read: nil),
          !iteratorsMoved(old.state, way.state)
        {
          throw Violation(
            .infiniteLoop,
            "a loop comes back to where it was with nothing changed, and would never end",
            at: slot
          )
        }
        if !forced, jumps - jumpsAtState < 20, processed - processedAtState < 100 { adds = false }
      } else if comparison.covers(
        old.state,
        way.state,
        old.isInLoop ? .within : .relevant,
        live: live,
        callerLive: callerLive,
        read: old.isInLoop ? nil : old.read
      ) {
        old.hits += 1
        var precision = Precision(transfer.layout)
        precision.add(from: old.state)
        precision.mark(way, links)
        for frame in 0..<8 { markRead(old.read[frame] & ~way.written[frame], frame, from: way.parent) }
        return true
      } else if let forgetting, !isMissed, forgetting.isCounting(at: slot) {
        isMissed = comparison.covers(
          old.state,
          way.state,
          .relevant,
          live: live & forgetting.registers(at: slot),
          callerLive: { callerLive($0) & forgetting.registers(at: $0 + 1) },
          read: forgetting.demanded(old.read, at: slot, depth: way.state.depth)
        )
      }
      if adds { old.misses += 1 }
      let patience = forced && old.branches > 0 ? 64 : 3
      if old.misses > old.hits * patience + patience {
        visited[slot].remove(at: index)
        continue
      }
      index += 1
    }
    if isMissed { forgetting?.countMiss(at: slot) }
    guard adds else { return false }
    keepState()
    if ledger.valueCount > limits.keptValues {
      throw Violation(
        .tooComplex,
        "states of more than \(limits.keptValues) registers and stack slots would have to be kept",
        at: slot
      )
    }
    return false
  }

  private mutating func keepState() {
    let checkpoint = Checkpoint(
      slot: way.slot,
      state: way.state,
      parent: way.parent,
      history: way.history,
      written: way.written,
      ledger: ledger
    )
    checkpoint.state.forEachRegister { $0.isPrecise = false }
    way.state.forEachRegister { $0.isPrecise = false }
    way.parent = checkpoint
    way.history.removeAll()
    way.written = [8 of UInt64](repeating: 0)
    visited[way.slot].insert(checkpoint, at: 0)
    stateCount += 1
    jumpsAtState = jumps
    processedAtState = processed
  }

  /// A loop came back to a state that covers it: all between are judged by ranges only from now on.
  private mutating func closeLoop(at entry: Checkpoint) {
    var current = way.parent
    while let candidate = current {
      candidate.isInLoop = true
      if candidate === entry { break }
      current = candidate.parent
    }
    // Everything that the loop's state holds may matter on the way back into it.
    for frame in entry.state.frames.indices {
      markRead(.max & ~way.written[frame], frame, from: way.parent)
    }
    var precision = Precision(transfer.layout)
    precision.add(from: entry.state)
    precision.mark(way, links)
  }

  private func hasActiveIterator(_ state: MachineState) -> Bool {
    // r1 holds the iterator at a call of its next function.
    let pointer = state[.r1]
    guard pointer.kind == .stack, let variable = pointer.scalar.constant else { return false }
    let place = Int64(pointer.offset) + Int64(bitPattern: variable)
    let slot = state.frames[Int(pointer.index)][slot: Int(-place / 8) - 1]
    return slot.isAll(.iterator) && slot.spilled.range == StackObject.IteratorState.active.rawValue
  }

  private func iteratorsMoved(_ old: MachineState, _ new: MachineState) -> Bool {
    for frame in old.frames.indices {
      for index in old.frames[frame].stack.indices where old.frames[frame].stack[index].isAll(.iterator) {
        let a = old.frames[frame].stack[index].spilled
        let b = new.frames[frame][slot: index].spilled
        if a.range == StackObject.IteratorState.active.rawValue, a.scalar != b.scalar { return true }
      }
    }
    return false
  }
}

extension CallPrototype {
  /// Whether it calls a function of the program back before it returns.
  var callsBackNow: Bool {
    parameters.contains { parameter in
      guard case .callback(let kind) = parameter else { return false }
      return kind != .timer && kind != .workQueue && kind != .taskWork
    }
  }
}
