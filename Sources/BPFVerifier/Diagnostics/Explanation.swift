import BPF

/// What led to a refusal, in notes: where the value came from, what narrowed it, what it lost on the way.
struct Explanation {
  private let layout: CodeLayout
  private let prototypes: [Int: CallPrototype]
  private let replay: Replay
  private let advice: Advice

  init(_ replay: Replay, _ transfer: Transfer) {
    self.replay = replay
    advice = Advice(replay, transfer)
    layout = transfer.layout
    prototypes = transfer.prototypes
  }

  /// The notes for a violation, the nearest first.
  func notes(for violation: Violation) -> [Rejection.Note] {
    if violation.rule == .unreleasedReference { return referenceNotes }
    if violation.rule == .infiniteLoop { return loopNotes(violation) }
    guard let register = violation.register else { return [] }
    let depth = replay.last.depth
    switch violation.rule {
    case .packetBounds:
      return sizeNote(violation, register) + packetNotes(register) + origin(of: register, depth)
    case .uninitializedRegister: return loss(of: register, depth)
    case .mayBeNull: return origin(of: register, depth) + nullNotes(register)
    case .notAPointer where advice.staleness(of: register) != nil: return staleNotes(register)
    case .valueBounds, .memoryBounds, .unboundedOffset, .negativeOffset, .stackBounds, .pointerOffset:
      return knowledge(of: register) + numberNotes(violation, register, depth) + origin(of: register, depth)
    default: return knowledge(of: register) + origin(of: register, depth)
    }
  }

  // MARK: What is known

  private func knowledge(of register: Register) -> [Rejection.Note] {
    let value = replay.last[register]
    switch value.kind {
    case .scalar:
      if let constant = value.scalar.constant {
        return [Rejection.Note("\(register) is \(Int64(bitPattern: constant))", at: nil)]
      }
      if value.scalar.isUnknown {
        return [Rejection.Note("nothing is known of the number in \(register)", at: nil)]
      }
      return [
        Rejection.Note(
          "the number in \(register) is between \(value.scalar.minS64) and \(value.scalar.maxS64)",
          at: nil
        )
      ]
    case .packet, .packetMetadata, .mapValue, .mapKey, .memory, .stack:
      guard value.scalar.constant == nil else { return [] }
      return [
        Rejection.Note(
          "a number between \(value.scalar.minS64) and \(value.scalar.maxS64) was added to the pointer in \(register)",
          at: nil
        )
      ]
    default: return []
    }
  }

  /// The last comparison that told how long the packet is.
  private func packetNotes(_ register: Register) -> [Rejection.Note] {
    let value = replay.last[register]
    let own = advice.lastComparison { $0.id == value.id }
    if own == nil, let cut = advice.cutPointer {
      return [
        Rejection.Note(
          "the pointer is cut to 32 bits here, after which a comparison tells nothing of it",
          at: cut
        )
      ]
    }
    if value.range < 0, let last = advice.lastComparison() {
      return [
        Rejection.Note(
          "the last comparison with the packet's end; on this way the packet is too short",
          at: last.slot
        )
      ]
    }
    guard value.range == 0 else {
      guard let own else { return [] }
      return [
        Rejection.Note(
          "the last comparison with the packet's end; \(value.range == 1 ? "1 byte is" : "\(value.range) bytes are") known to exist on this way",
          at: own.slot
        )
      ]
    }
    if let own, value.scalar.maxU64 + UInt64(clamping: value.offset) > Advice.farthest {
      return [
        Rejection.Note(
          "the comparison with the packet's end tells nothing of a pointer to which up to \(value.scalar.maxU64) was added; up to \(Advice.farthest) is believed",
          at: own.slot
        )
      ]
    }
    if let other = advice.lastComparison(matching: { $0.id != value.id }) {
      return [
        Rejection.Note(
          "the last comparison with the packet's end is of a pointer at another variable offset, which tells nothing of this one",
          at: other.slot
        )
      ] + sumNote(register)
    }
    if let own {
      return [
        Rejection.Note(
          "the last comparison with the packet's end; on this way the packet is too short",
          at: own.slot
        )
      ]
    }
    return [Rejection.Note("no comparison with the packet's end on the way here", at: nil)]
      + sumNote(register)
  }

