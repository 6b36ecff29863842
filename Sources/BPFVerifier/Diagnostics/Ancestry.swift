import BPF

/// Where a register's value comes from, back through copies, spills and sums along the way that was gone over.
struct Ancestry {
  /// A number that was added to a pointer, or the value that a check is about.
  struct Origin: Hashable {
    /// The index of the step that made it.
    var step: Int
    /// The register that the step wrote.
    var register: Register
    /// What it was multiplied by since.
    var scale: UInt64 = 1
  }

  let replay: Replay
  let layout: CodeLayout

  /// The state after a step.
  func after(_ step: Int) -> MachineState {
    step + 1 < replay.steps.count ? replay.steps[step + 1].before : replay.last
  }

  func instruction(_ step: Int) -> Instruction { layout.instruction(at: slot(step)) }
  func slot(_ step: Int) -> Int { Int(replay.steps[step].entry.slot) }

  /// The step before an index that made the value in a register; copies, spills, masks and multiples make nothing new.
  func origin(of register: Register, before end: Int, depth: Int) -> Origin? {
    var found = Origin(step: 0, register: register)
    var spilled: HistoryEntry?
    var shift = 0
    for step in stride(from: end - 1, through: 0, by: -1) {
      let entry = replay.steps[step].entry
      if let place = spilled {
        guard entry.spillIndex == place.spillIndex, entry.spillFrame == place.spillFrame,
          case .store(_, let operand, _) = instruction(step)
        else { continue }
        guard case .register(let source) = operand else { return nil }
        found.register = source
        spilled = nil
        continue
      }
      guard Int(entry.depth) == depth else { continue }
      let instruction = instruction(step)
      switch instruction {
      case .alu(.mov, _, found.register, .register(let source)): found.register = source
      case .moveSignExtending(_, _, found.register, let source): found.register = source
      case .alu(.lsh, _, found.register, .immediate(let bits)): shift += Int(bits)
      case .alu(.rsh, _, found.register, .immediate(let bits)),
        .alu(.arsh, _, found.register, .immediate(let bits)):
        shift -= Int(bits)
      case .alu(.mul, _, found.register, .immediate(let factor)): found.scale &*= UInt64(clamping: factor)
      case .alu(.and, _, found.register, .immediate): break
      case .load(_, found.register, _) where entry.spillIndex != .max: spilled = entry
      default:
        guard RegisterUse(instruction).writes & found.register.mask != 0 else { continue }
        found.step = step
        found.scale <<= UInt64(max(shift, 0))
        return found
      }
    }
    return nil
  }

  /// The last step on which a number that is no constant was added to the pointer in a register, with the number's
  /// register.
  func sum(in register: Register, depth: Int) -> (step: Int, number: Register, result: Register)? {
    var register = register
    var spilled: HistoryEntry?
    for step in stride(from: replay.steps.count - 1, through: 0, by: -1) {
      let entry = replay.steps[step].entry, before = replay.steps[step].before
      if let place = spilled {
        guard entry.spillIndex == place.spillIndex, entry.spillFrame == place.spillFrame,
          case .store(_, .register(let source), _) = instruction(step)
        else { continue }
        register = source
        spilled = nil
        continue
      }
      guard Int(entry.depth) == depth else { continue }
      switch instruction(step) {
      case .alu(.mov, _, register, .register(let source)): register = source
      case .load(_, register, _) where entry.spillIndex != .max: spilled = entry
      case .alu(.add, _, register, .register(let source)):
        let number = before[register].isPointer ? source : register
        if before[number].scalar.constant == nil || before[number].isPointer {
          return (step, number, register)
        }
        if !before[register].isPointer { register = source }
      case .alu(_, _, register, .immediate): break
      case let instruction where RegisterUse(instruction).writes & register.mask != 0: return nil
      default: break
      }
    }
    return nil
  }
}
