import BPF
import BPFVerifier

/// The instructions of a program by slot, as far as a run can get to them.
struct CodeLayout {
  /// The instructions; nil for the second slot of a 64-bit immediate, where no run gets to, and for branches never taken.
  private(set) var instructions: [Instruction?]
  /// Whether a slot is jumped to.
  private(set) var isTarget: [Bool]
  /// The functions in the order they stand, those that a run can get to.
  private(set) var functions: [FunctionShape] = []

  /// Lays a program out.
  init(_ program: Program, _ facts: ProgramFacts) {
    let slotCount = program.slotCount
    instructions = [Instruction?](repeating: nil, count: slotCount)
    isTarget = [Bool](repeating: false, count: slotCount)
    var isStart = [Bool](repeating: false, count: slotCount)
    func mark(_ slot: Int, _ marks: inout [Bool]) {
      if slot >= 0, slot < slotCount { marks[slot] = true }
    }
    if slotCount > 0 { isStart[0] = true }
    for function in program.functions { mark(function.slot, &isStart) }
    var slot = 0
    for instruction in program.instructions {
      if facts.isReached(slot) {
        instructions[slot] = Self.simplified(instruction, facts.ways, at: slot)
        switch instructions[slot] {
        case .call(.local(let offset)): mark(slot + 1 + Int(offset), &isStart)
        case .loadImmediate(_, .function(let offset)): mark(slot + 1 + Int(offset), &isStart)
        case .jump(let offset), .mayGoto(let offset), .branch(_, _, _, _, let offset):
          mark(slot + 1 + Int(offset), &isTarget)
        case .jumpLong(let offset): mark(slot + 1 + Int(offset), &isTarget)
        default: break
        }
      }
      slot += instruction.slotCount
    }
    var start = 0
    while start < slotCount {
      var end = start + 1
      while end < slotCount, !isStart[end] { end += 1 }
      if instructions[start] != nil { functions.append(FunctionShape(start..<end, of: instructions)) }
      start = end
    }
  }

  /// A branch that always goes one way is a jump, or nothing.
  private static func simplified(
    _ instruction: Instruction,
    _ ways: (Int) -> BranchWays,
    at slot: Int
  ) -> Instruction? {
    guard case .branch(_, _, _, _, let offset) = instruction else { return instruction }
    switch ways(slot) {
    case .jumps: return .jump(offset: offset)
    case .falls: return nil
    default: return instruction
    }
  }
}
