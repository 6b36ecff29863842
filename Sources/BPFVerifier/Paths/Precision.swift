import BPF

/// Looks back along a way for where demanded values came from, and marks them in the states that were kept.
///
/// What it cannot follow is marked all over: states are then told apart by every number.
struct Precision {
  let layout: CodeLayout
  private(set) var registers = [8 of UInt16](repeating: 0)
  private(set) var slots = [8 of UInt64](repeating: 0)

  init(_ layout: CodeLayout) { self.layout = layout }

  private var isEmpty: Bool {
    for frame in 0..<8 where registers[frame] != 0 || slots[frame] != 0 { return false }
    return true
  }

  mutating func add(register: Register, frame: Int) {
    if register != .r10 { registers[frame] |= 1 << UInt16(register.rawValue) }
  }

  mutating func add(slot: Int, frame: Int) { slots[frame] |= 1 << UInt64(slot) }

  /// All that a state was told apart by.
  mutating func add(from state: MachineState) {
    for frame in state.frames.indices {
      for register in 0..<10 {
        let value = state.frames[frame].registers[register]
        if value.kind == .scalar, value.isPrecise { registers[frame] |= 1 << UInt16(register) }
      }
      for index in state.frames[frame].stack.indices {
        let slot = state.frames[frame].stack[index]
        if slot.isSpill, slot.spilled.kind == .scalar, slot.spilled.isPrecise {
          add(slot: index, frame: frame)
        }
      }
    }
  }

  /// Marks along a way, from its end to its beginning.
  mutating func mark(_ way: Way, _ links: [LinkedScalars]) {
    guard !isEmpty else { return }
    var following: Int? = way.slot
    guard lookBack(way.history, links, &following) else { return markAll(way.parent) }
    var checkpoint = way.parent
    while let current = checkpoint, !isEmpty {
      keepNew(in: current)
      if isEmpty { return }
      guard lookBack(current.history, links, &following) else { return markAll(current.parent) }
      checkpoint = current.parent
    }
  }

  /// Marks what is demanded in a state; what was marked before needs no looking back.
  private mutating func keepNew(in checkpoint: Checkpoint) {
    for frame in 0..<8 {
      if frame >= checkpoint.state.frames.count {
        registers[frame] = 0
        slots[frame] = 0
        continue
      }
      var mask = registers[frame]
      while mask != 0 {
        let register = mask.trailingZeroBitCount
        mask &= mask - 1
        let value = checkpoint.state.frames[frame].registers[register]
        if value.kind != .scalar || value.isPrecise {
          registers[frame] &= ~(1 << UInt16(register))
        } else {
          checkpoint.state.frames[frame].registers[register].isPrecise = true
        }
      }
      var slotMask = slots[frame]
      while slotMask != 0 {
        let index = slotMask.trailingZeroBitCount
        slotMask &= slotMask - 1
        let slot = checkpoint.state.frames[frame][slot: index]
        if !slot.isSpill || slot.spilled.kind != .scalar || slot.spilled.isPrecise {
          slots[frame] &= ~(1 << UInt64(index))
        } else {
          checkpoint.state.frames[frame].stack[index].spilled.isPrecise = true
        }
      }
    }
  }

  private func markAll(_ from: Checkpoint?) {
    var checkpoint = from
    while let current = checkpoint {
      current.state.forEachRegister { register in
        if register.kind == .scalar { register.isPrecise = true }
      }
      checkpoint = current.parent
    }
  }

  /// Goes back over a piece of a way; false where it cannot be followed.
  private mutating func lookBack(
    _ history: [HistoryEntry],
    _ links: [LinkedScalars],
    _ following: inout Int?
  ) -> Bool {
    var index = history.count
    while index > 0 {
      index -= 1
      let entry = history[index]
      if entry.links >= 0 { synchronize(links[Int(entry.links)]) }
      guard lookBack(entry, following) else { return false }
      if entry.links >= 0 { synchronize(links[Int(entry.links)]) }
      following = Int(entry.slot)
      if isEmpty { return true }
    }
    return true
  }

  /// Linked scalars learnt from one another: if one is demanded, all are.
  private mutating func synchronize(_ links: LinkedScalars) {
    var isDemanded = false
    for index in 0..<links.count {
      let place = links[index]
      let frame = Int(place.frame)
      if place.isSlot
        ? slots[frame] & (1 << UInt64(place.index)) != 0 : registers[frame] & (1 << UInt16(place.index)) != 0
      {
        isDemanded = true
      }
    }
    guard isDemanded else { return }
    for index in 0..<links.count {
      let place = links[index]
      if place.isSlot {
        slots[Int(place.frame)] |= 1 << UInt64(place.index)
      } else {
        registers[Int(place.frame)] |= 1 << UInt16(place.index)
      }
    }
  }

