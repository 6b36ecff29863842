import BTF
import Testing

@Suite struct `Malformed BTF` {
  static let sound = TestBTF.bytes(TestBTF.int(name: 1), strings: ["int"])

  static let headers: [(bytes: [UInt8], fault: BTFError.Fault)] = [
    ([], BTFError.Fault.tooShort(byteCount: 0, minimum: 24)),
    ([0x9f], .tooShort(byteCount: 1, minimum: 24)),
    (Array(sound.prefix(23)), .tooShort(byteCount: 23, minimum: 24)),
    ([0xeb, 0x9f] + sound.dropFirst(2), .bigEndian),
    ([0x7f, 0x45] + sound.dropFirst(2), .notBTF(magic: 0x457f)),
    (sound.with(2, at: 2), .unsupportedVersion(2)),
    (sound.with(4, at: 3), .unsupportedFlags(4)),
    (sound.with(23, at: 4), .tooShort(byteCount: 23, minimum: 24)),
    (sound.with(25, at: 4), .truncated(needed: 5, available: 4)),
    (sound.with(2, at: 8), .misaligned(offset: 26)),
    (sound.with(0xff, at: 15), .truncated(needed: 0xff00_0010, available: 21)),
  ]

  @Test(arguments: headers)
  func `headers are refused`(bytes: [UInt8], fault: BTFError.Fault) {
    #expect(throws: BTFError(fault, in: .header)) { try BTF(bytes) }
  }