  /// The size that a call was given for packet memory, where it is no constant.
  private func sizeNote(_ violation: Violation, _ register: Register) -> [Rejection.Note] {
    guard let slot = violation.slot, case .call = layout.instruction(at: slot),
      let next = Register(rawValue: register.rawValue + 1)
    else { return [] }
    let size = replay.last[next]
    guard size.kind == .scalar, size.scalar.constant == nil else { return [] }
    return [
      Rejection.Note(
        "the size in \(next) may be as large as \(size.scalar.maxU64), and so many bytes must exist",
        at: nil
      )
    ]
  }

  /// Where the number came from that was added to a pointer, and which comparison bounded it last.
  private func numberNotes(_ violation: Violation, _ register: Register, _ depth: Int) -> [Rejection.Note] {
    let ancestry = advice.ancestry
    guard let number = advice.addedNumber(violation, register, depth),
      let origin = ancestry.origin(of: number.register, before: number.step, depth: depth)
    else { return [] }
    var notes: [Rejection.Note] = []
    for step in stride(from: number.step - 1, to: origin.step, by: -1) {
      guard case .branch(_, _, let left, _, _) = ancestry.instruction(step),
        replay.steps[step].before[left].kind == .scalar,
        ancestry.after(step)[left].scalar != replay.steps[step].before[left].scalar,
        ancestry.origin(of: left, before: step, depth: depth)?.step == origin.step
      else { continue }
      let learnt = ancestry.after(step)[left].scalar
      // What a comparison of 32 signed bits tells is no range of 64.
      let isHalf = learnt.minS64 == 0 && learnt.maxS64 == Int64(UInt32.max)
      let range =
        isHalf
        ? "between \(learnt.minS32) and \(learnt.maxS32), as a signed number of 32 bits"
        : "between \(learnt.minS64) and \(learnt.maxS64)"
      notes.append(Rejection.Note("this comparison left the number \(range)", at: ancestry.slot(step)))
      break
    }
    let slot = ancestry.slot(origin.step)
    switch layout.instruction(at: slot) {
    case .load(_, _, let address), .loadSignExtending(_, _, let address):
      let base = replay.steps[origin.step].before[address.base].object
      notes.append(Rejection.Note("the number was loaded from \(base) here", at: slot))
    case .call: notes.append(Rejection.Note("the number is what \(name(ofCallAt: slot)) gave", at: slot))
    default: notes.append(Rejection.Note("the number was computed here", at: slot))
    }
    return notes
  }

  /// The condition by which a loop goes round.
  private func loopNotes(_ violation: Violation) -> [Rejection.Note] {
    guard let condition = advice.condition(ofLoopAt: violation.slot) else { return [] }
    return [Rejection.Note("the loop goes round by this condition", at: condition)]
  }

  /// Where a number was added to the pointer, from which on it needs a comparison of its own.
  private func sumNote(_ register: Register) -> [Rejection.Note] {
    guard let sum = advice.ancestry.sum(in: register, depth: replay.last.depth) else { return [] }
    return [
      Rejection.Note(
        "a number was added here: from here on this pointer needs a comparison of its own",
        at: advice.ancestry.slot(sum.step)
      )
    ]
  }

  /// The comparison with null that was of something else.
  private func nullNotes(_ register: Register) -> [Rejection.Note] {
    let value = replay.last[register]
    for step in replay.steps.reversed() {
      guard
        case .branch(_, _, let left, .immediate(0), _) = layout.instruction(at: Int(step.entry.slot)),
        step.before[left].mayBeNull, step.before[left].id != value.id
      else { continue }
      return [
        Rejection.Note("the last comparison with null is of another pointer", at: Int(step.entry.slot))
      ]
    }
    return []
  }

