import BPF
import Emulation
import Testing

@testable import BPFJIT

/// A shift to the left and one back again: generators may make one instruction of them.
@Suite struct `Shifts to and fro` {
  @Test(arguments: TestedProcessor.all, [ALU.rsh, .arsh])
  func `extend what is left`(tested: TestedProcessor, operation: ALU) throws {
    for register in [Register.r0, .r5, .r6] {
      var code: [Instruction] = [.alu(.mov, .doubleWord, .r9, .register(.r1))]
      for count in Int32(0)..<64 {
        code += [
          .load(.doubleWord, register, from: Address(.r9)),
          .alu(.lsh, .doubleWord, register, .immediate(count)),
          .alu(operation, .doubleWord, register, .immediate(count)),
          .store(.doubleWord, .register(register), to: Address(.r9, Int16(8 + 8 * count))),
        ]
      }
      let snippets = try Snippets(
        code + [.alu(.mov, .doubleWord, .r0, .immediate(0)), .exit],
        on: tested.processor
      )
      for number in Boundary.numbers {
        var memory = [UInt8](repeating: 0, count: 8 * 65)
        memory[word: 0] = number
        snippets.run(&memory)
        for count in UInt64(0)..<64 {
          let low = number << count
          let expected =
            operation == .rsh ? low >> count : UInt64(bitPattern: Int64(bitPattern: low) >> Int64(count))
          #expect(memory[word: Int(8 + 8 * count)] == expected, "\(register), \(count), \(number)")
        }
      }
    }
  }
}
