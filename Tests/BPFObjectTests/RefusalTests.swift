import BPF
import BPFObject
import BTF
import TestSupport
import Testing

@Suite struct `Refused objects` {
  @Test(arguments: [
    (
      "bigendian",
      "objects/bigendian.o: big-endian objects are not supported; compile it for the little-endian target "
        + "(clang -target bpfel)"
    ),
    (
      "pointers",
      "objects/pointers.o, section '.data', byte 8, 'table': holds a pointer, which can't be filled in before the load; "
        + "store an index or set it in the program"
    ),
  ])
  func `what no loader can load says what to do`(name: String, message: String) {
    let error = #expect(throws: ObjectError.self) { try Fixture.object("objects/\(name)") }
    #expect(error?.description == message)
  }

  @Test func `a variable without a place is named`() throws {
    let error = #expect(throws: ObjectError.self) { try Fixture.object("objects/common").linked() }
    #expect(error?.fault == .commonSymbol)
    #expect(error?.symbol == "tentative")
  }

  @Test func `a program that isn't there is refused with those that are`() throws {
    let error = #expect(throws: ObjectError.self) { try Fixture.object("objects/linked").linked("main") }
    #expect(
      error?.description == "objects/linked.o, 'main': there is no such program; programs: entry_a, entry_b"
    )
  }

  @Test(
    arguments: [
      (4, 1, .not64Bit(class: 1)), (5, 2, .bigEndian), (5, 7, .notELF), (16, 2, .notRelocatable(type: 2)),
      (18, 62, .notBPF(machine: 62)), (0, 0, .notELF), (58, 63, .entrySize(63, expected: 64)),
    ] as [(Int, UInt8, ObjectError.Fault)]
  )
  func `a header of something else is refused`(offset: Int, byte: UInt8, fault: ObjectError.Fault) throws {
    var bytes = try Fixture.bytes(of: "objects/sections.o")
    bytes[offset] = byte
    let error = #expect(throws: ObjectError.self) { try ObjectFile(parsing: bytes.rawBytes, named: "x.o") }
    #expect(error?.fault == fault)
  }

  @Test(
    arguments: [(0, .notELF), (3, .notELF), (63, .truncated(needed: 64, available: 63))]
      as [(Int, ObjectError.Fault)]
  )
  func `a file that ends in its header is refused`(count: Int, fault: ObjectError.Fault) throws {
    let bytes = Array(try Fixture.bytes(of: "objects/sections.o").prefix(count))
    let error = #expect(throws: ObjectError.self) { try ObjectFile(parsing: bytes.rawBytes, named: "x.o") }
    #expect(error?.fault == fault)
  }
}

/// Hand-made objects, each with one thing wrong.
@Suite struct `Contradictory objects` {
  private static let pass: [Instruction] = [.alu(.mov, .doubleWord, .r0, .immediate(2)), .exit]

  private static func withMap(_ words: [UInt32]) -> ELFBuilder {
    var elf = ELFBuilder()
    let code = elf.code("xdp", [.loadImmediate(.r1, .value(0))] + pass)
    let maps = elf.data("maps", words.flatMap(ELFBuilder.bytes))
    elf.symbols = [
      .init(name: "entry", section: code, size: 32, type: 2), .init(name: "table", section: maps, type: 1),
    ]
    elf.relocations = [(1, [(0, 1, 2)])]
    return elf
  }

  /// What is wrong, how it comes about, and the fault with its place.
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var change: @Sendable (inout ELFBuilder) -> Void
    var fault: ObjectError.Fault
    var section: String?
    var offset: Int?

