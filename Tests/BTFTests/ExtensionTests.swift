import BTF
import Testing

@Suite struct `BTF.ext` {
  @Test func `functions, lines and relocations stand by section`() throws {
    let btf = try TestBTF.fixture("core_local")
    let ext = try TestBTF.fixtureExtension("core_local")
    #expect(Set(ext.functions.keys) == ["xdp/offsets", "xdp/fields", "xdp/types", "xdp/values"])
    let function = try #require(ext.functions["xdp/types"]?.first)
    #expect(function.byteOffset == 0)
    #expect(btf.name(of: function.type) == "types")
    #expect(ext.relocations["xdp/offsets"]?.count == 13)
    #expect(
      ext.relocations["xdp/offsets"]?.first
        == CORERelocation(byteOffset: 0, kind: .fieldByteOffset, type: try btf.id("moved"), access: "0:0")
    )
  }

  @Test func `a line has its file, numbers and text`() throws {
    let ext = try TestBTF.fixtureExtension("core_local")
    let line = try #require(ext.lines["xdp/offsets"]?.first { $0.text.contains("moved->narrow") })
    #expect(line.file.hasSuffix("core_local.c"))
    #expect(line.text == "  sink = moved->narrow;")
    #expect(line.column == 17)
    #expect(line.line == 60)
  }

  @Test func `longer records are read and what is new is ignored`() throws {
    let btf = try BTF(TestBTF.bytes(TestBTF.int(name: 1), strings: ["int", "xdp", "a.c", "  x;", "0:1"]))
    // Offsets: int 1, xdp 5, a.c 9, "  x;" 13, 0:1 18.
    let lines: [UInt32] = [20, 5, 2, 8, 9, 13, 7 << 10 | 3, 0xdead, 16, 9, 0, 8 << 10, 0xbeef]
    let relocations: [UInt32] = [24, 5, 1, 8, 1, 18, 2, 0xdead, 0xbeef]
    let header: [UInt32] = [
      0x1_eb9f, 40, 0, 0, 0, UInt32(lines.count * 4), UInt32(lines.count * 4), UInt32(relocations.count * 4),
      1, 2,
    ]
    let bytes = (header + lines + relocations).flatMap(TestBTF.littleEndian)
    let ext = try BTFExtension(parsing: bytes.rawBytes, btf: btf)
    #expect(
      ext.lines == [
        "xdp": [
          .init(byteOffset: 8, file: "a.c", line: 7, column: 3, text: "  x;"),
          .init(byteOffset: 16, file: "a.c", line: 8, column: 0, text: ""),
        ]
      ]
    )
    #expect(
      ext.relocations == ["xdp": [CORERelocation(byteOffset: 8, kind: .fieldExists, type: 1, access: "0:1")]]
    )
    for length in 0..<bytes.count {
      let part = Array(bytes.prefix(length))
      #expect(throws: BTFError.self, "cut to \(length) bytes") {
        try BTFExtension(parsing: part.rawBytes, btf: btf)
      }
    }
  }

  static let malformed: [(words: [UInt32], fault: BTFError.Fault)] = [
    // A section of functions: record size, section name, count, records.
    ([4, 5, 1, 0], BTFError.Fault.tooShort(byteCount: 4, minimum: 8)),
    ([8, 5, 0xffff_ffff, 0, 1], .truncated(needed: 0xffff_ffff * 8, available: 8)),
    ([8, 5, 1, 0, 1], .misplacedReference(1, kind: .integer)),
    ([8, 5, 1, 0, 77], .misplacedReference(77, kind: .void)),
    ([8, 99, 0], .noSuchString(offset: 99, limit: 9)),
    ([8, 5], .truncated(needed: 4, available: 0)),
  ]

  @Test(arguments: malformed)
  func `sections are refused`(words: [UInt32], fault: BTFError.Fault) throws {
    let btf = try BTF(TestBTF.bytes(TestBTF.int(name: 1), strings: ["int", "xdp"]))
    let header: [UInt32] = [0x1_eb9f, 24, 0, UInt32(words.count * 4), 0, 0]
    let bytes = (header + words).flatMap(TestBTF.littleEndian)
    let error = #expect(throws: BTFError.self) { try BTFExtension(parsing: bytes.rawBytes, btf: btf) }
    #expect(error?.fault == fault)
  }

  @Test func `an unknown kind of relocation is refused`() throws {
    let btf = try BTF(TestBTF.bytes(TestBTF.int(name: 1), strings: ["int", "xdp"]))
    let words: [UInt32] = [0x1_eb9f, 32, 0, 0, 0, 0, 0, 28, 16, 5, 1, 0, 1, 1, 13]
    let bytes = words.flatMap(TestBTF.littleEndian)
    let error = #expect(throws: BTFError.self) { try BTFExtension(parsing: bytes.rawBytes, btf: btf) }
    #expect(error == BTFError(.relocation(.unknownKind(13)), in: .ext(offset: 44)))
  }
}
