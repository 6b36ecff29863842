import BPF

// What to compare with the packet's end.

extension Advice {
  /// A comparison with the packet's end.
  struct EndComparison {
    var slot: Int
    /// What was compared with the end.
    var pointer: RegisterState
    /// The variable offset, if any, that made the pointer.
    var register: Register
  }

  /// Farther into the packet than this a comparison with its end tells nothing.
  static var farthest: UInt64 { 0xffff }

  /// The last comparison of a packet pointer with the packet's end, in whole.
  func lastComparison(matching matches: (RegisterState) -> Bool = { _ in true }) -> EndComparison? {
    for step in replay.steps.reversed() {
      guard
        case .branch(_, .doubleWord, let left, .register(let right), _) = layout.instruction(
          at: Int(step.entry.slot)
        )
      else { continue }
      for (one, other) in [(left, right), (right, left)]
      where step.before[one].isInPacket && step.before[other].kind == .packetEnd && matches(step.before[one])
      {
        return EndComparison(slot: Int(step.entry.slot), pointer: step.before[one], register: one)
      }
    }
    return nil
  }

  /// Where a packet pointer was cut to 32 bits, or compared with 32.
  var cutPointer: Int? {
    for step in replay.steps.reversed() {
      let slot = Int(step.entry.slot)
      switch layout.instruction(at: slot) {
      case .branch(_, .word, let left, .register(let right), _)
      where step.before[left].isPacketAddress || step.before[right].isPacketAddress:
        return slot
      case .alu(.mov, .word, _, .register(let register)) where step.before[register].isPacketAddress:
        return slot
      default: continue
      }
    }
    return nil
  }

  func packet(_ violation: Violation) -> String? {
    guard let register = violation.register, let slot = violation.slot, let count = violation.byteCount else {
      return nil
    }
    let value = replay.last[register]
    guard value.kind == .packet else {
      return "first read ctx->data_meta, and return early unless data_meta + \(count) is at most ctx->data"
    }
    let instructionOffset = layout.instruction(at: slot).memoryAccess.map { Int($0.address.offset) } ?? 0
    let end = Int(value.offset) + instructionOffset + count
    if end - count < 0 {
      return "stay behind the packet's start, or make room there with bpf_xdp_adjust_head first"
    }
    if value.range < 0 {
      return
        "make the access on the other way of the comparison at \(lastComparison().map { source.place($0.slot) } ?? "which it stands")"
    }
    if lastComparison(matching: { $0.id == value.id }) == nil, let cut = cutPointer {
      return
        "compare whole pointers at \(source.place(cut)): `if (\(start(end)) > \(packetEnd))`, both sides cast to (void *) or (long) rather than to 32 bits"
    }
    guard value.id != 0 else {
      return compare(start(end), end, slot, value) + boundedSize(register, slot, value)
    }
    return variable(value, register, end, slot)
  }

  /// Says what to compare, and whether a comparison is there that only needs to reach farther.
  private func compare(_ pointer: String, _ count: Int, _ slot: Int, _ value: RegisterState) -> String {
    let edit = "`if (\(pointer) > \(packetEnd)) return XDP_PASS;`"
    guard value.range > 0, let old = lastComparison(matching: { $0.id == value.id }) else {
      return "before this access: \(edit)"
    }
    return
      "make the comparison at \(source.place(old.slot)) reach \(count.byteText), or add before this access: \(edit)"
  }

  /// Where a call takes a size: the other way out.
  private func boundedSize(_ register: Register, _ slot: Int, _ value: RegisterState) -> String {
    guard case .call = layout.instruction(at: slot), let next = Register(rawValue: register.rawValue + 1),
      replay.last[next].kind == .scalar, replay.last[next].scalar.constant == nil, value.range > value.offset
    else { return "" }
    let number = number(next, before: replay.steps.count, depth: replay.last.depth, except: nil)
    return "; or, for less, \(unless(number.name, isAtMost: UInt64(value.range - value.offset)))"
  }

  /// The packet's start and so many bytes.
  private func start(_ count: Int) -> String { "\(packetStart) + \(count)" }

  private var packetStart: String {
    guard let slot = contextLoad(of: .packet), let name = source.variable(assignedAt: slot),
      !source.moves(name)
    else { return "(void *)(long)ctx->data" }
    return source.declaresBytes(at: slot) ? name : "(void *)\(name)"
  }

  private var packetEnd: String {
    guard let slot = contextLoad(of: .packetEnd), let name = source.variable(assignedAt: slot) else {
      return "(void *)(long)ctx->data_end"
    }
    return source.declaresBytes(at: slot) ? name : "(void *)\(name)"
  }

  /// The last load of one of the packet's pointers from the context.
  private func contextLoad(of kind: RegisterState.Kind) -> Int? {
    for step in replay.steps.indices.reversed() {
      guard case .load(_, let register, let address) = ancestry.instruction(step),
        replay.steps[step].before[address.base].kind == .context, ancestry.after(step)[register].kind == kind
      else { continue }
      return ancestry.slot(step)
    }
    return nil
  }

  /// A pointer at a variable offset: the number needs a bound, and the pointer a comparison of its own.
  private func variable(_ value: RegisterState, _ register: Register, _ end: Int, _ slot: Int) -> String? {
    let depth = replay.last.depth
    guard let sum = ancestry.sum(in: register, depth: depth) else { return nil }
    let sumSlot = ancestry.slot(sum.step)
    let name = source.variable(assignedAt: sumSlot)
    let made = ancestry.after(sum.step)[sum.result]
    let count = end - Int(made.offset)
    let pointer = name.map { source.declaresBytes(at: sumSlot) ? $0 : "(void *)\($0)" }
    let comparison =
      pointer.map { "`if (\($0) + \(count) > \(packetEnd)) return XDP_PASS;`" }
      ?? "return early unless the pointer made at \(source.place(sumSlot)), plus \(count), is at most \(packetEnd)"
    guard value.scalar.maxU64 <= Self.farthest, Int(value.scalar.maxU64) + end <= Int(Self.farthest) else {
      let number = number(sum.number, before: sum.step, depth: depth, except: name)
      let limit = (Self.farthest - UInt64(clamping: min(end, 0xffff))) / max(number.scale, 1)
      return
        "bound what is added at \(source.place(sumSlot)) first: \(unless(number.name, isAtMost: limit)); then compare that very pointer: \(comparison)"
    }
    return "before this access: \(comparison)"
  }
}
