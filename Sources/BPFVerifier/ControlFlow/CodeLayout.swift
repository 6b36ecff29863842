import BPF
import BTF

/// A program's instructions by slot, and its functions; made only of programs whose structure holds.
///
/// Every jump leads to an instruction of its own function, every call to the first instruction of one, and no function
/// ends by running into the next. What can be reached is `ControlFlow`'s to know.
struct CodeLayout {
  /// The most slots that a program may have.
  static let mostSlots = 1_000_000
  /// The most functions that a program may have, the entry among them (`BPF_MAX_SUBPROGS`).
  static let mostFunctions = 256
  /// The most maps that a program may use (`MAX_USED_MAPS`).
  static let mostMaps = 64

  /// The number of slots.
  let slotCount: Int
  /// The functions in order of their start; the entry is the first.
  let functions: [FunctionRange]
  /// The calls between them, and where their addresses are loaded, in order of slot.
  ///
  /// What calls a loaded address, if anything does, is not known yet: all are `.address`.
  let calls: [FunctionCall]

  /// By slot; what stands at the second slot of a 64-bit immediate means nothing.
  private let instructions: [Instruction]
  /// Whether an instruction begins at a slot.
  private let starts: [Bool]
  /// The index of each slot's function.
  private let owners: [UInt8]

  /// Lays the program out and checks its structure.
  init(_ program: Program) throws(Violation) {
    var builder = LayoutBuilder(program)
    try builder.placeInstructions()
    try builder.findFunctions()
    try builder.checkFunctions()
    try builder.countMaps()
    slotCount = builder.starts.count
    functions = builder.functions
    calls = builder.calls
    instructions = builder.instructions
    starts = builder.starts
    owners = builder.owners
  }

  /// The instruction that begins at a slot; there must be one.
  func instruction(at slot: Int) -> Instruction {
    precondition(starts[slot], "the second slot of a 64-bit immediate")
    return instructions[slot]
  }

  /// Whether an instruction begins at a slot, which is one of the program's.
  func isStart(_ slot: Int) -> Bool { starts[slot] }

  /// The index of the function that a slot lies in.
  func functionIndex(of slot: Int) -> Int { Int(owners[slot]) }

  /// The slots that the kernel starts at: the entry, and the function that handles exceptions.
  var entryPoints: [Int] {
    functions.indices.filter { $0 == 0 || functions[$0].isExceptionHandler }.map { functions[$0].start }
  }

  /// The index of the function that an instruction calls or takes the address of; nil where it does neither.
  func callee(at slot: Int) -> Int? {
    instruction(at: slot).calleeOffset.map { Int(owners[slot + 1 + Int($0)]) }
  }
}

extension Instruction {
  /// How far away the function is that this calls or takes the address of, in slots from the one after the first.
  var calleeOffset: Int32? {
    switch self {
    case .call(.local(let offset)), .loadImmediate(_, .function(let offset)): offset
    default: nil
    }
  }

  /// How far a jump of any form goes, in slots from the next one; nil for what is no jump.
  var jumpOffset: Int? {
    switch self {
    case .jump(let offset), .branch(_, _, _, _, let offset), .mayGoto(let offset): Int(offset)
    case .jumpLong(let offset): Int(offset)
    default: nil
    }
  }

  /// Whether the next instruction may run after this one.
  var fallsThrough: Bool {
    switch self {
    case .jump, .jumpLong, .exit: false
    default: true
    }
  }
}
