extension Program {
  /// This program with instructions put before others, by slot; what led to such a slot leads to what was put there.
  ///
  /// Functions, source lines and externs move along. Nil where a jump no longer reaches its target.
  public func inserting(_ additions: [Int: [Instruction]]) -> Program? {
    var starts: [Int: Int] = [:], places: [Int: Int] = [:]
    var old = 0, new = 0
    for instruction in instructions {
      starts[old] = new
      new += additions[old]?.reduce(0) { $0 + $1.slotCount } ?? 0
      places[old] = new
      old += instruction.slotCount
      new += instruction.slotCount
    }
    starts[old] = new

    var program = self
    program.instructions = []
    var slot = 0
    for instruction in instructions {
      defer { slot += instruction.slotCount }
      guard let place = places[slot] else { return nil }
      var moved = instruction
      if let offset = instruction.relativeOffset {
        guard let target = starts[slot + 1 + offset] else { return nil }
        guard let bent = instruction.settingRelativeOffset(target - place - 1) else { return nil }
        moved = bent
      }
      program.instructions += (additions[slot] ?? []) + [moved]
    }
    for index in program.functions.indices {
      program.functions[index].slot = starts[functions[index].slot] ?? functions[index].slot
    }
    program.lines = [:]
    for (slot, line) in lines { program.lines[starts[slot] ?? slot] = line }
    for index in program.externs.indices {
      program.externs[index].slots = externs[index].slots.map { places[$0] ?? $0 }
    }
    return program
  }
}

extension Instruction {
  /// How far the instruction's target is, in slots from the one after its first; nil for one without a target.
  fileprivate var relativeOffset: Int? {
    switch self {
    case .jump(let offset), .branch(_, _, _, _, let offset), .mayGoto(let offset): Int(offset)
    case .jumpLong(let offset), .call(.local(let offset)), .loadImmediate(_, .function(let offset)):
      Int(offset)
    default: nil
    }
  }

  /// This instruction with another target; nil where it cannot reach so far.
  fileprivate func settingRelativeOffset(_ offset: Int) -> Instruction? {
    guard let long = Int32(exactly: offset) else { return nil }
    switch self {
    case .jumpLong: return .jumpLong(offset: long)
    case .call(.local): return .call(.local(offset: long))
    case .loadImmediate(let register, .function): return .loadImmediate(register, .function(offset: long))
    default: break
    }
    guard let short = Int16(exactly: offset) else { return nil }
    switch self {
    case .jump: return .jump(offset: short)
    case .mayGoto: return .mayGoto(offset: short)
    case .branch(let comparison, let width, let register, let operand, _):
      return .branch(comparison, width, register, operand, offset: short)
    default: return nil
    }
  }

  /// The slots that may come after the instruction at a slot, within its function.
  func successors(at slot: Int) -> [Int] {
    let next = slot + slotCount
    switch self {
    case .exit: return []
    case .jump(let offset): return [next + Int(offset)]
    case .jumpLong(let offset): return [next + Int(offset)]
    case .branch(_, _, _, _, let offset), .mayGoto(let offset): return [next, next + Int(offset)]
    default: return [next]
    }
  }
}
