import BPF
import BPFJIT
import BPFRuntime
import Testing

@Suite struct `A listing of machine code` {
  private static let program = Program(
    "main",
    [
      .alu(.mov, .word, .r1, .immediate(7)), .call(.local(offset: 2)), .loadImmediate(.r6, .value(1)), .exit,
      .alu(.mov, .doubleWord, .r0, .register(.r1)), .exit,
    ],
    functions: [
      Function(name: "main", slot: 0, isGlobal: true), Function(name: "double", slot: 5, isGlobal: false),
    ]
  )

  private static func listing(_ instructionSet: InstructionSet) throws -> CodeListing {
    let environment = Environment(context: ContextLayout(byteCount: 0, fields: []), helpers: HelperTable())
    var program = program
    program.instructions[1] = .call(.local(offset: 3))
    return try CodeListing(trusting: program, in: environment, for: instructionSet) { _ in false }
  }

  @Test(arguments: InstructionSet.allCases)
  func `names functions in the order in which they lie, and places instructions`(set: InstructionSet) throws {
    let listing = try Self.listing(set)
    #expect(listing.instructionSet == set)
    #expect(listing.functions.map(\.name) == ["run", "call_back", "main", "double"])
    #expect(listing.functions.map(\.slot) == [nil, nil, 0, 5])
    #expect(listing.functions.map(\.offset) == listing.functions.map(\.offset).sorted())
    #expect(listing.slots.keys.sorted() == [0, 1, 2, 4, 5, 6])
    let offsets = listing.slots.sorted { $0.key < $1.key }.map(\.value)
    #expect(offsets == offsets.sorted() && offsets.allSatisfy { $0 < listing.bytes.count })
    #expect(listing.slots[5] == listing.functions[3].offset)
  }

  /// The code of a function and what follows it.
  private static func code(_ name: String, _ set: InstructionSet) throws -> [UInt8] {
    let listing = try listing(set)
    let start = try #require(listing.functions.first { $0.name == name }).offset
    return Array(listing.bytes[start...])
  }

  @Test func `has the bytes that the processor runs`() throws {
    // mov rax, rsi; ret
    #expect(try Self.code("double", .x86_64) == [0x48, 0x89, 0xF0, 0xC3])
    // mov x0, x1; ret
    #expect(try Self.code("double", .arm64) == [0xE0, 0x03, 0x01, 0xAA, 0xC0, 0x03, 0x5F, 0xD6])
    #expect(
      try Self.code("main", .arm64).prefix(40) == [
        0xFD, 0x7B, 0xBF, 0xA9,  // stp x29, x30, [sp, #-16]!
        0xFD, 0x03, 0x00, 0x91,  // mov x29, sp
        0xF3, 0x7F, 0xBF, 0xA9,  // stp x19, xzr, [sp, #-16]!
        0xE1, 0x00, 0x80, 0x52,  // mov w1, #7
        0x05, 0x00, 0x00, 0x94,  // bl double
        0x33, 0x00, 0x80, 0x52,  // mov w19, #1
        0xF3, 0x7F, 0xC1, 0xA8,  // ldp x19, xzr, [sp], #16
        0xFD, 0x7B, 0xC1, 0xA8,  // ldp x29, x30, [sp], #16
        0xC0, 0x03, 0x5F, 0xD6,  // ret
        0xE0, 0x03, 0x01, 0xAA,  // mov x0, x1
      ]
    )
  }
}