  @Test func `strings must begin and end with a zero`() {
    #expect(throws: BTFError(.unterminatedStrings, in: .strings)) {
      try BTF(Self.sound.with(1, at: Self.sound.count - 1))
    }
    #expect(throws: BTFError(.unterminatedStrings, in: .strings)) {
      try BTF(Self.sound.with(1, at: Self.sound.count - 5))
    }
    #expect(throws: BTFError(.unterminatedStrings, in: .strings)) { try BTF(Self.sound.with(0, at: 20)) }
  }

  static let records: [(words: [UInt32], fault: BTFError.Fault)] = [
    ([0, TestBTF.info(0), 0], BTFError.Fault.unknownKind(0)),
    ([0, TestBTF.info(20), 0], .unknownKind(20)),
    ([0, TestBTF.info(2)], .truncated(needed: 4, available: 0)),
    ([0, TestBTF.info(1), 3, 24], .invalidSize(kind: .integer, byteCount: 3)),
    ([0, TestBTF.info(1), 32, 32], .invalidSize(kind: .integer, byteCount: 32)),
    ([0, TestBTF.info(1), 4, 33], .invalidInteger(byteCount: 4, bitOffset: 0, bitCount: 33, encoding: 0)),
    (
      [0, TestBTF.info(1), 4, 8 << 16 | 25],
      .invalidInteger(byteCount: 4, bitOffset: 8, bitCount: 25, encoding: 0)
    ),
    (
      [0, TestBTF.info(1), 4, 3 << 24 | 32],
      .invalidInteger(byteCount: 4, bitOffset: 0, bitCount: 32, encoding: 3)
    ),
    ([9, TestBTF.info(7), 0], .noSuchString(offset: 9, limit: 3)),
    ([0, TestBTF.info(4, 0xffff), 4, 0, 0, 0], .truncated(needed: 0xffff * 12, available: 12)),
    ([0, TestBTF.info(6, 2), 4, 0, 0], .truncated(needed: 16, available: 8)),
    ([0, TestBTF.info(6), 3], .invalidSize(kind: .enumeration, byteCount: 3)),
    ([0, TestBTF.info(19, 1), 8, 0, 0], .truncated(needed: 12, available: 8)),
    ([0, TestBTF.info(13, 5), 0], .truncated(needed: 40, available: 0)),
    ([0, TestBTF.info(15, 5), 0], .truncated(needed: 60, available: 0)),
    ([0, TestBTF.info(14), 0, 3], .invalidLinkage(3)),
    ([0, TestBTF.info(12, 7), 0], .invalidLinkage(7)),
    ([0, TestBTF.info(16), 5], .invalidSize(kind: .float, byteCount: 5)),
    ([0, TestBTF.info(17), 0, 0xffff_fffe], .invalidComponent(-2)),
  ]

  @Test(arguments: records)
  func `records are refused`(words: [UInt32], fault: BTFError.Fault) {
    #expect(throws: BTFError(fault, in: .type(1, offset: 0))) {
      try BTF(TestBTF.bytes(words, strings: ["x"]))
    }
  }

  static let references: [(words: [UInt32], fault: BTFError.Fault)] = [
    ([0, TestBTF.info(2), 2], BTFError.Fault.noSuchType(2, count: 2)),
    ([0, TestBTF.info(3), 0, 1, 0, 1], .cycle([1, 1])),
    ([0, TestBTF.info(3), 0, 0, 7, 1], .noSuchType(7, count: 2)),
    ([0, TestBTF.info(12), 0], .misplacedReference(0, kind: .void)),
    ([0, TestBTF.info(15, 1), 0, 0, 0, 0], .misplacedReference(0, kind: .void)),
    ([1, TestBTF.info(8), 1], .cycle([1, 1])),
    ([0, TestBTF.info(2), 1], .cycle([1, 1])),
    ([1, TestBTF.info(8), 2, 1, TestBTF.info(8), 1], .cycle([1, 2, 1])),
    ([1, TestBTF.info(4, 1), 4, 0, 1, 0], .cycle([1, 1])),
    ([1, TestBTF.info(4, 1), 4, 0, 2, 0, 0, TestBTF.info(10), 1], .cycle([1, 2, 1])),
    ([0, TestBTF.info(13, 1), 0, 1, 1], .cycle([1, 1])),
  ]

  @Test(arguments: references)
  func `references are refused`(words: [UInt32], fault: BTFError.Fault) {
    #expect(throws: BTFError(fault, in: .typeNumber(1))) {
      try BTF(TestBTF.bytes(words, strings: ["x"]))
    }
  }

  @Test func `a struct may point to itself`() throws {
    let btf = try BTF(
      TestBTF.bytes([1, TestBTF.info(4, 1), 8, 0, 2, 0, 0, TestBTF.info(2), 1], strings: ["x"])
    )
    #expect(btf.byteCount(of: 1) == 8)
  }

  @Test func `a chain longer than any real one is refused, not followed`() {
    let chain = (0..<100_000).flatMap { [1, TestBTF.info(8), UInt32($0)] }
    #expect(throws: BTFError(.tooDeep(limit: 256), in: .typeNumber(257))) {
      try BTF(TestBTF.bytes(chain, strings: ["x"]))
    }
  }

  @Test func `strings that overlap to be many are refused`() {
    let length = 40_000
    let words = (1..<length).flatMap { [UInt32($0), TestBTF.info(7), 0] as [UInt32] }
    let text = String(repeating: "x", count: length)
    let error = #expect(throws: BTFError.self) { try BTF(TestBTF.bytes(words, strings: [text])) }
    #expect(error?.fault == .overlappingStrings)
  }

  @Test func `errors say where and what`() {
    let error = BTFError(.noSuchType(999, count: 45), in: .typeNumber(12))
    #expect(error.description == "BTF type 12: refers to type 999, but there are only 45")
    let cycle = BTFError(.cycle([3, 4, 3]), in: .type(3, offset: 24))
    #expect(cycle.description == "BTF type 3 (byte 24 of the type section): contains itself: 3 → 4 → 3")
  }

  @Test func `what the format can't hold is not encoded`() {
    let member = BTFType.Member(name: "m", type: 1, bitOffset: 0)
    let large = BTFType.Composite(name: "s", byteCount: 4, members: Array(repeating: member, count: 65_536))
    let int = BTFType.integer(name: "int", byteCount: 4, bitOffset: 0, bitCount: 32, encoding: .signed)
    #expect(throws: BTFError.self) { try BTF(types: [.void, int, .structure(large)]).encoded() }
    let far = BTFType.Composite(
      name: "s",
      byteCount: 4,
      members: [.init(name: "m", type: 1, bitOffset: 1 << 24, bitFieldWidth: 1)]
    )
    #expect(throws: BTFError.self) { try BTF(types: [.void, int, .union(far)]).encoded() }
  }
}

extension [UInt8] {
  /// The same bytes but one.
  fileprivate func with(_ byte: UInt8, at index: Int) -> [UInt8] {
    var bytes = self
    bytes[index] = byte
    return bytes
  }
}
