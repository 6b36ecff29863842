import BPF
import TestSupport

/// A function that Linux's verifier accepts, of random instructions on random numbers.
///
/// `r0` to `r8` are loaded from the memory, worked on, and stored back; `r9` is the memory. So that the verifier, and a
/// compiler, can know little of them, numbers come from the memory only.
struct RandomFunction {
  /// How much memory it takes: nine registers, then bytes to work on.
  static let memoryByteCount = 128
  private static let registers = Register.allCases.prefix(9).map { $0 }
  private static let scratch = 72
  private static let slots: [Int16] = [-8, -16, -24, -32]
  private var random: SplitMix

  /// The function that belongs to a seed.
  init(seed: UInt64) { random = SplitMix(seed: seed) }

  /// Its code.
  mutating func code() -> [Instruction] {
    var code: [Instruction] = [.alu(.mov, .doubleWord, .r9, .register(.r1))]
    for register in Self.registers {
      code.append(.load(.doubleWord, register, from: Address(.r9, Int16(register.rawValue) * 8)))
    }
    for (slot, register) in zip(Self.slots, Self.registers) {
      code.append(.store(.doubleWord, .register(register), to: Address(.r10, slot)))
    }
    for _ in 0..<20 { code += block() }
    for register in Self.registers {
      code.append(.store(.doubleWord, .register(register), to: Address(.r9, Int16(register.rawValue) * 8)))
    }
    return code + [.exit]
  }

  /// A step, or a branch over some.
  private mutating func block() -> [Instruction] {
    guard Int.random(in: 0..<5, using: &random) == 0 else { return step() }
    let body = (0..<Int.random(in: 1...3, using: &random)).flatMap { _ in step() }
    let offset = body.reduce(0) { $0 + $1.slotCount }
    let branch = Instruction.branch(
      random.pick(Comparison.allCases),
      random.pick(Width.allCases),
      register(),
      operand(),
      offset: Int16(offset)
    )
    return [branch] + body
  }

  /// One instruction, and the one that keeps a fault of Linux 6.18's verifier out of the way.
  ///
  /// It leaves out the zero extension of `r0` after a 32-bit compare-and-exchange when only a path that it has seen
  /// before reads the upper half: a 32-bit move puts it in.
  private mutating func step() -> [Instruction] {
    let instruction = instruction()
    guard case .atomic(.compareExchange, .word, _, _) = instruction else { return [instruction] }
    return [instruction, .alu(.mov, .word, .r0, .register(.r0))]
  }

  private mutating func instruction() -> Instruction {
    switch Int.random(in: 0..<16, using: &random) {
    case 0: .negate(random.pick(Width.allCases), register())
    case 1: .swap(random.pick(ByteSwap.allCases), random.pick([.half, .word, .doubleWord]), register())
    case 2: .moveSignExtending(random.pick([.byte, .half]), .word, register(), from: register())
    case 3:
      .moveSignExtending(random.pick([.byte, .half, .word]), .doubleWord, register(), from: register())
    case 4: .loadImmediate(register(), .value(number()))
    case 5: .load(size(), register(), from: memory())
    case 6: .loadSignExtending(random.pick([.byte, .half, .word]), register(), from: memory())
    case 7: .store(size(), operand(), to: memory())
    case 8, 9: atomic()
    case 10: .load(.doubleWord, register(), from: Address(.r10, random.pick(Self.slots)))
    case 11: .store(.doubleWord, .register(register()), to: Address(.r10, random.pick(Self.slots)))
    default: arithmetic()
    }
  }

  private mutating func arithmetic() -> Instruction {
    let operation = random.pick(ALU.allCases), width = random.pick(Width.allCases)
    var operand = operand()
    if case .immediate(let value) = operand {
      switch operation {
      case .lsh, .rsh, .arsh: operand = .immediate(value & Int32(width.bitCount - 1))
      case .div, .sdiv, .mod, .smod: operand = .immediate(value == 0 ? -1 : value)
      default: break
      }
    }
    return .alu(operation, width, register(), operand)
  }

  /// An atomic operation on the memory, in its natural alignment.
  ///
  /// None on the stack: Linux 6.18's verifier does not trace precision through a fetch from a slot, forgets what a branch
  /// on the fetched value relied on, and then cuts off code that does run.
  private mutating func atomic() -> Instruction {
    let width = random.pick(Width.allCases), fetch = Bool.random(using: &random)
    let place = Int16.random(in: 0..<6, using: &random) * 8 + (width == .word ? random.pick([0, 4]) : 0)
    let address = Address(.r9, Int16(Self.scratch) + place)
    let size: Size = width == .word ? .word : .doubleWord
    return switch Int.random(in: 0..<8, using: &random) {
    case 0: .atomic(.add(fetch: fetch), width, register(), at: address)
    case 1: .atomic(.or(fetch: fetch), width, register(), at: address)
    case 2: .atomic(.and(fetch: fetch), width, register(), at: address)
    case 3: .atomic(.xor(fetch: fetch), width, register(), at: address)
    case 4: .atomic(.exchange, width, register(), at: address)
    case 5: .atomic(.compareExchange, width, register(), at: address)
    case 6: .loadAcquire(size, register(), from: address)
    default: .storeRelease(size, register(), to: address)
    }
  }

  private mutating func register() -> Register { random.pick(Self.registers) }
  private mutating func size() -> Size { random.pick(Size.allCases) }

  /// Any place in the scratch bytes, aligned or not.
  private mutating func memory() -> Address {
    Address(.r9, Int16.random(in: Int16(Self.scratch)...Int16(Self.memoryByteCount - 8), using: &random))
  }

  private mutating func operand() -> Operand {
    Bool.random(using: &random) ? .register(register()) : .immediate(Int32(truncatingIfNeeded: number()))
  }

  /// A number near a boundary more often than not.
  private mutating func number() -> UInt64 {
    let edges: [UInt64] = [
      0, 1, 2, 31, 32, 63, 64, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 1 << 31, 1 << 32, 1 << 63,
    ]
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return random.next()
    case 1: return random.pick(edges) &- 1
    case 2: return ~random.pick(edges)
    default: return random.pick(edges)
    }
  }

  /// Memory whose numbers are near boundaries more often than not.
  mutating func memory(_ byteCount: Int = memoryByteCount) -> [UInt8] {
    (0..<(byteCount / 8)).flatMap { _ -> [UInt8] in
      let number = number()
      return (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }
  }
}
