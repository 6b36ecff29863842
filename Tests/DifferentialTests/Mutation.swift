import BPF
import TestSupport

/// A program with a few instructions changed at random, as a hand slips: another size, register, constant or operation.
struct Mutation {
  private static let constants: [Int32] = [
    0, 1, -1, 2, 4, 8, 14, 64, 255, 256, 512, -8, -16, .max, .min, 0xFFFF,
  ]

  /// The program of a seed.
  static func of(_ program: Program, _ random: inout SplitMix) -> Program {
    var program = program
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let place = Int.random(in: program.instructions.indices, using: &random)
      program.instructions[place] = changed(program.instructions[place], &random)
    }
    return program
  }

  private static func changed(_ instruction: Instruction, _ random: inout SplitMix) -> Instruction {
    let register = random.pick(Register.allCases)
    let target = register == .r10 ? .r0 : register
    let operand: Operand =
      Bool.random(using: &random) ? .register(register) : .immediate(random.pick(constants))
    let shift = Int16(truncatingIfNeeded: random.pick(constants))
    switch instruction {
    case .alu(let operation, let width, let destination, let old):
      return random.pick([
        .alu(random.pick(ALU.allCases), width, destination, old),
        .alu(operation, width.other, destination, old), .alu(operation, width, destination, operand),
        .alu(operation, width, target, old),
      ])
    case .load(let size, let destination, let address):
      return random.pick([
        .load(random.pick(Size.allCases), destination, from: address),
        .load(size, destination, from: Address(address.base, address.offset &+ shift)),
        .load(size, destination, from: Address(register, address.offset)),
        .load(size, target, from: address),
      ])
    case .store(let size, let value, let address):
      return random.pick([
        .store(random.pick(Size.allCases), value, to: address),
        .store(size, value, to: Address(address.base, address.offset &+ shift)),
        .store(size, operand, to: address),
      ])
    case .branch(let comparison, let width, let left, let right, let offset):
      return random.pick([
        .branch(random.pick(Comparison.allCases), width, left, right, offset: offset),
        .branch(comparison, width.other, left, right, offset: offset),
        .branch(comparison, width, left, operand, offset: offset),
        .branch(comparison, width, register, right, offset: offset),
      ])
    case .call: return .alu(.mov, .doubleWord, .r0, .immediate(random.pick(constants)))
    default: return instruction
    }
  }
}

extension Width {
  fileprivate var other: Width { self == .word ? .doubleWord : .word }
}
