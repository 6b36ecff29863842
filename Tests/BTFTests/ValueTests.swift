import BTF
import TestSupport
import Testing

@Suite struct `BTF values` {
  let btf: BTF

  init() throws { btf = try TestBTF.fixture("btf_types") }

  static let pairs: [(name: String, bytes: [UInt8], value: BTFValue)] = [
    ("int", [0xfe, 0xff, 0xff, 0xff], BTFValue.integer(-2)),
    ("unsigned int", [0xfe, 0xff, 0xff, 0xff], .unsigned(0xffff_fffe)),
    ("u16", [0x34, 0x12], .unsigned(0x1234)),
    ("signed char", [0x80], .integer(-128)),
    ("__int128", [UInt8](repeating: 0xff, count: 16), .integer(-1)),
    ("unsigned __int128", [UInt8](repeating: 0xff, count: 16), .unsigned(.max)),
    ("bool_t", [1], .boolean(true)),
    ("bool_t", [2], .unsigned(2)),
    ("float", [0, 0, 0xc0, 0x3f], .float(1.5)),
    ("double", [0, 0, 0, 0, 0, 0, 0xe0, 0xbf], .float(-0.5)),
    ("color", [7, 0, 0, 0], .enumerator(name: "GREEN", value: 7)),
    ("color", [8, 0, 0, 0], .unsigned(8)),
    ("temperature", [0xd8, 0xff, 0xff, 0xff], .enumerator(name: "COLD", value: -40)),
    ("temperature", [0xd9, 0xff, 0xff, 0xff], .integer(-39)),
    ("wide", [UInt8](repeating: 0xff, count: 8), .enumerator(name: "TOP", value: -1)),
    ("tiny", [200], .enumerator(name: "TINY_B", value: 200)),
    ("deep", [0, 0, 0, 0, 0, 0, 0, 0x80], .enumerator(name: "BOTTOM", value: .min)),
    ("callback_t", [1, 2, 3, 4, 5, 6, 7, 8], .pointer(0x0807_0605_0403_0201)),
    ("banner", Array("hello\0".utf8), .text("hello")),
    ("banner", [1, 2, 3, 0, 0, 0], .array([1, 2, 3, 0, 0, 0].map { .integer($0) })),
    (
      "bits", [0x45, 0xf0, 0x01, 0, 0, 0, 0x80, 0x01],
      .structure([
        .init("version", .unsigned(5)), .init("length", .unsigned(4)), .init("delta", .integer(-16)),
        .init("wide", .unsigned(0x80_0000_0001)), .init("flag", .boolean(true)),
      ])
    ),
    (
      "packed", [1, 2, 0, 0, 0, 3, 0],
      .structure([.init("tag", .unsigned(1)), .init("value", .unsigned(2)), .init("tail", .unsigned(3))])
    ),
    ("zeroed", [UInt8](repeating: 0, count: 32), .array([BTFValue](repeating: .unsigned(0), count: 4))),
  ]

