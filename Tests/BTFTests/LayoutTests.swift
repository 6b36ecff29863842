import BTF
import Testing

@Suite struct `BTF layout` {
  let btf: BTF

  init() throws { btf = try TestBTF.fixture("btf_types") }

  @Test(arguments: [
    ("bits", 8, 8), ("packed", 7, 1), ("aligned", 128, 4), ("keeper", 72, 8), ("color", 4, 4), ("wide", 8, 8),
    ("tiny", 1, 1), ("bool_t", 1, 1), ("float", 4, 4), ("__int128", 16, 16), ("anonymous_t", 16, 8),
    ("callback_t", 8, 8), ("zeroed", 32, 8),
  ])
  func `sizes and alignments are those of C`(name: String, byteCount: Int, alignment: Int) throws {
    let id = try btf.id(name)
    #expect(btf.byteCount(of: id) == byteCount)
    #expect(btf.alignment(of: id) == alignment)
  }

  @Test(arguments: ["hidden", "program"])
  func `what has no size has none`(name: String) throws {
    #expect(btf.byteCount(of: try btf.id(name)) == nil)
    #expect(btf.byteCount(of: 0) == nil)
    #expect(btf.byteCount(of: 0xffff_ffff) == nil)
  }

  @Test func `a size that overflows is none`() throws {
    let words =
      TestBTF.int() + [0, TestBTF.info(3), 0, 1, 1, .max] + [0, TestBTF.info(3), 0, 2, 1, .max]
      + [0, TestBTF.info(3), 0, 3, 1, .max]
    let nested = try BTF(TestBTF.bytes(words))
    #expect(nested.byteCount(of: 2) == 4 * Int(UInt32.max))
    #expect(nested.byteCount(of: 4) == nil)
    #expect(throws: BTFError.self) { try nested.decode([1, 2, 3, 4], as: 4) }
    #expect(throws: BTFError.self) { try nested.decode([1, 2, 3, 4], as: 3) }
  }

  @Test func `aliases and qualifiers are looked through`() throws {
    let id = try btf.id("external_variable")
    guard case .variable(_, let type, .extern) = btf[id] else {
      Issue.record("no extern variable")
      return
    }
    #expect(btf.name(of: btf.resolved(type)) == "unsigned int")
    #expect(btf.resolved(0) == 0)
  }

  @Test(arguments: [
    ("->next", 0), (".low", 16), ("high", 18), ("->bytes[3]", 19), ("->point.y", 24), ("->grid[1][2]", 86),
    ("->label[11]", 75), ("->bits.wide", 106), ("->packed.value", 171), ("->flexible[5]", 345),
  ])
  func `paths lead to bytes`(path: String, byteOffset: Int) throws {
    let place = try btf.place(of: path, in: btf.id("node"))
    #expect(place.byteOffset == byteOffset)
  }

  @Test(arguments: [
    ("->nothing", "value: no member 'nothing'"), ("->point.z", "value.point: no member 'z'; known are x, y"),
    ("->grid[2]", "value.grid: 3 elements for an array of 2"),
    ("->point[0]", "value.point: expected an array"),
    ("", "value: expected a path"), ("->", "value: expected a path"), ("a.", "value: expected a path"),
    ("a[", "value: expected a path"), ("a[-1]", "value: expected a path"),
    ("a[1]b", "value: expected a path"),
    ("a..b", "value: expected a path"),
  ])
  func `paths that lead nowhere say where they end`(path: String, message: String) throws {
    let id = try btf.id("node")
    let error = #expect(throws: BTFError.self) { try btf.place(of: path, in: id) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test func `members are found within anonymous members`() throws {
    let id = try btf.id("node")
    let place = try #require(btf.member("high", of: id))
    #expect(place.bitOffset == 18 * 8)
    #expect(btf[place.composite].composite?.members.map(\.name) == ["low", "high"])
    #expect(btf.member("", of: id) == nil)
    #expect(btf.memberNames(of: id).prefix(6) == ["next", "secret", "address", "low", "high", "bytes"])
  }
}
