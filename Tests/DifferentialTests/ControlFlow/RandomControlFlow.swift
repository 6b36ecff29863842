import BPF
import TestSupport

/// A random program of two functions with jumps in all directions; most are well-formed.
///
/// Its first instruction reads what was never written, so that the kernel refuses it once it has told what it makes of
/// the control flow.
struct RandomControlFlow {
  /// Helpers by number, and how many arguments they take.
  static let helpers: [UInt32: Int] = [5: 0, 1: 2, 2: 4, 6: 2, 25: 5]

  private(set) var instructions: [Instruction] = []
  private var random: SplitMix

  init(seed: UInt64) {
    random = SplitMix(seed: seed)
    let counts = [Int.random(in: 4...24, using: &random), Int.random(in: 3...12, using: &random)]
    instructions = [.alu(.mov, .doubleWord, .r0, .register(.r9)), .call(.local(offset: 0))]
    for (index, count) in counts.enumerated() {
      let start = index == 0 ? 0 : instructions.count
      let end = instructions.count + count
      while instructions.count < end - 1 { instructions.append(instruction(start..<end)) }
      instructions.append(random.pick([.exit, .exit, .jump(offset: offset(within: start..<end))]))
    }
    let first = 2 + counts[0]
    instructions[1] = .call(.local(offset: Int32(slot(of: first) - 2)))
    retarget()
  }

  /// Jumps count instructions until here; now they count slots, and lead into a 64-bit immediate at times.
  private mutating func retarget() {
    let miss = Int.random(in: 0..<200, using: &random) == 0 ? 1 : 0
    for index in instructions.indices {
      guard let offset = instructions[index].offset else { continue }
      let target = min(max(index + 1 + offset, 0), instructions.count)
      let distance = slot(of: target) - slot(of: index) - 1 + miss
      instructions[index] = instructions[index].jumping(distance)
    }
  }

  private func slot(of index: Int) -> Int { instructions[..<index].reduce(0) { $0 + $1.slotCount } }

  private mutating func offset(within range: Range<Int>) -> Int16 {
    Int16(Int.random(in: range, using: &random) - instructions.count - 1)
  }

  private mutating func register() -> Register { random.pick(Array(Register.allCases.dropLast())) }

  private mutating func operand() -> Operand {
    random.pick([.register(register()), .immediate(Int32.random(in: -4...4, using: &random))])
  }

  private mutating func address() -> Address { Address(random.pick([.r10, register()]), -8) }

  private mutating func instruction(_ range: Range<Int>) -> Instruction {
    let width = random.pick(Width.allCases)
    switch Int.random(in: 0..<40, using: &random) {
    case 0..<10:
      return .branch(
        random.pick(Comparison.allCases),
        width,
        register(),
        operand(),
        offset: offset(within: range)
      )
    case 10: return .jump(offset: offset(within: range))
    case 11: return .mayGoto(offset: offset(within: range))
    case 12...13: return .call(.helper(random.pick(Self.helpers.keys.sorted())))
    case 14: return .exit
    case 15...18: return .alu(.mov, width, register(), operand())
    case 19: return .negate(width, register())
    case 20: return .swap(random.pick(ByteSwap.allCases), .word, register())
    case 21: return .moveSignExtending(.byte, width, register(), from: register())
    case 22...24: return .load(random.pick(Size.allCases), register(), from: address())
    case 25...27: return .store(random.pick(Size.allCases), operand(), to: address())
    case 28:
      let operation = random.pick([
        AtomicOperation.add(fetch: false), .add(fetch: true), .xor(fetch: true), .exchange, .compareExchange,
      ])
      return .atomic(operation, width, register(), at: address())
    case 29: return .loadAcquire(.doubleWord, register(), from: address())
    case 30: return .storeRelease(.word, register(), to: address())
    case 31: return .loadSignExtending(.half, register(), from: address())
    case 32...33: return .loadImmediate(register(), .value(1 << 40))
    default: return .alu(random.pick([.add, .sub, .mul, .and, .xor, .div]), width, register(), operand())
    }
  }
}

extension Instruction {
  fileprivate var offset: Int? {
    switch self {
    case .jump(let offset), .mayGoto(let offset), .branch(_, _, _, _, let offset): Int(offset)
    default: nil
    }
  }

  fileprivate func jumping(_ offset: Int) -> Instruction {
    switch self {
    case .mayGoto: .mayGoto(offset: Int16(offset))
    case .branch(let comparison, let width, let register, let operand, _):
      .branch(comparison, width, register, operand, offset: Int16(offset))
    default: .jump(offset: Int16(offset))
    }
  }
}
