import BPF

/// What led to a refusal, in notes: where the value came from, what narrowed it, what it lost on the way.
struct Explanation {
  private let layout: CodeLayout
  private let prototypes: [Int: CallPrototype]
  private let replay: Replay

  init(_ replay: Replay, _ transfer: Transfer) {
    self.replay = replay
    layout = transfer.layout
    prototypes = transfer.prototypes
  }

  /// The notes for a violation, the nearest first.
  func notes(for violation: Violation) -> [Rejection.Note] {
    guard let register = violation.register else { return [] }
    let depth = replay.last.depth
    switch violation.rule {
    case .packetBounds: return packetNotes(register) + origin(of: register, depth)
    case .uninitializedRegister: return loss(of: register, depth)
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
    for step in replay.steps.reversed() {
      guard
        case .branch(_, _, let left, .register(let right), _) = layout.instruction(at: Int(step.entry.slot))
      else { continue }
      let operands = [step.before[left], step.before[right]]
      guard operands.contains(where: { $0.kind == .packetEnd }),
        let pointer = operands.first(where: { $0.isInPacket })
      else { continue }
      let slot = Int(step.entry.slot)
      guard pointer.id == value.id else {
        return [
          Rejection.Note(
            "the last comparison with the packet's end is of a pointer at another variable offset, which tells nothing of this one",
            at: slot
          )
        ]
      }
      return [
        Rejection.Note(
          value.range > 0
            ? "the last comparison with the packet's end; \(value.range) bytes are known to exist on this way"
            : "the last comparison with the packet's end; on this way the packet is too short",
          at: slot
        )
      ]
    }
    return [Rejection.Note("no comparison with the packet's end on the way here", at: nil)]
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
