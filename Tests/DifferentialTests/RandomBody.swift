import BPF
import TestSupport

/// One function of a `RandomObject`.
///
/// Numbers are in `r0` to `r5` and in those of `r6` to `r9` that hold nothing else; every block of code finds all of them
/// set and leaves them so. Calls carry the number of the function that they call until the object puts in the distance.
struct RandomBody {
  /// What a function is called with.
  enum Role: CaseIterable {
    /// A program: the context.
    case main
    /// Five numbers.
    case numbers
    /// The address of 64 bytes, and four numbers.
    case memory
    /// The context, and four numbers.
    case context
    /// By `bpf_loop`: a number, and the address of 64 bytes.
    case callback
    /// By `bpf_for_each_map_elem`: a map, a key of 8 bytes, a value of 16, and the address of 64 bytes.
    case element

    var takesContext: Bool { self == .main || self == .context }
    var isCalledBack: Bool { self == .callback || self == .element }
  }

  /// Numbers on the stack, eight bytes each; below them a key, a value, and a loop's count.
  static let words = 8, key: Int16 = -72, value: Int16 = -88, count: Int16 = -96

  var random: SplitMix
  let role: Role
  let callees: [(function: Int, role: Role)]
  let scope: RandomObject.Scope
  /// Where the context is, and the address that came in; nil where there is none.
  let context: Register?, memory: Register?
  /// A register for what a block needs.
  let spare: Register
  /// All that hold numbers.
  let numbers: [Register]
  /// Whether the code at hand is within a loop.
  var isLooping = false
  /// Code within code, how deep.
  var depth = 0

  init(random: SplitMix, role: Role, callees: [(function: Int, role: Role)], scope: RandomObject.Scope) {
    self.random = random
    self.role = role
    self.callees = callees
    self.scope = scope
    var saved: [Register] = [.r6, .r7, .r8, .r9].shuffled(using: &self.random)
    context = role.takesContext ? saved.removeLast() : nil
    memory = role.isCalledBack || role == .memory ? saved.removeLast() : nil
    spare = saved.removeLast()
    // Some functions use few registers, so that others have nothing to save.
    saved.removeLast(Int.random(in: 0...saved.count, using: &self.random))
    numbers = [.r0, .r1, .r2, .r3, .r4, .r5] + saved
  }

  /// The whole function, with so many blocks.
  mutating func code(_ blocks: Int) -> [Instruction] {
    var code = entry()
    for index in 0..<Self.words {
      let place = Address(.r10, Int16(-8 * index - 8))
      code.append(.store(.doubleWord, .register(numbers[index % numbers.count]), to: place))
    }
    for _ in 0..<blocks { code += block() }
    return code + exit()
  }

  private mutating func entry() -> [Instruction] {
    var code: [Instruction] = []
    if let context { code.append(.alu(.mov, .doubleWord, context, .register(.r1))) }
    if let memory {
      code.append(
        .alu(.mov, .doubleWord, memory, .register(role == .callback ? .r2 : role == .element ? .r4 : .r1))
      )
    }
    var set: [Register] = []
    switch role {
    case .main:
      code += [.load(.word, .r0, from: Address(.r1, 12)), .load(.word, .r2, from: Address(.r1, 16))]
      code += [
        .loadImmediate(.r3, .mapValue(index: 11, offset: 24)), .load(.doubleWord, .r4, from: Address(.r3)),
      ]
      code += [
        .load(.doubleWord, .r5, from: Address(.r3, 8)), .load(.doubleWord, .r3, from: Address(.r3, 16)),
      ]
      set = [.r0, .r2, .r3, .r4, .r5]
    case .numbers: set = [.r1, .r2, .r3, .r4, .r5]
    case .memory, .context: set = [.r2, .r3, .r4, .r5]
    case .callback: set = [.r1]
    case .element:
      code += [.load(.doubleWord, .r0, from: Address(.r2)), .load(.word, .r5, from: Address(.r3, 4))]
      code += [
        .load(.doubleWord, .r1, from: Address(.r3, 8)),
        .store(.doubleWord, .register(.r0), to: Address(.r3, 8)),
      ]
      set = [.r0, .r1, .r5]
    }
    for register in numbers where !set.contains(register) {
      if let memory, Bool.random(using: &random) {
        code.append(.load(.doubleWord, register, from: Address(memory, random.pick([0, 8, 16, 24, 56]))))
      } else {
        code.append(.alu(.mov, .doubleWord, register, .register(random.pick(set))))
      }
      set.append(register)
    }
    return code
  }

