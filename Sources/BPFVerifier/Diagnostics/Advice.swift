import BPF

/// The edit that would satisfy a rule for this very program: which variable, which size, which line.
struct Advice {
  let ancestry: Ancestry
  let transfer: Transfer
  let source: SourceWords

  var replay: Replay { ancestry.replay }
  var layout: CodeLayout { transfer.layout }

  init(_ replay: Replay, _ transfer: Transfer) {
    ancestry = Ancestry(replay: replay, layout: transfer.layout)
    self.transfer = transfer
    source = SourceWords(program: transfer.program)
  }

  /// The edit, in words; what `Rule.help` says where the way tells no more.
  func help(for violation: Violation) -> String { specific(violation) ?? violation.rule.help }

  private func specific(_ violation: Violation) -> String? {
    switch violation.rule {
    case .packetBounds: packet(violation)
    case .mayBeNull: null(violation)
    case .valueBounds, .memoryBounds, .unboundedOffset, .negativeOffset, .stackBounds: offset(violation)
    case .pointerOffset: sum(violation)
    case .badSize: size(violation)
    case .unreleasedReference: reference(violation)
    case .unknownHelper: replacement(violation)
    case .infiniteLoop: loop(violation)
    case .uninitializedRegister: value(violation)
    case .pointerArithmetic: wholePointer(violation)
    case .notAPointer: stale(violation)
    default: nil
    }
  }

  // MARK: Names

  /// What the source calls a number, and what its value in the register is a multiple of.
  func number(
    _ register: Register,
    before step: Int,
    depth: Int,
    except pointer: String?
  ) -> (
    name: String, scale: UInt64
  ) {
    let unnamed = ("the number in \(register)", UInt64(1))
    guard let origin = ancestry.origin(of: register, before: step, depth: depth) else { return unnamed }
    let slot = ancestry.slot(origin.step)
    if let name = source.variable(assignedAt: slot), name != pointer { return (name, origin.scale) }
    if case .load = layout.instruction(at: slot), let name = source.expression(at: slot) {
      return (name, origin.scale)
    }
    return ("the number in \(register)", origin.scale)
  }

  /// A condition in C on a number, or in words where the number has no name.
  func unless(_ name: String, isAtMost limit: UInt64) -> String {
    name.contains(" ")
      ? "return early unless \(name) is at most \(limit), compared as an unsigned number"
      : "`if (\(name) > \(limit)) return XDP_PASS;`"
  }

  /// What a call is called.
  func name(ofCallAt slot: Int) -> String {
    if let prototype = transfer.prototypes[slot] { return prototype.name }
    if let callee = layout.callee(at: slot) { return layout.functions[callee].name }
    return "the call"
  }

  // MARK: Null

  /// The call that gave an or-null pointer.
  private func giver(of value: RegisterState) -> Int? {
    replay.steps.indices.last { step in
      guard case .call = ancestry.instruction(step) else { return false }
      let result = ancestry.after(step)[.r0]
      return result.mayBeNull && result.id == value.id && !replay.steps[step].before[.r0].mayBeNull
        || result.mayBeNull && result.id == value.id && replay.steps[step].before[.r0].id != value.id
    }
  }

  private func null(_ violation: Violation) -> String? {
    guard let register = violation.register, let step = giver(of: replay.last[register]) else { return nil }
    let slot = ancestry.slot(step)
    let call = name(ofCallAt: slot)
    guard let variable = source.variable(assignedAt: slot) else {
      return "after \(call) at \(source.place(slot)), return early where what it gave is NULL"
    }
    return "after \(call) at \(source.place(slot)): `if (!\(variable)) return XDP_PASS;`"
  }

  // MARK: Loops, values, pointers

  private func loop(_ violation: Violation) -> String? {
    guard let condition = condition(ofLoopAt: violation.slot) else { return nil }
    if case .branch(_, _, let left, .immediate, _) = layout.instruction(at: condition),
      let last = replay.steps.lastIndex(where: { Int($0.entry.slot) == condition }),
      let origin = ancestry.origin(of: left, before: last, depth: replay.last.depth),
      case .load(_, _, let address) = ancestry.instruction(origin.step),
      replay.steps[origin.step].before[address.base].kind == .stack
    {
      return Rule.infiniteLoop.help
    }
    return
      "count the rounds beside the condition at \(source.place(condition)): `for (int i = 0; i < 64 && …; i++)`"
  }

  /// The first branch after the instruction at which a loop was found to change nothing.
  func condition(ofLoopAt slot: Int?) -> Int? {
    guard let slot, let last = replay.steps.lastIndex(where: { Int($0.entry.slot) == slot }) else {
      return nil
    }
    let condition = replay.steps[last...].first { step in
      if case .branch = layout.instruction(at: Int(step.entry.slot)) { true } else { false }
    }
    return condition.map { Int($0.entry.slot) }
  }

  private func value(_ violation: Violation) -> String? {
    guard let slot = violation.slot, let register = violation.register else { return nil }
    let name = source.returned(at: slot) ?? source.expression(at: slot)
    let isLost = replay.steps.contains { step in
      guard case .call = layout.instruction(at: Int(step.entry.slot)) else { return false }
      return step.before[register].kind != .uninitialized
    }
    if isLost, register != .r0 {
      return
        "keep what is needed after the call in r6 to r9 or on the stack: a call leaves nothing in r1 to r5"
    }
    guard let name else { return nil }
    return "give \(name) a value where it is declared, or on every way that leads here"
  }

  private func wholePointer(_ violation: Violation) -> String? {
    guard let slot = violation.slot else { return nil }
    switch layout.instruction(at: slot) {
    case .alu(_, .word, _, _), .alu(.lsh, _, _, _), .alu(.rsh, _, _, _), .alu(.and, _, _, _):
      return
        "keep pointers whole: cast them to (void *) or (long), never to a 32-bit type, before they are added to or compared"
    default: return nil
    }
  }

  /// A packet pointer that a call made stale.
  private func stale(_ violation: Violation) -> String? {
    guard let register = violation.register else { return nil }
    if replay.last[register].isZero { return "use it only on the way where it is not NULL: here it is" }
    guard let step = staleness(of: register) else { return nil }
    let slot = ancestry.slot(step)
    guard replay.steps[step].before[register].isPacketAddress else {
      return "use it before \(name(ofCallAt: slot)) at \(source.place(slot)), or take it anew afterwards"
    }
    return
      "read ctx->data and ctx->data_end again after \(name(ofCallAt: slot)) at \(source.place(slot)), and compare them again before this access"
  }

  /// The call after which a register no longer holds the pointer that it held.
  func staleness(of register: Register) -> Int? {
    guard !replay.last[register].isPointer, register != .r0 else { return nil }
    return replay.steps.indices.last { step in
      guard case .call = ancestry.instruction(step) else { return false }
      let before = replay.steps[step].before, after = ancestry.after(step)
      return after.depth == before.depth && after[register].kind == .scalar && before[register].isPointer
    }
  }
}
