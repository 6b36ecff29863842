import BPF
import TestSupport
import Testing

@Suite struct `Assembly errors` {
  static let cases: [(String, AssemblyError)] = [
    ("r0 = 1\n  r11 = 2", .init(line: 2, column: 3, expected: "an instruction", found: "'r11'")),
    (
      "r1",
      .init(line: 1, column: 3, expected: "an assignment, such as '=' or '+='", found: "the end of the line")
    ),
    ("r1 = w2", .init(line: 1, column: 6, expected: "a 64-bit register, 'r2'", found: "'w2'")),
    ("w1 += r2", .init(line: 1, column: 7, expected: "a 32-bit register, 'w2'", found: "'r2'")),
    (
      "r1 += 0x80000000",
      .init(line: 1, column: 7, expected: "a number that fits 32 bits with its sign", found: "'0x80000000'")
    ),
    (
      "if r1 > 4294967295 goto +1",
      .init(line: 1, column: 9, expected: "a number that fits 32 bits with its sign", found: "'4294967295'")
    ),
    ("w1 = 0x100000000", .init(line: 1, column: 6, expected: "a 32-bit number", found: "'0x100000000'")),
    (
      "r1 = 0x10000000000000000",
      .init(line: 1, column: 6, expected: "a number of at most 64 bits", found: "'0x10000000000000000'")
    ),
    ("r1 = 12z", .init(line: 1, column: 6, expected: "a number of at most 64 bits", found: "'12z'")),
    ("r1 = -9223372036854775809 ll", .init(line: 1, column: 6, expected: "a 64-bit number", found: "'-'")),
    ("r1 = *(u32 *)(r2 + 32768)", .init(line: 1, column: 18, expected: "an offset of 16 bits", found: "'+'")),
    (
      "r1 = *(u24 *)(r2)",
      .init(line: 1, column: 8, expected: "a type, 'u8' to 'u64' or 's8' to 's32'", found: "'u24'")
    ),
    ("r1 = *(u32)(r2)", .init(line: 1, column: 11, expected: "'*'", found: "')'")),
    (
      "w1 = *(s8 *)(r2)",
      .init(line: 1, column: 8, expected: "an unsigned type of up to 32 bits, for 'w1'", found: "'s8'")
    ),
    ("*(s32 *)(r1) = r2", .init(line: 1, column: 3, expected: "an unsigned type, 'u32'", found: "'s32'")),
    ("*(u64 *)(r1) = w2", .init(line: 1, column: 16, expected: "a 64-bit register, 'r2'", found: "'w2'")),
    (
      "r0 = *(u8 *)skb[12]",
      .init(
        line: 1,
        column: 13,
        expected: "an address such as '(r1 +4)', for XDP programs may not use the legacy packet loads",
        found: "'skb'"
      )
    ),
    ("lock *(u16 *)(r1) += r2", .init(line: 1, column: 8, expected: "'u32' or 'u64'", found: "'u16'")),
    (
      "lock *(u64 *)(r1) -= r2",
      .init(line: 1, column: 19, expected: "'+=', '|=', '&=' or '^='", found: "'-='")
    ),
    (
      "r3 = atomic64_xchg((u64 *)(r1), r2)",
      .init(line: 1, column: 33, expected: "'r3', for the old value comes back in the source", found: "'r2'")
    ),
    (
      "r1 = -r2",
      .init(line: 1, column: 7, expected: "'r1', for the instruction has only one register", found: "'r2'")
    ),
    (
      "r1 = be16 r2",
      .init(line: 1, column: 11, expected: "'r1', for the instruction has only one register", found: "'r2'")
    ),
    (
      "w1 = be16 w1",
      .init(line: 1, column: 6, expected: "a 32-bit operand, for 'w1' has 32 bits", found: "'be16'")
    ),
    ("r1 = (s64)r2", .init(line: 1, column: 7, expected: "'s8' or 's16' or 's32'", found: "'s64'")),
    (
      "goto 3",
      .init(
        line: 1,
        column: 6,
        expected: "a jump's target of 16 bits, such as 'pc+3' or a label",
        found: "'3'"
      )
    ),
    (
      "goto +32768",
      .init(
        line: 1,
        column: 6,
        expected: "a jump's target of 16 bits, such as 'pc+3' or a label",
        found: "'+'"
      )
    ),
    ("goto nowhere", .init(line: 1, column: 6, expected: "a label of this text", found: "'nowhere'")),
    (
      "if r1 = 3 goto +1",
      .init(line: 1, column: 7, expected: "a comparison, such as '==' or 's>'", found: "'='")
    ),
    ("if r1 == 3 exit", .init(line: 1, column: 12, expected: "'goto'", found: "'exit'")),
    ("if r1 == w2 goto +1", .init(line: 1, column: 10, expected: "a 64-bit register, 'r2'", found: "'w2'")),
    ("a: exit\na: exit", .init(line: 2, column: 1, expected: "a label that is not yet used", found: "'a'")),
    ("r1: exit", .init(line: 1, column: 1, expected: "a label that is no register's name", found: "'r1'")),
    (
      "0: r1 = 1 ll\n1: exit",
      .init(line: 2, column: 1, expected: "'2', this instruction's slot", found: "'1'")
    ),
    ("99999999999: exit", .init(line: 1, column: 1, expected: "a slot number", found: "'99999999999'")),
    (
      "(b7) w0 = 1",
      .init(line: 1, column: 6, expected: "an instruction with opcode 0xb7, not 0xb4", found: "'w0'")
    ),
    (
      "(18) r0 = r1",
      .init(line: 1, column: 6, expected: "an instruction with opcode 0x18, not 0xbf", found: "'r0'")
    ),
    ("(xy) exit", .init(line: 1, column: 1, expected: "an instruction", found: "'('")),
    (
      "call bpf_map_lookup_elem#2",
      .init(
        line: 1,
        column: 6,
        expected: "'bpf_map_update_elem', which is number 2",
        found: "'bpf_map_lookup_elem'"
      )
    ),
    ("exit now", .init(line: 1, column: 6, expected: "the end of the line", found: "'now'")),
    ("r0 = 1 ?", .init(line: 1, column: 8, expected: "an instruction's next word", found: "'?'")),
    ("frobnicate r1", .init(line: 1, column: 1, expected: "an instruction", found: "'frobnicate'")),
  ]

  @Test(arguments: cases)
  func `the error names line, column and what was expected`(text: String, error: AssemblyError) {
    #expect(throws: error) { try Assembler.assemble(text) }
  }

  @Test func `a message reads like a compiler's`() {
    let error = AssemblyError(line: 3, column: 7, expected: "a register", found: "'r11'")
    #expect(error.description == "3:7: error: expected a register, found 'r11'")
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `random text is refused or understood, and never traps`(seed: UInt64) {
    let words = [
      "r1", "w2", "r10", "r11", "=", "+=", "s>>=", "(", ")", "*", "u32", "s8", "u64", "+", "-", "0x", "5",
      "0xffffffff",
      "18446744073709551615", "goto", "if", "call", "lock", "exit", "map", "[", "]", "fd", ":", "ll", "be16",
      "#1", "pc",
      "atomic_xchg", "cmpxchg_64", ",", "<", ">", "label", "é", "\u{0}", "kernel-function#", "99:", "(18)",
    ]
    var random = SplitMix(seed: seed)
    for _ in 0..<500 {
      let count = Int.random(in: 1...12, using: &random)
      let text = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
      guard let program = try? Assembler.assemble(text) else { continue }
      #expect((try? Instruction.decode(program.encodedSlots())) == program, "\(text)")
    }
  }
}
