import BPF
import BPFObject
import BTF
import TestSupport
import Testing

/// Objects as compilers wrote them before LLVM 7: functions without types or sizes, labels among the symbols.
@Suite struct `Old objects` {
  private static let move = Instruction.alu(.mov, .doubleWord, .r0, .immediate(1))
  private static let pass: [Instruction] = [.alu(.mov, .doubleWord, .r0, .immediate(2)), .exit]
  private static let drop: [Instruction] = [move, .exit]

  /// Two programs in one section, with a label in the first, calling a map.
  private static func builder(machine: UInt16, callType: UInt32) -> ELFBuilder {
    var elf = ELFBuilder()
    elf.machine = machine
    let code = elf.code(
      "xdp_prog",
      [.loadImmediate(.r1, .value(0)), .call(.helper(1)), .jump(offset: 0)] + pass + drop
    )
    let maps = elf.data("maps", [1, 4, 8, 100].flatMap { ELFBuilder.bytes(UInt32($0)) })
    elf.symbols = [
      .init(name: "LBB0_1", section: code, value: 32, binding: 0),
      .init(name: "Ltmp3", section: code, value: 8, binding: 0),
      .init(name: "second", section: code, value: 48),
      .init(name: "first", section: code, value: 0),
      .init(name: "table", section: maps),
    ]
    elf.relocations = [(UInt32(code), [(0, callType, 5)])]
    return elf
  }

  @Test(arguments: [UInt16(0), 247])
  func `functions without types reach to the next one, and labels are none`(machine: UInt16) throws {
    let object = try Self.builder(machine: machine, callType: 1).object()
    #expect(object.entries.map(\.name) == ["first", "second"])
    let programs = try object.linked()
    #expect(
      programs[0].instructions
        == [.loadImmediate(.r1, .map(index: 0)), .call(.helper(1)), .jump(offset: 0)] + Self.pass
    )
    #expect(programs[1].instructions == Self.drop)
    #expect(programs[0].license == "")
    #expect(programs[0].btf == nil)
    #expect(
      object.maps == [MapDefinition(name: "table", type: .hash, keySize: 4, valueSize: 8, maxEntries: 100)]
    )
  }

  @Test(arguments: [UInt32(2), 10])
  func `calls carry the relocation types of several compilers`(type: UInt32) throws {
    var elf = ELFBuilder()
    let entry = elf.code("xdp", [.call(.local(offset: -1)), .call(.helper(UInt32.max)), .exit])
    let text = elf.code(".text", Self.drop + Self.pass)
    elf.symbols = [
      .init(name: "entry", section: entry),
      .init(name: "one", section: text),
      .init(name: "two", section: text, value: 16),
    ]
    elf.relocations = [(UInt32(entry), [(0, type, 3), (8, type, 2)])]
    let program = try elf.object().linked("entry")
    #expect(program.functions.map(\.name) == ["entry", "two", "one"])
    #expect(
      program.instructions
        == [.call(.local(offset: 2)), .call(.local(offset: 3)), .exit] + Self.pass + Self.drop
    )
  }

  @Test func `a local function without a type is called, but is no program`() throws {
    var elf = ELFBuilder()
    let code = elf.code("xdp", [.call(.local(offset: 1)), .exit] + Self.drop)
    elf.symbols = [
      .init(name: "entry", section: code), .init(name: "inside", section: code, value: 16, binding: 0),
    ]
    let object = try elf.object()
    #expect(object.entries.map(\.name) == ["entry"])
    let program = try object.linked("entry")
    #expect(program.functions.map(\.name) == ["entry", "inside"])
    #expect(program.functions.map(\.isGlobal) == [true, false])
    #expect(program.instructions == [.call(.local(offset: 1)), .exit] + Self.drop)
  }

  @Test func `the symbol at a map's end bounds it, whatever its layout`() throws {
    var elf = ELFBuilder()
    let code = elf.code("xdp", Self.pass)
    let words: [UInt32] = [1, 4, 8, 100, 1, 9, 9, 9, 9, 9, 9, 9, 2, 4, 4, 5]
    let maps = elf.data("maps", words.flatMap(ELFBuilder.bytes))
    elf.symbols = [
      .init(name: "entry", section: code), .init(name: "odd", section: maps),
      .init(name: "short", section: maps, value: 48),
    ]
    let object = try elf.object()
    #expect(
      object.maps == [
        MapDefinition(
          name: "odd",
          type: .hash,
          keySize: 4,
          valueSize: 8,
          maxEntries: 100,
          flags: .noPreallocation
        ),
        MapDefinition(name: "short", type: .array, keySize: 4, valueSize: 4, maxEntries: 5),
      ]
    )
    #expect(
      object.warnings == [
        "map 'odd': the last 28 bytes of its definition are of an unknown layout and are ignored"
      ]
    )
  }

  @Test func `maps may have a section each`() throws {
    var elf = ELFBuilder()
    let code = elf.code("xdp", [.loadImmediate(.r1, .value(0)), .loadImmediate(.r2, .value(0))] + Self.pass)
    let words: [UInt32] = [2, 4, 8, 5]
    let one = elf.data("maps/one", words.flatMap(ELFBuilder.bytes))
    let two = elf.data("maps/two", words.flatMap(ELFBuilder.bytes))
    elf.symbols = [
      .init(name: "entry", section: code), .init(name: "second", section: two, type: 1),
      .init(name: "first", section: one, type: 1),
    ]
    elf.relocations = [(UInt32(code), [(0, 1, 2), (16, 1, 3)])]
    let program = try elf.object().linked("entry")
    #expect(program.maps.map(\.name) == ["first", "second"])
    #expect(
      program.instructions
        == [.loadImmediate(.r1, .map(index: 1)), .loadImmediate(.r2, .map(index: 0))] + Self.pass
    )
  }

  @Test func `a section without symbols is a program of its own name`() throws {
    var elf = ELFBuilder()
    _ = elf.code("xdp", Self.pass)
    #expect(try elf.object().linked().map(\.name) == ["xdp"])
  }

  @Test func `the only function of a .text section can be asked for by name`() throws {
    var elf = ELFBuilder()
    let code = elf.code(".text", Self.pass)
    elf.symbols = [.init(name: "entry", section: code, type: 2)]
    let object = try elf.object()
    #expect(try object.linked().isEmpty)
    #expect(try object.linked("entry").instructions == Self.pass)
  }
}
