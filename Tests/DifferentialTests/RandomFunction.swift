import BPF
import TestSupport

/// A function that Linux's verifier accepts, of random instructions on random numbers.
///
/// `r0` to `r7` are loaded from the memory, worked on, and stored back; `r9` is the memory, `r8` the address or number of
/// a moment. So that the verifier, and a compiler, can know little of them, numbers come from the memory only.
struct RandomFunction {
  /// What the memory is.
  enum Ground: CaseIterable, Sendable {
    /// A value of a map, which the function is called with.
    case value
    /// The first bytes of the packet whose context a program is called with.
    case packet
  }

  /// How much memory it takes: eight registers, then bytes to work on.
  static let memoryByteCount = 128
  static let registers = Register.allCases.prefix(8).map { $0 }
  static let scratch = 64
  /// Stack bytes, all of them written at the start.
  static let stackByteCount = 64
  /// What the memory is.
  let ground: Ground
  var random: SplitMix

  /// The function that belongs to a seed.
  init(seed: UInt64, on ground: Ground = .value) {
    random = SplitMix(seed: seed)
    self.ground = ground
  }

  /// Its code.
  mutating func code() -> [Instruction] {
    var code = entry + Self.registers.map { Self.load($0) }
    for (index, register) in Self.registers.enumerated() {
      code.append(.store(.doubleWord, .register(register), to: Address(.r10, Int16(-8 * index - 8))))
    }
    for _ in 0..<20 { code += block() }
    for register in Self.registers {
      code.append(.store(.doubleWord, .register(register), to: Address(.r9, Int16(register.rawValue) * 8)))
    }
    return code + [.exit]
  }

  /// Lets `r9` point to the memory, of which there is enough from there on.
  private var entry: [Instruction] {
    switch ground {
    case .value: [.alu(.mov, .doubleWord, .r9, .register(.r1))]
    case .packet:
      [
        .load(.word, .r9, from: Address(.r1)), .load(.word, .r8, from: Address(.r1, 4)),
        .alu(.mov, .doubleWord, .r2, .register(.r9)),
        .alu(.add, .doubleWord, .r2, .immediate(Int32(Self.memoryByteCount))),
        .branch(.le, .doubleWord, .r2, .register(.r8), offset: 2),
        .alu(.mov, .doubleWord, .r0, .immediate(0)), .exit,
      ]
    }
  }

  /// Reads a register's number from its place.
  static func load(_ register: Register) -> Instruction {
    .load(.doubleWord, register, from: Address(.r9, Int16(register.rawValue) * 8))
  }

  /// A step, or a branch over some.
  private mutating func block() -> [Instruction] {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: break
    case 1: return variableAccess()
    case 2: return helperCall()
    default: return step()
    }
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

  /// A read or a write at a place that only the numbers decide.
  private mutating func variableAccess() -> [Instruction] {
    let size = size(), place = Address(.r8, Int16(Self.scratch) + Int16.random(in: 0...16, using: &random))
    var code: [Instruction] = [.alu(.mov, .doubleWord, .r8, .register(register()))]
    switch ground {
    case .value:
      code += [.alu(.and, .doubleWord, .r8, .immediate(31)), .alu(.add, .doubleWord, .r8, .register(.r9))]
    case .packet: code += [.alu(.mov, .doubleWord, .r8, .register(.r9))]
    }
    switch Int.random(in: 0..<3, using: &random) {
    case 0: code.append(.store(size, operand(), to: place))
    case 1: code.append(.load(size, register(), from: place))
    default: code.append(.loadSignExtending(random.pick([.byte, .half, .word]), register(), from: place))
    }
    return code
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
    case 8, 9: ground == .value ? atomic() : arithmetic()
    case 10: stackLoad()
    case 11: stackStore()
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
    let place = Int16.random(in: 0..<7, using: &random) * 8 + (width == .word ? random.pick([0, 4]) : 0)
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

  private mutating func stackLoad() -> Instruction {
    let size = size()
    guard size != .doubleWord, Bool.random(using: &random) else {
      return .load(size, register(), from: stack(size))
    }
    return .loadSignExtending(size, register(), from: stack(size))
  }

  private mutating func stackStore() -> Instruction {
    let size = size()
    return .store(size, operand(), to: stack(size))
  }

  /// A place on the stack, in its natural alignment: Linux knows no other there.
  private mutating func stack(_ size: Size) -> Address {
    let count = Self.stackByteCount / size.byteCount
    return Address(.r10, Int16(-size.byteCount * Int.random(in: 1...count, using: &random)))
  }

  mutating func register() -> Register { random.pick(Self.registers) }
  private mutating func size() -> Size { random.pick(Size.allCases) }

  /// Any place in the scratch bytes, aligned or not.
  private mutating func memory() -> Address {
    Address(.r9, Int16.random(in: Int16(Self.scratch)...Int16(Self.memoryByteCount - 8), using: &random))
  }

  mutating func operand() -> Operand {
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