  private func has(_ register: Register, _ frame: Int) -> Bool {
    registers[frame] & (1 << UInt16(register.rawValue)) != 0
  }

  private mutating func drop(_ register: Register, _ frame: Int) {
    registers[frame] &= ~(1 << UInt16(register.rawValue))
  }

  private static let argumentMask: UInt16 = 0b11_1110

  private mutating func lookBack(_ entry: HistoryEntry, _ following: Int?) -> Bool {
    let frame = Int(entry.depth)
    switch layout.instruction(at: Int(entry.slot)) {
    case .alu(.mov, _, let destination, let operand):
      guard has(destination, frame) else { return true }
      drop(destination, frame)
      if case .register(let source) = operand { add(register: source, frame: frame) }
    case .alu(_, _, let destination, let operand):
      guard has(destination, frame) else { return true }
      if case .register(let source) = operand { add(register: source, frame: frame) }
    case .moveSignExtending(_, _, let destination, let source):
      guard has(destination, frame) else { return true }
      drop(destination, frame)
      add(register: source, frame: frame)
    case .negate, .swap, .jump, .jumpLong, .mayGoto: break
    case .addressSpaceCast(let destination, _, _), .loadImmediate(let destination, _):
      drop(destination, frame)
    case .load(_, let destination, _), .loadSignExtending(_, let destination, _),
      .loadAcquire(_, let destination, _):
      guard has(destination, frame) else { return true }
      drop(destination, frame)
      demandSpill(entry)
    case .store(_, let operand, let address):
      if has(address.base, frame) { return false }
      guard takeSpill(entry) else { return true }
      if case .register(let source) = operand { add(register: source, frame: frame) }
    case .storeRelease(_, let source, let address):
      if has(address.base, frame) { return false }
      guard takeSpill(entry) else { return true }
      add(register: source, frame: frame)
    case .atomic(_, _, let source, let address):
      if has(address.base, frame) { return false }
      if let loaded = layout.instruction(at: Int(entry.slot)).writtenRegister, has(loaded, frame) {
        drop(loaded, frame)
        demandSpill(entry)
      }
      _ = source
    case .branch(_, _, let left, let right, _):
      guard case .register(let right) = right, has(left, frame) || has(right, frame) else { return true }
      if entry.leftIsScalar { add(register: left, frame: frame) }
      if entry.rightIsScalar { add(register: right, frame: frame) }
    case .call(.local): return lookBackCall(entry, frame, following)
    case .call:
      if let following, following != Int(entry.slot) + 1 {
        // Into a function that was called back: nothing of it is the caller's.
        if frame + 1 < 8 {
          registers[frame + 1] = 0
          slots[frame + 1] = 0
        }
        return true
      }
      drop(.r0, frame)
      return registers[frame] & Self.argumentMask == 0
    case .exit:
      guard frame > 0 else { return true }
      let caller = frame - 1
      let isCall = following.map { $0 > 0 && layout.isLocalCall(before: $0) } ?? false
      if isCall, has(.r0, caller) { add(register: .r0, frame: frame) }
      if isCall || following.map({ !layout.isCall(at: $0) }) ?? true { drop(.r0, caller) }
    }
    return true
  }

  private mutating func lookBackCall(_ entry: HistoryEntry, _ frame: Int, _ following: Int?) -> Bool {
    if let callee = layout.callee(at: Int(entry.slot)), layout.functions[callee].isGlobal {
      drop(.r0, frame)
      return true
    }
    guard frame + 1 < 8 else { return false }
    let passed = registers[frame + 1] & Self.argumentMask
    let rest = registers[frame + 1] & ~Self.argumentMask
    registers[frame] = (registers[frame] & ~0b11_1111) | passed
    registers[frame + 1] = 0
    let leftOver = slots[frame + 1]
    slots[frame + 1] = 0
    return rest == 0 && leftOver == 0
  }

  private mutating func demandSpill(_ entry: HistoryEntry) {
    if entry.spillIndex != .max { add(slot: Int(entry.spillIndex), frame: Int(entry.spillFrame)) }
  }

  private mutating func takeSpill(_ entry: HistoryEntry) -> Bool {
    guard entry.spillIndex != .max else { return false }
    let bit: UInt64 = 1 << UInt64(entry.spillIndex)
    guard slots[Int(entry.spillFrame)] & bit != 0 else { return false }
    slots[Int(entry.spillFrame)] &= ~bit
    return true
  }
}

extension CodeLayout {
  /// Whether the instruction before a slot calls a function of the program.
  func isLocalCall(before slot: Int) -> Bool {
    guard slot > 0, isStart(slot - 1), case .call(.local) = instruction(at: slot - 1) else { return false }
    return true
  }

  /// Whether a call is at a slot.
  func isCall(at slot: Int) -> Bool {
    guard isStart(slot), case .call = instruction(at: slot) else { return false }
    return true
  }
}
