import BPF
import Emulation
import Testing

@testable import BPFJIT

/// Instructions in a row that generators may make fewer of.
@Suite struct `Instructions in a row` {
  /// The registers that compilers use for them, the address' own among them.
  private static let registers: [(Register, Register)] = [(.r2, .r3), (.r0, .r1), (.r8, .r9), (.r4, .r9)]

  @Test(arguments: TestedProcessor.all, registers)
  func `that load two bytes and join them give both`(
    tested: TestedProcessor,
    registers: (low: Register, high: Register)
  ) throws {
    for width in Width.allCases {
      let snippets = try Snippets(
        [
          .alu(.mov, .doubleWord, .r9, .register(.r1)), .alu(.mov, .doubleWord, .r7, .register(.r1)),
          .alu(.mov, .doubleWord, registers.low, .immediate(-1)),
          .load(.byte, registers.low, from: Address(.r9, 2)),
          .load(.byte, registers.high, from: Address(.r9, 3)),
          .alu(.lsh, width, registers.high, .immediate(8)),
          .alu(.or, width, registers.high, .register(registers.low)),
          .store(.doubleWord, .register(registers.low), to: Address(.r7, 8)),
          .store(.doubleWord, .register(registers.high), to: Address(.r7, 16)),
          .alu(.mov, .doubleWord, .r0, .immediate(0)), .exit,
        ],
        on: tested.processor
      )
      var memory: [UInt8] = [1, 2, 0xF3, 0x94, 5, 6, 7, 8] + [UInt8](repeating: 0, count: 16)
      snippets.run(&memory)
      #expect(memory[8...] == [0xF3, 0, 0, 0, 0, 0, 0, 0, 0xF3, 0x94, 0, 0, 0, 0, 0, 0])
    }
  }

  @Test(arguments: TestedProcessor.all, [Int32(0), 1, -1, 127, 128, -128, -129, .max, .min])
  func `that copy and add give the sum`(tested: TestedProcessor, number: Int32) throws {
    for (target, origin) in [(Register.r3, Register.r2), (.r0, .r9), (.r9, .r8), (.r5, .r7)] {
      for other in [origin, .r4, target] {
        let snippets = try Snippets(
          [
            .loadImmediate(.r4, .value(0xFFFF_FFFF_0000_0010)),
            .loadImmediate(target, .value(0x1234_5678_9ABC_DEF0)),
            .alu(.mov, .doubleWord, origin, .immediate(3)),
            .alu(.mov, .doubleWord, target, .register(origin)),
            .alu(.add, .doubleWord, target, .immediate(number)),
            .store(.doubleWord, .register(target), to: Address(.r1, 0)),
            .alu(.mov, .doubleWord, target, .register(origin)),
            .alu(.add, .doubleWord, target, .register(other)),
            .store(.doubleWord, .register(target), to: Address(.r1, 8)),
            .alu(.mov, .doubleWord, .r0, .immediate(0)), .exit,
          ],
          on: tested.processor
        )
        var memory = [UInt8](repeating: 0, count: 16)
        let start: UInt64 = 3
        snippets.run(&memory)
        let added: UInt64 = other == .r4 ? 0xFFFF_FFFF_0000_0010 : start
        #expect(memory[word: 0] == start &+ UInt64(bitPattern: Int64(number)), "\(target), \(origin)")
        #expect(memory[word: 8] == start &+ added, "\(target), \(origin), \(other)")
      }
    }
  }
}
