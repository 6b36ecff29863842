import BPF
import BPFRuntime
import Testing

@testable import BPFJIT

/// What machine code computes, for all registers at boundaries, beside what instructions are defined to compute.
@Suite(.enabled("there is a code generator for this processor") { CompiledProgram.isSupported })
struct `Arithmetic in machine code` {
  /// An instruction on two registers or one, and what it makes of their numbers.
  private struct Operation {
    var instruction: Instruction
    var expected: (UInt64, UInt64) -> UInt64
  }

  private static let general = Register.allCases.filter { $0 != .r10 }

  private static func alu(_ operation: ALU, _ width: Width, _ a: UInt64, _ b: UInt64) -> UInt64 {
    width == .doubleWord
      ? operation.evaluate(a, b)
      : UInt64(operation.evaluate(UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: b)))
  }

  private static func all(_ a: Register, _ b: Register) -> [Operation] {
    var operations: [Operation] = []
    for width in Width.allCases {
      for operation in ALU.allCases {
        operations.append(
          Operation(instruction: .alu(operation, width, a, .register(b))) { alu(operation, width, $0, $1) }
        )
      }
      for size in width == .word ? [Size.byte, .half] : [.byte, .half, .word] {
        operations.append(
          Operation(instruction: .moveSignExtending(size, width, a, from: b)) { _, b in
            let wide = size.signExtend(b)
            return width == .word ? wide & 0xFFFF_FFFF : wide
          }
        )
      }
    }
    return operations
  }

  private static func all(_ a: Register) -> [Operation] {
    var operations: [Operation] = []
    for width in Width.allCases {
      for operation in ALU.allCases {
        for value in Boundary.immediates {
          operations.append(
            Operation(instruction: .alu(operation, width, a, .immediate(value))) { first, _ in
              alu(operation, width, first, UInt64(bitPattern: Int64(value)))
            }
          )
        }
      }
      operations.append(
        Operation(instruction: .negate(width, a)) { first, _ in
          width == .word ? UInt64(0 &- UInt32(truncatingIfNeeded: first)) : 0 &- first
        }
      )
    }
    for swap in ByteSwap.allCases {
      for size in [Size.half, .word, .doubleWord] {
        operations.append(
          Operation(instruction: .swap(swap, size, a)) { first, _ in swap.evaluate(first, size) }
        )
      }
    }
    for number in Boundary.numbers {
      operations.append(Operation(instruction: .loadImmediate(a, .value(number))) { _, _ in number })
    }
    return operations
  }

  /// Code that loads both registers anew for each operation and keeps what it gives; and the other registers at the end.
  ///
  /// Memory: the two numbers, then ten registers, then a result for each operation.
  private static func code(_ operations: [Operation], _ a: Register, _ b: Register) -> [Instruction] {
    let base = [Register.r9, .r8, .r7].first { $0 != a && $0 != b } ?? .r9
    var code: [Instruction] = [.alu(.mov, .doubleWord, base, .register(.r1))]
    for register in general where register != base {
      code.append(.alu(.mov, .doubleWord, register, .immediate(1000 + Int32(register.rawValue))))
    }
    for (index, operation) in operations.enumerated() {
      code += [
        .load(.doubleWord, a, from: Address(base, 0)),
        .load(.doubleWord, b, from: Address(base, a == b ? 0 : 8)),
        operation.instruction, .store(.doubleWord, .register(a), to: Address(base, Int16(96 + 8 * index))),
      ]
    }
    for register in general where register != base {
      code.append(
        .store(.doubleWord, .register(register), to: Address(base, 16 + 8 * Int16(register.rawValue)))
      )
    }
    return code + [.alu(.mov, .doubleWord, .r0, .immediate(0)), .exit]
  }

  /// The first operation that computes something else, or changes a register that is none of its own.
  private static func difference(
    _ operations: [Operation],
    _ a: Register,
    _ b: Register,
    _ pairs: [(UInt64, UInt64)],
    on processor: any Processor
  ) throws -> String? {
    let snippets = try Snippets(code(operations, a, b), on: processor)
    let base = [Register.r9, .r8, .r7].first { $0 != a && $0 != b } ?? .r9
    var memory = [UInt8](repeating: 0, count: 96 + 8 * operations.count)
    for (x, y) in pairs {
      let y = a == b ? x : y
      memory[word: 0] = x
      memory[word: 8] = y
      snippets.run(&memory)
      for (index, operation) in operations.enumerated() {
        let seen = memory[word: 96 + 8 * index], expected = operation.expected(x, y)
        if seen != expected {
          return "\(operation.instruction) of \(x) and \(y): \(seen), not \(expected)"
        }
      }
      for register in general where register != base && register != a && register != b {
        let seen = memory[word: 16 + 8 * Int(register.rawValue)]
        if seen != 1000 + UInt64(register.rawValue) {
          return "\(register) is \(seen) after operations on \(a) and \(b)"
        }
      }
    }
    return nil
  }

  @Test(arguments: Snippets.processors.map(\.name))
  func `of two registers is as defined, and changes no other`(processor: String) throws {
    let chosen = try #require(Snippets.processors.first { $0.name == processor }).processor
    let pairs = Boundary.numbers.flatMap { a in Boundary.numbers.map { (a, $0) } }
    for (turn, a) in Self.general.enumerated() {
      for (other, b) in Self.general.enumerated() {
        // Each pair of registers takes every seventeenth pair of numbers, and together they take all of them.
        let some = stride(from: (turn * 10 + other) % 17, to: pairs.count, by: 17).map { pairs[$0] }
        let found = try Self.difference(Self.all(a, b), a, b, some, on: chosen)
        #expect(found == nil)
      }
    }
  }

  @Test(arguments: Snippets.processors.map(\.name))
  func `of a register and a number is as defined`(processor: String) throws {
    let chosen = try #require(Snippets.processors.first { $0.name == processor }).processor
    for a in Self.general {
      let b: Register = a == .r5 ? .r4 : .r5
      let some = Boundary.numbers.map { ($0, UInt64(77)) }
      #expect(try Self.difference(Self.all(a), a, b, some, on: chosen) == nil)
    }
  }

  /// Two bytes a branch: what it does, and what an unconditional jump over it leaves.
  private static func branches(
    _ a: Register,
    _ operand: Operand
  ) -> [(instruction: Instruction, holds: (UInt64, UInt64) -> Bool)] {
    Width.allCases.flatMap { width in
      Comparison.allCases.map { comparison in
        (
          .branch(comparison, width, a, operand, offset: 1),
          {
            width == .doubleWord
              ? comparison.holds($0, $1)
              : comparison.holds(UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $1))
          }
        )
      }
    }
  }

  private static func branchDifference(
    _ a: Register,
    _ b: Register,
    _ operands: [Operand],
    _ pairs: [(UInt64, UInt64)],
    on processor: any Processor
  ) throws -> String? {
    let base = [Register.r9, .r8, .r7].first { $0 != a && $0 != b } ?? .r9
    let all = operands.flatMap { operand in branches(a, operand).map { (operand, $0.instruction, $0.holds) } }
    var code: [Instruction] = [.alu(.mov, .doubleWord, base, .register(.r1))]
    code += [
      .load(.doubleWord, a, from: Address(base, 0)),
      .load(.doubleWord, b, from: Address(base, a == b ? 0 : 8)),
    ]
    for (index, branch) in all.enumerated() {
      let place = Address(base, Int16(16 + index))
      code += [.store(.byte, .immediate(1), to: place), branch.1, .store(.byte, .immediate(0), to: place)]
    }
    code += [.alu(.mov, .doubleWord, .r0, .immediate(0)), .exit]
    let snippets = try Snippets(code, on: processor)
    var memory = [UInt8](repeating: 0, count: 16 + all.count)
    for (x, y) in pairs {
      let y = a == b ? x : y
      memory[word: 0] = x
      memory[word: 8] = y
      snippets.run(&memory)
      for (index, branch) in all.enumerated() {
        let second = if case .immediate(let value) = branch.0 { UInt64(bitPattern: Int64(value)) } else { y }
        if memory[16 + index] != (branch.2(x, second) ? 1 : 0) {
          return "\(branch.1) with \(x) and \(second)"
        }
      }
    }
    return nil
  }

  @Test(arguments: Snippets.processors.map(\.name))
  func `decides branches as defined`(processor: String) throws {
    let chosen = try #require(Snippets.processors.first { $0.name == processor }).processor
    let pairs = Boundary.numbers.flatMap { a in Boundary.numbers.map { (a, $0) } }
    for (turn, a) in Self.general.enumerated() {
      for (other, b) in Self.general.enumerated() {
        let some = stride(from: (turn * 10 + other) % 17, to: pairs.count, by: 17).map { pairs[$0] }
        #expect(try Self.branchDifference(a, b, [.register(b)], some, on: chosen) == nil)
      }
      let immediates = Boundary.immediates.map { Operand.immediate($0) }
      let numbers = (Boundary.numbers + Boundary.immediates.map { UInt64(bitPattern: Int64($0)) }).map {
        ($0, UInt64(0))
      }
      #expect(try Self.branchDifference(a, a == .r5 ? .r4 : .r5, immediates, numbers, on: chosen) == nil)
    }
  }
}
