import BPF
import BPFVerifier
import TestSupport

/// A program of random arithmetic and branches on numbers that come out of a map's value, for the verifier's log.
///
/// It works on `r6`, `r7` and `r8`; `r0` is the value. Every branch goes to an exit of its own.
struct ScalarProgram {
  private static let registers: [Register] = [.r6, .r7, .r8]

  /// The map whose only value the numbers come from.
  static let maps = [MapDefinition(name: "numbers", type: .array, keySize: 4, valueSize: 64, maxEntries: 1)]

  private var random: SplitMix
  private(set) var code: [Instruction] = []

  /// The program that belongs to a seed.
  init(seed: UInt64) {
    random = SplitMix(seed: seed)
    code = [
      .store(.word, .immediate(0), to: Address(.r10, -4)), .alu(.mov, .doubleWord, .r2, .register(.r10)),
      .alu(.add, .doubleWord, .r2, .immediate(-4)), .loadImmediate(.r1, .map(index: 0)), .call(.helper(1)),
      .branch(.ne, .doubleWord, .r0, .immediate(0), offset: 1), .exit,
    ]
    for register in Self.registers { code.append(load(register)) }
    for _ in 0..<16 { step() }
    finish()
  }

  /// Gives every branch its exit.
  private mutating func finish() {
    code += [.alu(.mov, .doubleWord, .r0, .immediate(2)), .exit]
    var slots: [Int] = [], slot = 0
    for instruction in code {
      slots.append(slot)
      slot += instruction.slotCount
    }
    for (index, instruction) in code.enumerated() {
      guard case .branch(let comparison, let width, let register, let operand, -1) = instruction else {
        continue
      }
      code[index] = .branch(comparison, width, register, operand, offset: Int16(slot - slots[index] - 1))
      code += [.alu(.mov, .doubleWord, .r0, .immediate(2)), .exit]
      slot += 2
    }
  }

  private mutating func step() {
    let register = random.pick(Self.registers)
    let other = random.pick(Self.registers.filter { $0 != register })
    switch random.next() % 20 {
    case 0: code.append(load(register))
    case 1: code.append(.loadImmediate(register, .value(number())))
    case 2: code.append(.negate(random.pick(Width.allCases), register))
    case 3:
      code.append(.swap(random.pick(ByteSwap.allCases), random.pick([.half, .word, .doubleWord]), register))
    case 4:
      // The two would be linked, so that a branch on one narrows the other: the source is loaded anew.
      let width = random.pick(Width.allCases)
      let size = random.pick(width == .word ? [Size.byte, .half] : [.byte, .half, .word])
      code += [.moveSignExtending(size, width, register, from: other), load(other)]
    case 5:
      code += [.alu(.mov, random.pick(Width.allCases), register, .register(other)), load(other)]
    case 6: code.append(.alu(.mov, random.pick(Width.allCases), register, .immediate(immediate())))
    case 7..<13: arithmetic(register, other)
    default:
      code.append(
        .branch(
          random.pick(Comparison.allCases),
          random.pick(Width.allCases),
          register,
          random.next() % 3 == 0 ? .register(other) : .immediate(immediate()),
          offset: -1
        )
      )
    }
  }

  private mutating func arithmetic(_ register: Register, _ other: Register) {
    let operation = random.pick(ALU.allCases.filter { $0 != .mov }), width = random.pick(Width.allCases)
    var operand = random.next() % 3 == 0 ? Operand.register(other) : .immediate(immediate())
    switch operation {
    case .lsh, .rsh, .arsh:
      if case .immediate = operand {
        let counts = [0, 1, 7, 8, 16, 24, 31, 32, 48, 56, 63].filter { $0 < width.bitCount }
        operand = .immediate(Int32(random.pick(counts)))
      }
    case .div, .sdiv, .mod, .smod:
      // Of these Linux knows nothing: seldom is enough.
      if random.next() % 4 != 0 { return arithmetic(register, other) }
      if operand == .immediate(0) { operand = .immediate(3) }
    default: break
    }
    code.append(.alu(operation, width, register, operand))
  }

  private mutating func load(_ register: Register) -> Instruction {
    let address = Address(.r0, Int16(register.rawValue - 6) * 8)
    return random.next() % 4 == 0
      ? .loadSignExtending(random.pick([.byte, .half, .word]), register, from: address)
      : .load(random.pick([.byte, .half, .word, .doubleWord, .doubleWord]), register, from: address)
  }

  private mutating func number() -> UInt64 {
    switch random.next() % 3 {
    case 0: UInt64(truncatingIfNeeded: immediate())
    case 1: (1 << (random.next() % 64)) &+ UInt64(truncatingIfNeeded: Int.random(in: -2...2, using: &random))
    default: random.next() >> (random.next() % 64)
    }
  }

  private mutating func immediate() -> Int32 {
    switch random.next() % 4 {
    case 0: Int32.random(in: -3...20, using: &random)
    case 1: Int32(truncatingIfNeeded: 1 << (random.next() % 32)) &+ Int32.random(in: -2...2, using: &random)
    case 2: Int32(truncatingIfNeeded: random.next() >> (32 + random.next() % 32))
    default: Int32(truncatingIfNeeded: random.next())
    }
  }
}