    init(
      _ testDescription: String,
      _ fault: ObjectError.Fault,
      in section: String? = nil,
      at offset: Int? = nil,
      _ change: @escaping @Sendable (inout ELFBuilder) -> Void
    ) {
      self.testDescription = testDescription
      self.fault = fault
      self.section = section
      self.offset = offset
      self.change = change
    }
  }

  static let cases = [
    Case("relocation past the section", .truncated(needed: 1004, available: 32), in: ".rel", at: 0) {
      $0.relocations = [(1, [(1000, 1, 2)])]
    },
    Case("relocation of an enormous offset", .truncated(needed: .max, available: 32), in: ".rel", at: 0) {
      $0.relocations = [(1, [(.max, 1, 2)])]
    },
    Case("relocation type of another machine", .relocationType(42), in: "xdp", at: 0) {
      $0.relocations = [(1, [(0, 42, 2)])]
    },
    Case("relocation by a symbol that isn't there", .noSuchSymbol(77, count: 3), in: ".rel", at: 0) {
      $0.relocations = [(1, [(0, 1, 77)])]
    },
    Case(
      "relocation of a second slot",
      .relocationSite("the middle of an instruction"),
      in: "xdp",
      at: 8
    ) { $0.relocations = [(1, [(8, 1, 2)])] },
    Case("relocation inside a slot", .relocationSite("the middle of an instruction"), in: "xdp", at: 4) {
      $0.relocations = [(1, [(4, 1, 2)])]
    },
    Case(
      "relocation of an exit",
      .relocationSite("an instruction that holds no address"),
      in: "xdp",
      at: 24
    ) { $0.relocations = [(1, [(24, 1, 2)])] },
    Case("two relocations of one slot", .duplicateRelocation, in: "xdp", at: 0) {
      $0.relocations = [(1, [(0, 1, 2), (0, 1, 2)])]
    },
    Case("two relocation sections", .duplicate("relocation section for 'xdp'"), in: ".rel") {
      $0.relocations = [(1, [(0, 1, 2)]), (1, [(0, 1, 2)])]
    },
    Case("relocations of a section that isn't there", .noSuchSection(99, count: 7), in: ".rel") {
      $0.relocations = [(99, [(0, 1, 2)])]
    },
    Case(
      "map reference beside a map",
      .mapDefinition("no map begins at byte 4 of 'maps'"),
      in: "xdp",
      at: 0
    ) {
      $0.symbols.append(.init(name: "", section: 2, type: 3, binding: 0))
      $0.sections[0].bytes[4] = 4
      $0.relocations = [(1, [(0, 1, 3)])]
    },
    Case("map of an unknown type", .mapDefinition("there is no map type 999"), in: "maps", at: 0) {
      $0.sections[1].bytes.replaceSubrange(0..<2, with: [0xe7, 3])
    },
    Case(
      "map of twelve bytes",
      .mapDefinition("12 bytes are too few for type, key size, value size and capacity"),
      in: "maps",
      at: 0
    ) { $0.sections[1].bytes.removeLast(8) },
    Case(
      "map outside its section",
      .mapDefinition("-980 bytes are too few for type, key size, value size and capacity"),
      in: "maps",
      at: 1000
    ) {
      $0.symbols[1].value = 1000
    },
    Case("function past its section", .functionBounds(offset: 0, byteCount: 40, limit: 32), in: "xdp") {
      $0.symbols[0].size = 40
    },
    Case("function of an enormous size", .functionBounds(offset: 0, byteCount: .max, limit: 32), in: "xdp") {
      $0.symbols[0].size = .max
    },
    Case("function between instructions", .functionBounds(offset: 4, byteCount: 8, limit: 32), in: "xdp") {
      $0.symbols[0].value = 4
      $0.symbols[0].size = 8
    },
    Case("functions that overlap", .overlappingFunctions(with: "entry"), in: "xdp", at: 16) {
      $0.symbols.append(.init(name: "other", section: 1, value: 16, size: 8, type: 2))
    },
    Case("code that is no code", .decoding(DecodingError(slot: 2, .unknownOpcode(0xff))), in: "xdp", at: 16) {
      $0.sections[0].bytes[16] = 0xff
    },
    Case("half a slot", .functionBounds(offset: 0, byteCount: 36, limit: 36), in: "xdp") {
      $0.sections[0].bytes += [0, 0, 0, 0]
      $0.symbols[0].size = 36
    },
    Case("call of data", .noFunction(section: "maps", offset: 0), in: "xdp", at: 16) {
      $0.sections[0].bytes.replaceSubrange(16..<24, with: [Instruction.call(.local(offset: -1))].encoded())
      $0.relocations = [(1, [(16, 10, 2)])]
    },
    Case("call between functions", .noFunction(section: "xdp", offset: 32), in: "xdp", at: 16) {
      $0.sections[0].bytes.replaceSubrange(16..<24, with: [Instruction.call(.local(offset: 1))].encoded())
    },
    Case("call before the section", .noFunction(section: "xdp", offset: -776), in: "xdp", at: 16) {
      $0.sections[0].bytes.replaceSubrange(16..<24, with: [Instruction.call(.local(offset: -100))].encoded())
    },
    Case("overlapping sections", .overlappingSections(with: "xdp"), in: "maps", at: 0) {
      $0.sections[1].claimedOffset = 72
    },
    Case("section past the end", .truncated(needed: 1 << 40, available: 611), at: 96) {
      $0.sections[1].claimedSize = 1 << 40
    },
    Case("section at an enormous offset", .truncated(needed: 20, available: 0), at: .max) {
      $0.sections[1].claimedOffset = .max
    },
    Case("symbol of a section that isn't there", .noSuchSection(200, count: 7), in: ".symtab", at: 48) {
      $0.symbols[1].section = 200
    },
    Case("name past its table", .noSuchString(5000), in: ".strtab", at: 5000) {
      $0.symbols[1].claimedName = 5000
    },
    Case("name without an end", .noSuchString(1), in: ".strtab", at: 1) {
      $0.strings = [0] + Array("entry".utf8)
    },
    Case(
      "variable that is larger than a value can be",
      .mapDefinition("4294967296 bytes are more than a value can have"),
      in: ".bss"
    ) { _ = $0.data(".bss", [], type: 8, size: 1 << 32) },
    Case("BTF-defined maps without types", .needsBTF, in: ".maps") {
      _ = $0.data(".maps", [UInt8](repeating: 0, count: 32))
    },
    Case("types that are none", .btf(BTFError(.notBTF(magic: 0x6161), in: .header)), in: ".BTF") {
      _ = $0.data(".BTF", [UInt8](repeating: 0x61, count: 32))
    },
  ]

  @Test(arguments: cases) func `one fault is told with its place`(test: Case) throws {
    var elf = Self.withMap([1, 4, 8, 100, 0])
    #expect(try elf.object().linked().count == 1)
    test.change(&elf)
    let error = #expect(throws: ObjectError.self) { try elf.object().linked() }
    #expect(error?.fault == test.fault)
    #expect(error?.section == test.section)
    #expect(error?.offset == test.offset)
    #expect(error?.file == "built.o")
  }
}