  private mutating func exit() -> [Instruction] {
    if role.isCalledBack {
      return [.alu(.and, .doubleWord, .r0, .immediate(random.pick([0, 0, 1]))), .exit]
    }
    var code: [Instruction] = []
    for register in numbers.dropFirst() {
      code.append(.alu(random.pick([.xor, .add, .mul]), .doubleWord, .r0, .register(register)))
    }
    guard role == .main else { return code + [.exit] }
    code += [
      .loadImmediate(.r1, .mapValue(index: 11, offset: 72)),
      .atomic(.xor(fetch: false), .doubleWord, .r0, at: Address(.r1, 8)),
    ]
    if Bool.random(using: &random) { code.append(.alu(.and, .word, .r0, .immediate(7))) }
    return code + [.exit]
  }

  // MARK: Blocks

  mutating func block() -> [Instruction] {
    switch Int.random(in: 0..<24, using: &random) {
    case 0...2: return branch()
    case 3: return loop()
    case 4, 5: return localCall()
    case 6: return calledBack()
    case 7: return lookUp()
    case 8: return mapChange()
    case 9: return context == nil ? step() : packet()
    case 10: return context == nil ? lookUp() : contextHelper()
    case 11: return tailCall()
    case 12: return plainHelper()
    case 13: return nestedMap()
    default: return (0..<3).flatMap { _ in step() }
    }
  }

  private mutating func nested(_ count: ClosedRange<Int>) -> [Instruction] {
    depth += 1
    defer { depth -= 1 }
    return (0..<Int.random(in: count, using: &random)).flatMap { _ in depth > 2 ? step() : block() }
  }

  private mutating func branch() -> [Instruction] {
    let body = nested(1...(depth == 0 ? 4 : 2)), length = slots(body)
    guard length < 30_000 else { return [] }
    let skip = Instruction.branch(
      random.pick(Comparison.allCases),
      random.pick(Width.allCases),
      register(),
      operand(),
      offset: Int16(length)
    )
    guard Bool.random(using: &random), depth < 2 else { return [skip] + body }
    let other = nested(1...2)
    let over: Instruction =
      Bool.random(using: &random)
      ? .jump(offset: Int16(slots(other))) : .jumpLong(offset: Int32(slots(other)))
    let first = Instruction.branch(
      random.pick(Comparison.allCases),
      random.pick(Width.allCases),
      register(),
      operand(),
      offset: Int16(length + 1)
    )
    return [first] + body + [over] + other
  }

  /// A loop that counts on the stack, with `may_goto` or without.
  private mutating func loop() -> [Instruction] {
    guard !isLooping else { return step() }
    isLooping = true
    defer { isLooping = false }
    let body = nested(1...2), place = Address(.r10, Self.count), length = slots(body)
    guard length < 20_000 else { return [] }
    let rounds = Int32.random(in: 1...5, using: &random)
    let counting: [Instruction] = [
      .load(.doubleWord, spare, from: place), .alu(.add, .doubleWord, spare, .immediate(1)),
      .store(.doubleWord, .register(spare), to: place),
    ]
    let start: [Instruction] = [.store(.doubleWord, .immediate(0), to: place)]
    if Bool.random(using: &random) {
      return start + [.mayGoto(offset: Int16(length + 4))] + body + counting
        + [.branch(.lt, .doubleWord, spare, .immediate(rounds), offset: Int16(-length - 5))]
    }
    return start + body + counting
      + [.branch(.lt, .doubleWord, spare, .immediate(rounds), offset: Int16(-length - 4))]
  }

  // MARK: Steps

  mutating func step() -> [Instruction] {
    let instruction = instruction()
    guard !scope.contains(.kernelFaults), case .atomic(.compareExchange, .word, _, _) = instruction else {
      return [instruction]
    }
    return [instruction, .alu(.mov, .word, .r0, .register(.r0))]
  }