  /// The call that made a pointer stale.
  private func staleNotes(_ register: Register) -> [Rejection.Note] {
    guard let step = advice.staleness(of: register) else { return [] }
    let slot = advice.ancestry.slot(step)
    let pointer = replay.steps[step].before[register]
    let why = pointer.isPacketAddress ? "which may move the packet" : "which ended what it points to"
    return [
      Rejection.Note(
        "\(register) was \(pointer.words) until the call of \(name(ofCallAt: slot)), \(why)",
        at: slot
      )
    ]
  }

  /// What was taken where, and the branch that leads past giving it back.
  private var referenceNotes: [Rejection.Note] {
    guard let reference = replay.last.references.first(where: { $0.kind == .object }) else { return [] }
    var notes = [Rejection.Note("\(name(ofCallAt: reference.slot)) took it", at: reference.slot)]
    let branch = replay.steps.last { step in
      guard case .branch = layout.instruction(at: Int(step.entry.slot)) else { return false }
      return step.before.references.contains(reference)
    }
    if let branch {
      notes.insert(Rejection.Note("the last branch on the way here", at: Int(branch.entry.slot)), at: 0)
    }
    return notes
  }

  // MARK: Where it came from

  /// Where a register was given up that is read now.
  private func loss(of register: Register, _ depth: Int) -> [Rejection.Note] {
    for step in replay.steps.reversed() where Int(step.entry.depth) == depth {
      guard step.before[register].kind != .uninitialized else { continue }
      let slot = Int(step.entry.slot)
      guard case .call = layout.instruction(at: slot) else { return [] }
      return [
        Rejection.Note(
          "\(register) held \(step.before[register].words) until the call of \(name(ofCallAt: slot)), after which r1 to r5 hold nothing",
          at: slot
        )
      ]
    }
    return [Rejection.Note("nothing on the way here writes \(register)", at: nil)]
  }

  /// Follows a value back through copies, spills and sums to what made it.
  private func origin(of register: Register, _ depth: Int) -> [Rejection.Note] {
    var register = register
    var spilled: (frame: UInt8, index: UInt8)?
    for step in replay.steps.reversed() {
      let instruction = layout.instruction(at: Int(step.entry.slot))
      let slot = Int(step.entry.slot)
      if let place = spilled {
        guard step.entry.spillIndex == place.index, step.entry.spillFrame == place.frame,
          case .store(_, let operand, _) = instruction
        else { continue }
        guard case .register(let source) = operand else {
          return [Rejection.Note("it was stored here", at: slot)]
        }
        register = source
        spilled = nil
        continue
      }
      guard Int(step.entry.depth) == depth else { continue }
      switch instruction {
      case .alu(.mov, _, register, .register(let source)): register = source
      case .alu(_, _, register, .register(let source))
      where !step.before[register].isPointer && step.before[source].isPointer:
        register = source
      case .load(_, register, let address) where step.entry.spillIndex != .max:
        _ = address
        spilled = (step.entry.spillFrame, step.entry.spillIndex)
      case .load(_, register, _), .loadSignExtending(_, register, _), .loadAcquire(_, register, _):
        let base = instruction.memoryAccess.map { step.before[$0.address.base].object } ?? "memory"
        return [Rejection.Note("it was loaded from \(base) here", at: slot)]
      case .loadImmediate(register, _): return [Rejection.Note("it was set here", at: slot)]
      case .alu(.mov, _, register, .immediate): return [Rejection.Note("it was set here", at: slot)]
      case .call where register == .r0:
        return [Rejection.Note("it is what \(name(ofCallAt: slot)) gave", at: slot)]
      default: break
      }
    }
    return []
  }

  private func name(ofCallAt slot: Int) -> String {
    if let prototype = prototypes[slot] { return prototype.name }
    if let callee = layout.callee(at: slot) { return "'\(layout.functions[callee].name)'" }
    return "a function"
  }
}
