import BTF
import Foundation
import TestSupport

/// BTF that tests read: of fixtures, of the running kernel, and made by hand.
enum TestBTF {
  /// The running kernel's types; nil where there are none.
  static let kernelBytes: [UInt8]? = FileManager.default.contents(atPath: "/sys/kernel/btf/vmlinux").map {
    [UInt8]($0)
  }

  /// Whether the running kernel offers its types.
  static var hasKernel: Bool { kernelBytes != nil }

  /// The types of a fixture, such as `btf_types`.
  static func fixture(_ name: String) throws -> BTF { try BTF(section(".BTF", of: name)) }

  /// What the fixture's `.BTF.ext` says.
  static func fixtureExtension(_ name: String) throws -> BTFExtension {
    let bytes = try section(".BTF.ext", of: name)
    return try BTFExtension(parsing: bytes.rawBytes, btf: fixture(name))
  }

  /// The bytes of an ELF section of a fixture's object.
  static func section(_ name: String, of fixture: String) throws -> [UInt8] {
    let file = try Fixture.bytes(of: "\(fixture).o")
    func number(_ offset: Int, _ byteCount: Int) -> Int {
      file[offset..<(offset + byteCount)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let headers = number(40, 8)
    func header(_ index: Int) -> Int { headers + index * 64 }
    let names = number(header(number(62, 2)) + 24, 8)
    for index in 0..<number(60, 2) {
      let start = names + number(header(index), 4)
      guard String(decoding: file[start...].prefix { $0 != 0 }, as: UTF8.self) == name else { continue }
      let offset = number(header(index) + 24, 8)
      return Array(file[offset..<(offset + number(header(index) + 32, 8))])
    }
    throw CocoaError(.fileReadNoSuchFile)
  }

  /// A `.BTF` section of these words and strings; the first string is at offset 1.
  static func bytes(_ words: [UInt32], strings: [String] = [], startsWithZero: Bool = true) -> [UInt8] {
    let section = words.flatMap(littleEndian)
    var text: [UInt8] = startsWithZero ? [0] : []
    for string in strings { text += Array(string.utf8) + [0] }
    let header: [UInt32] = [
      0x1_eb9f, 24, 0, UInt32(section.count), UInt32(section.count), UInt32(text.count),
    ]
    return header.flatMap(littleEndian) + section + text
  }

  /// The bytes of a word.
  static func littleEndian(_ word: UInt32) -> [UInt8] {
    [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0) }
  }

  /// The second word of a record: the kind, the number of members, and the flag.
  static func info(_ kind: UInt32, _ count: UInt32 = 0, flag: Bool = false) -> UInt32 {
    (flag ? 1 << 31 : 0) | kind << 24 | count
  }

  /// `int`, of four bytes, as a record whose name is at this offset.
  static func int(name: UInt32 = 0) -> [UInt32] { [name, info(1), 4, 1 << 24 | 32] }
}

extension BTF {
  /// Parses bytes that a test holds as an array.
  init(_ bytes: [UInt8], base: BTF? = nil) throws(BTFError) {
    self = try BTF(parsing: bytes.rawBytes, base: base)
  }

  /// The type of this name, which the test knows to be there.
  func id(_ name: String, _ kind: BTFType.Kind? = nil) throws -> TypeID {
    guard let id = find(named: name, kind: kind) else { throw CocoaError(.keyValueValidation) }
    return id
  }
}