  @Test(arguments: pairs)
  func `bytes and values are each other's`(name: String, bytes: [UInt8], value: BTFValue) throws {
    let id = try btf.id(name)
    #expect(try btf.decode(bytes, as: id) == value)
    // Bits without a name are zero again.
    let encoded = try btf.encode(value, as: id)
    #expect(try btf.decode(encoded, as: id) == value)
    if name != "bits" { #expect(encoded == bytes) }
  }

  @Test func `a union shows all its members, those of anonymous structs among the others`() throws {
    let node = try btf.id("node")
    var bytes = [UInt8](repeating: 0, count: 404 + 8)
    bytes.replaceSubrange(16..<20, with: [1, 0, 2, 0])
    let value = try btf.decode(bytes, as: node)
    #expect(value["address"] == .unsigned(0x2_0001))
    #expect(value["low"] == .unsigned(1))
    #expect(value["high"] == .unsigned(2))
    #expect(value["bytes"] == .array([1, 0, 2, 0].map { .unsigned($0) }))
    #expect(value["flexible"] == .array([]))
    #expect(try btf.encode(value, as: node) == Array(bytes.prefix(btf.byteCount(of: node) ?? 0)))
  }

  static let forms: [(name: String, value: BTFValue, bytes: [UInt8])] = [
    ("int", BTFValue.text("-5"), [0xfb, 0xff, 0xff, 0xff]), ("u32", .text("0xff"), [0xff, 0, 0, 0]),
    ("u32", .boolean(true), [1, 0, 0, 0]), ("bool_t", .integer(1), [1]), ("u16", .bytes([1, 2]), [1, 2]),
    ("color", .text("GREEN"), [7, 0, 0, 0]), ("color", .integer(9), [9, 0, 0, 0]),
    ("color", .text("9"), [9, 0, 0, 0]),
    ("wide", .text("TOP"), [UInt8](repeating: 0xff, count: 8)), ("float", .integer(2), [0, 0, 0, 0x40]),
    ("banner", .text("hi"), [104, 105, 0, 0, 0, 0]), ("banner", .array([.integer(1)]), [1, 0, 0, 0, 0, 0]),
    ("packed", .structure([.init("tail", .integer(3))]), [0, 0, 0, 0, 0, 3, 0]),
    ("callback_t", .text("0x10"), [0x10, 0, 0, 0, 0, 0, 0, 0]),
  ]

  @Test(arguments: forms)
  func `other forms of a value are taken`(name: String, value: BTFValue, bytes: [UInt8]) throws {
    #expect(try btf.encode(value, as: btf.id(name)) == bytes)
  }

  static let misfits: [(name: String, value: BTFValue, message: String)] = [
    ("u16", BTFValue.integer(65_536), "value: 65536 doesn't fit into an unsigned integer of 16 bits"),
    ("u16", .integer(-1), "value: -1 doesn't fit into an unsigned integer of 16 bits"),
    ("int", .unsigned(1 << 31), "value: 2147483648 doesn't fit into a signed integer of 32 bits"),
    ("int", .text("five"), "value: expected a number, found the text 'five'"),
    ("color", .text("PINK"), "value: no enumerator 'PINK'; known are RED, GREEN, BLUE"),
    ("packed", .integer(1), "value: expected the members of struct packed, found the number 1"),
    (
      "packed", .structure([.init("colour", .integer(1))]),
      "value: no member 'colour'; known are tag, value, tail"
    ),
    (
      "node", .structure([.init("point", .structure([.init("x", .text("?"))]))]),
      "value.point.x: expected a number, found the text '?'"
    ),
    ("zeroed", .array([BTFValue](repeating: .integer(0), count: 5)), "value: 5 elements for an array of 4"),
    ("zeroed", .array([.integer(0), .float(1)]), "value[1]: expected a number, found the number 1.0"),
    ("banner", .text("too long"), "value: 8 elements for an array of 6"),
    ("hidden", .integer(1), "value: a forward declaration has no values"),
    ("program", .integer(1), "value: a function has no values"),
    ("u16", .bytes([1]), "value: expected 2 bytes, found 1 bytes"),
  ]

  @Test(arguments: misfits)
  func `values that don't fit say which and why`(name: String, value: BTFValue, message: String) throws {
    let id = try btf.id(name)
    let error = #expect(throws: BTFError.self) { try btf.encode(value, as: id) }
    #expect(error?.description == message)
  }

  @Test func `too few bytes are an error, more are not`() throws {
    let id = try btf.id("packed")
    let error = #expect(throws: BTFError.self) { try btf.decode([1, 2, 3], as: id) }
    #expect(error?.fault == .value(.tooFewBytes(needed: 7, available: 3)))
    #expect(try btf.decode([UInt8](repeating: 0, count: 8), as: id)["tail"] == .unsigned(0))
  }

  @Test func `a data section is a structure of its variables`() throws {
    let int = CORETests.int
    let section = BTFType.dataSection(
      name: ".data",
      byteCount: 8,
      variables: [.init(type: 2, offset: 0, byteCount: 4), .init(type: 3, offset: 4, byteCount: 4)]
    )
    let btf = BTF(
      types: [
        .void, int, .variable(name: "a", type: 1, linkage: .global),
        .variable(name: "b", type: 1, linkage: .static), section,
      ]
    )
    let value = BTFValue.structure([.init("a", .integer(1)), .init("b", .integer(-1))])
    #expect(try btf.decode([1, 0, 0, 0, 255, 255, 255, 255], as: 4) == value)
    #expect(try btf.encode(value, as: 4) == [1, 0, 0, 0, 255, 255, 255, 255])
  }

  @Test func `random bytes are the same after decoding and encoding`() throws {
    var random = SplitMix(seed: 7)
    for name in ["keeper", "packed", "color", "unsigned __int128", "zeroed", "callback_t"] {
      let id = try btf.id(name)
      let byteCount = try #require(btf.byteCount(of: id))
      for _ in 0..<100 {
        let bytes = random.bytes(byteCount)
        let value = try btf.decode(bytes, as: id)
        #expect(try btf.decode(btf.encode(value, as: id), as: id) == value)
      }
    }
  }

  @Test func `empty elements without end are refused`() throws {
    // struct {} [4294967295]
    let words: [UInt32] = [0, TestBTF.info(4), 0] + TestBTF.int() + [0, TestBTF.info(3), 0, 1, 2, .max]
    let btf = try BTF(TestBTF.bytes(words))
    let error = #expect(throws: BTFError.self) { try btf.decode([], as: 3) }
    #expect(error?.fault == .value(.tooComplex))
    let huge = try BTF(TestBTF.bytes(TestBTF.int() + [0, TestBTF.info(3), 0, 1, 1, .max]))
    #expect(throws: BTFError.self) { try huge.encode(.array([]), as: 2) }
  }

  @Test func `an array of no elements is no bytes`() throws {
    let btf = try BTF(TestBTF.bytes(TestBTF.int() + [0, TestBTF.info(3), 0, 1, 1, 0]))
    #expect(try btf.decode([], as: 2) == .array([]))
    #expect(try btf.encode(.array([]), as: 2) == [])
    #expect(throws: BTFError.self) { try btf.encode(.array([.integer(1)]), as: 2) }
  }
}
