import BPF
import BPFObject
import BTF
import TestSupport
import Testing

/// Objects made to take all memory or time.
@Suite struct `Hostile objects` {
  private static let exit = [Instruction.exit].encoded()

  /// Parses and links everything; whatever happens is an `ObjectError`.
  private static func exercise(_ bytes: [UInt8]) {
    do throws(ObjectError) {
      var object = try ObjectFile(parsing: bytes.rawBytes, named: "hostile.o")
      for entry in object.entries { _ = try? object.linked(entry.name) }
      for global in object.globals.prefix(8) {
        try? object.setGlobal(global.name, to: 1)
        _ = object.bytes(of: global)
      }
      for map in object.maps.prefix(8) { try? object.resize(map: map.name, to: 3) }
      _ = try object.linked(kernel: object.btf)
    } catch {
      #expect(!error.description.isEmpty)
    }
  }

  @Test(arguments: `Whole objects`.names) func `every truncation ends in an error or an object`(
    name: String
  ) throws {
    let bytes = try Fixture.bytes(of: "objects/\(name).o")
    var random = SplitMix(seed: 1)
    for _ in 0..<30 { Self.exercise(Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)))) }
  }

  @Test(arguments: `Whole objects`.names) func `flipped bits end in an error or an object`(
    name: String
  ) throws {
    let original = try Fixture.bytes(of: "objects/\(name).o")
    var random = SplitMix(seed: 2)
    for _ in 0..<60 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      }
      Self.exercise(bytes)
    }
  }

  @Test(arguments: `Whole objects`.names) func `extreme numbers in the tables end in an error or an object`(
    name: String
  ) throws {
    let original = try Fixture.bytes(of: "objects/\(name).o")
    let tables = ELFBuilder.sectionTable(of: original)
    var random = SplitMix(seed: 3)
    let numbers: [UInt64] = [0, 1, 7, 0x7fff_ffff, 0xffff_ffff, 1 << 32, .max, .max - 7, 1 << 63]
    for _ in 0..<60 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        // Section headers are the most sensitive part; the rest of the file gets its share.
        let place = Bool.random(using: &random) ? tables..<(bytes.count - 8) : 0..<(bytes.count - 8)
        let offset = Int.random(in: place, using: &random) & ~3
        bytes.replaceSubrange(offset..<(offset + 8), with: ELFBuilder.bytes(random.pick(numbers)))
      }
      Self.exercise(bytes)
    }
  }

  @Test func `a .bss of two gigabytes takes no memory`() throws {
    var elf = ELFBuilder()
    let code = elf.code("xdp", [.exit])
    let bss = elf.data(".bss", [], type: 8, size: 0x7fff_ffff)
    elf.symbols = [
      .init(name: "entry", section: code, size: 8, type: 2),
      .init(name: "all", section: bss, size: 0x7fff_ffff, type: 1),
      .init(name: "last", section: bss, value: 0x7fff_fff0, size: 4, type: 1),
    ]
    var object = try elf.object()
    let map = object.maps[0]
    #expect(map.valueSize == 0x7fff_ffff)
    #expect(map.initialContents == .section(.zero, []))
    #expect(object.bytes(of: object.globals[0]).isEmpty)
    #expect(throws: ObjectError.self) { try object.setGlobal("last", to: 1) }
    #expect(object.maps[0] == map)
  }

  @Test func `maps of gigabytes are only described`() throws {
    var elf = ELFBuilder()
    _ = elf.code("xdp", [.exit])
    let words: [UInt32] = [1, .max, .max, .max, 0]
    let maps = elf.data("maps", words.flatMap(ELFBuilder.bytes))
    elf.symbols = [.init(name: "huge", section: maps, type: 1)]
    let map = try elf.object().maps[0]
    #expect(map.keySize == 0xffff_ffff && map.valueSize == 0xffff_ffff && map.maxEntries == 0xffff_ffff)
  }

  @Test func `names that share one long string are refused before they fill the memory`() {
    var elf = ELFBuilder()
    let code = elf.code("xdp", [.exit])
    elf.strings = [0] + [UInt8](repeating: 0x61, count: 100_000) + [0]
    elf.symbols = (1...50_000).map { .init(name: "", section: code, binding: 0, claimedName: UInt32($0)) }
    let error = #expect(throws: ObjectError.self) { try elf.object() }
    #expect(error?.fault == .overlappingNames)
  }

  @Test func `a thousand programs with one huge subprogram are refused before they fill the memory`() {
    var elf = ELFBuilder()
    let calls = [Instruction](repeating: .call(.local(offset: -1)), count: 1000)
    let code = elf.code("xdp", calls)
    let text = elf.code(".text", [Instruction](repeating: .exit, count: 100_000))
    elf.symbols = [.init(name: "huge", section: text, size: 800_000, type: 2)]
    for index in 0..<1000 {
      elf.symbols.append(.init(name: "p\(index)", section: code, value: UInt64(index) * 8, size: 8, type: 2))
    }
    elf.relocations = [(UInt32(code), (0..<1000).map { (UInt64($0) * 8, 10, 1) })]
    let error = #expect(throws: ObjectError.self) { try elf.object().linked() }
    #expect(error?.fault == .tooMuchCode(limit: 16 * 101_000))
  }

  @Test func `a chain of a hundred thousand calls is linked without recursion`() throws {
    var elf = ELFBuilder()
    let count = 100_000
    let code = elf.code("xdp", [Instruction](repeating: .call(.local(offset: 0)), count: count - 1) + [.exit])
    elf.symbols = (0..<count).map {
      .init(name: "", section: code, value: UInt64($0) * 8, size: 8, type: 2, binding: $0 == 0 ? 1 : 0)
    }
    let program = try elf.object().linked()[0]
    #expect(program.functions.count == count)
    #expect(program.slotCount == count)
  }

  @Test func `functions that call each other in circles are linked once`() throws {
    var elf = ELFBuilder()
    let code = elf.code(
      "xdp",
      [.call(.local(offset: 1)), .exit, .call(.local(offset: -3)), .call(.local(offset: -2)), .exit]
    )
    elf.symbols = [
      .init(name: "entry", section: code, size: 16, type: 2),
      .init(name: "inner", section: code, value: 16, size: 24, type: 2, binding: 0),
    ]
    let program = try elf.object().linked()[0]
    #expect(program.functions.map(\.slot) == [0, 2])
    #expect(program.instructions.count == 5)
  }

  @Test func `a hundred thousand names of one function are one function to link`() throws {
    var elf = ELFBuilder()
    let code = elf.code("?xdp", [Instruction](repeating: .exit, count: 10_000))
    elf.symbols = (0..<50_000).map { .init(name: "a\($0)", section: code, size: 80_000, type: 2) }
    let object = try elf.object()
    #expect(object.entries.count == 50_000)
    #expect(try object.linked("a49999").slotCount == 10_000)
    #expect(try object.linked().isEmpty)
  }

  @Test func `more maps than any program has are refused`() {
    var elf = ELFBuilder()
    _ = elf.code("xdp", [.exit])
    let maps = elf.data("maps", [UInt8](repeating: 2, count: 20 * 2000))
    elf.symbols = (0..<2000).map { .init(name: "m\($0)", section: maps, value: UInt64($0) * 20, type: 1) }
    let error = #expect(throws: ObjectError.self) { try elf.object() }
    #expect(error?.fault == .mapDefinition("more than 1024 maps"))
  }

  @Test func `a count of sections that the file has no room for is refused`() throws {
    var bytes = ELFBuilder().build()
    let table = ELFBuilder.sectionTable(of: bytes)
    bytes.replaceSubrange(60..<62, with: [0, 0])
    bytes.replaceSubrange((table + 32)..<(table + 40), with: ELFBuilder.bytes(UInt64.max))
    let error = #expect(throws: ObjectError.self) { try ObjectFile(parsing: bytes.rawBytes, named: "x.o") }
    #expect(error?.fault == .truncated(needed: .max, available: bytes.count - table))
  }

  @Test func `more sections than the header can count are counted by the first section`() throws {
    var elf = ELFBuilder()
    let code = elf.code("xdp", [.exit])
    elf.symbols = [.init(name: "entry", section: code, size: 8, type: 2)]
    var bytes = elf.build()
    let table = ELFBuilder.sectionTable(of: bytes)
    let count = UInt64(bytes[60])
    bytes.replaceSubrange(60..<64, with: [0, 0, 0xff, 0xff])
    bytes.replaceSubrange((table + 32)..<(table + 40), with: ELFBuilder.bytes(count))
    bytes.replaceSubrange((table + 40)..<(table + 44), with: ELFBuilder.bytes(UInt32(count - 1)))
    #expect(try ObjectFile(parsing: bytes.rawBytes, named: "x.o").entries.map(\.name) == ["entry"])
  }
}