  private mutating func instruction() -> Instruction {
    switch Int.random(in: 0..<18, using: &random) {
    case 0: .negate(random.pick(Width.allCases), register())
    case 1: .swap(random.pick(ByteSwap.allCases), random.pick([.half, .word, .doubleWord]), register())
    case 2: .moveSignExtending(random.pick([.byte, .half]), .word, register(), from: register())
    case 3: .moveSignExtending(random.pick([.byte, .half, .word]), .doubleWord, register(), from: register())
    case 4: .loadImmediate(register(), .value(number()))
    case 5, 6: stackLoad()
    case 7, 8: .store(random.pick(Size.allCases), operand(), to: stack(random.pick(Size.allCases)))
    case 9: memoryStep()
    case 10:
      scope.contains(.kernelFaults)
        ? atomic(register(), at: Address(.r10, random.pick([-8, -32, -64]))) : arithmetic()
    default: arithmetic()
    }
  }

  private mutating func memoryStep() -> Instruction {
    guard let memory else { return arithmetic() }
    let at = Address(memory, random.pick([0, 8, 16, 40, 56]))
    return switch Int.random(in: 0..<3, using: &random) {
    case 0: .load(random.pick(Size.allCases), register(), from: at)
    case 1: .store(random.pick(Size.allCases), operand(), to: at)
    default: scope.contains(.kernelFaults) ? atomic(register(), at: at) : .load(.word, register(), from: at)
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

  mutating func atomic(_ source: Register, at address: Address) -> Instruction {
    let width = random.pick(Width.allCases), fetch = Bool.random(using: &random)
    let size: Size = width == .word ? .word : .doubleWord
    return switch Int.random(in: 0..<8, using: &random) {
    case 0: .atomic(.add(fetch: fetch), width, source, at: address)
    case 1: .atomic(.or(fetch: fetch), width, source, at: address)
    case 2: .atomic(.and(fetch: fetch), width, source, at: address)
    case 3: .atomic(.xor(fetch: fetch), width, source, at: address)
    case 4: .atomic(.exchange, width, source, at: address)
    case 5: .atomic(.compareExchange, width, source, at: address)
    case 6: .loadAcquire(size, source, from: address)
    default: .storeRelease(size, source, to: address)
    }
  }

  private mutating func stackLoad() -> Instruction {
    let size = random.pick(Size.allCases)
    guard size != .doubleWord, Bool.random(using: &random) else {
      return .load(size, register(), from: stack(size))
    }
    return .loadSignExtending(size, register(), from: stack(size))
  }

  private mutating func stack(_ size: Size) -> Address {
    let count = 8 * Self.words / 8
    return Address(.r10, Int16(-8 * Int.random(in: 1...count, using: &random)))
  }

  // MARK: Parts

  func slots(_ code: [Instruction]) -> Int { code.reduce(0) { $0 + $1.slotCount } }

  /// The address of a place in the frame.
  func place(_ register: Register, _ offset: Int16) -> [Instruction] {
    [
      .alu(.mov, .doubleWord, register, .register(.r10)),
      .alu(.add, .doubleWord, register, .immediate(Int32(offset))),
    ]
  }

  /// Writes a key of few.
  mutating func key(wide: Bool) -> [Instruction] {
    let number = register()
    if Int.random(in: 0..<4, using: &random) == 0 {
      let constant = Int32.random(in: 0...8, using: &random)
      return [.store(wide ? .doubleWord : .word, .immediate(constant), to: Address(.r10, Self.key))]
    }
    return [
      .alu(.mov, .doubleWord, spare, .register(number)), .alu(.and, .doubleWord, spare, .immediate(7)),
      .store(wide ? .doubleWord : .word, .register(spare), to: Address(.r10, Self.key)),
    ]
  }

  mutating func value() -> [Instruction] {
    [
      .store(.doubleWord, .register(register()), to: Address(.r10, Self.value)),
      .store(.doubleWord, .register(register()), to: Address(.r10, Self.value + 8)),
    ]
  }

  /// Puts numbers into what a call has lost.
  mutating func refill(keepingResult: Bool = false) -> [Instruction] {
    var code = keepingResult ? [] : [load(.r0)]
    for register in [Register.r1, .r2, .r3, .r4, .r5] { code.append(load(register)) }
    return code
  }

  private mutating func load(_ register: Register) -> Instruction {
    .load(
      .doubleWord,
      register,
      from: Address(.r10, Int16(-8 * Int.random(in: 1...Self.words, using: &random)))
    )
  }

  mutating func register() -> Register { random.pick(numbers) }

  mutating func operand() -> Operand {
    Bool.random(using: &random) ? .register(register()) : .immediate(Int32(truncatingIfNeeded: number()))
  }

  /// A number near a boundary more often than not.
  mutating func number() -> UInt64 {
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
}
