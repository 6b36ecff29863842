import BPF

/// Which numbers of a watched run were made from an address, and so are another in every run and engine.
///
/// A pointer's low half is such a number, and what is computed from one; the difference of two of them is not.
struct AddressParts {
  private var registers: Set<Register> = []
  /// What `r6` to `r9` were in the functions that called this one.
  private var callers: [Set<Register>] = []
  /// Host addresses of memory where a pointer, or a part of one, was stored.
  private var memory: Set<UInt64> = []

  /// Whether a register held such a number before a step.
  func contains(_ register: Register) -> Bool { registers.contains(register) }

  /// Follows a step.
  mutating func follow(_ step: TraceStep) {
    switch step.effect {
    case .enter:
      callers.append(registers.intersection(Self.saved))
      registers.subtract(Self.saved)
      return
    case .leave:
      registers = registers.intersection([.r0]).union(callers.popLast() ?? [])
      return
    case .tailCall(_?): self = AddressParts()
    case .call, .tailCall: registers.subtract(Self.scratch)
    case .memory(let access) where access.new != nil: store(step, access)
    default: break
    }
    guard let register = step.instruction.writtenRegister else { return }
    if isMade(by: step) { registers.insert(register) } else { registers.remove(register) }
  }

  private static let saved: Set<Register> = [.r6, .r7, .r8, .r9]
  private static let scratch: Set<Register> = [.r0, .r1, .r2, .r3, .r4, .r5]

  private mutating func store(_ step: TraceStep, _ access: TraceAccess) {
    let bytes = access.address..<access.address &+ UInt64(access.byteCount)
    var isAddress = false
    if case .store(_, .register(let source), _) = step.instruction {
      isAddress = contains(source) || step.input(source)?.place != nil
    }
    if isAddress { memory.formUnion(bytes) } else { memory.subtract(bytes) }
  }

  /// Whether the step's result is such a number.
  private func isMade(by step: TraceStep) -> Bool {
    guard step.change?.new?.place == nil else { return false }
    func part(_ register: Register) -> Bool { contains(register) || step.input(register)?.place != nil }
    switch step.instruction {
    case .alu(.mov, _, _, .register(let source)): return part(source)
    case .alu(.mov, _, _, .immediate), .loadImmediate: return false
    case .alu(.sub, _, let register, .register(let other)): return part(register) != part(other)
    case .alu(_, _, let register, .register(let other)): return part(register) || part(other)
    case .alu(_, _, let register, .immediate), .negate(_, let register), .swap(_, _, let register):
      return part(register)
    case .moveSignExtending(_, _, _, let source): return part(source)
    default:
      guard case .memory(let access) = step.effect, access.new == nil else { return false }
      return memory.contains(access.address)
    }
  }
}
