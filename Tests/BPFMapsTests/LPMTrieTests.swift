import BPF
import BPFMaps
import Testing

/// An IPv4 prefix as a trie's key.
private func prefix(_ text: String) -> [UInt8] {
  let parts = text.split(separator: "/")
  return bytes(UInt32(parts[1])!) + parts[0].split(separator: ".").map { UInt8($0)! }
}

@Suite struct `Longest prefix` {
  private func make(_ entries: Int = 16) throws -> UserMap {
    try makeMap(.lpmTrie, key: 8, value: 4, entries: entries)
  }

  @Test func `the longest prefix that fits wins`() throws {
    let map = try make()
    for (index, text) in ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32"].enumerated()
    {
      try map.update(prefix(text), to: bytes(UInt32(index)))
    }
    let cases: [(String, UInt32)] = [
      ("10.1.2.3/32", 4), ("10.1.2.4/32", 3), ("10.1.3.3/32", 2), ("10.2.2.3/32", 1), ("11.1.2.3/32", 0),
      ("10.1.2.3/31", 3), ("10.1.2.3/24", 3), ("10.1.2.3/23", 2), ("10.1.2.3/15", 1), ("10.1.2.3/7", 0),
      ("10.1.2.3/0", 0),
    ]
    for (address, value) in cases {
      #expect(map.programLookup(prefix(address)) == bytes(value), "\(address)")
      #expect(try map.lookup(prefix(address)) == bytes(value), "\(address)")
    }
  }

  /// Flags, and what Linux 6.18 answered for a prefix that is not there and for one that is.
  @Test(arguments: [
    (0, "ok", "ok"), (1, "ok", "EEXIST"), (2, "ENOENT", "ok"), (3, "EINVAL", "EINVAL"),
    (4, "EINVAL", "EINVAL"), (8, "EINVAL", "EINVAL"), (1 << 32, "EINVAL", "EINVAL"),
  ])
  func `updates answer as the kernel does`(_ flags: UInt64, _ new: String, _ existing: String) throws {
    let map = try make(), flags = MapUpdateFlags(rawValue: flags)
    #expect(
      errorName { () throws(MapError) in try map.update(prefix("10.0.0.0/8"), to: bytes(UInt32(1)), flags) }
        == new
    )
    try map.update(prefix("10.0.0.0/8"), to: bytes(UInt32(1)))
    #expect(
      errorName { () throws(MapError) in try map.update(prefix("10.9.9.9/8"), to: bytes(UInt32(2)), flags) }
        == existing
    )
  }

  @Test func `a full trie answers as the kernel does`() throws {
    let map = try make(3), value = bytes(UInt32(9))
    for text in ["10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8"] { try map.update(prefix(text), to: value) }
    for (text, flags, answer) in [
      ("12.0.0.0/8", 0, "ENOSPC"), ("12.0.0.0/8", 1, "ENOSPC"), ("12.0.0.0/8", 2, "ENOENT"),
      // A branch is there, but no entry.
      ("10.0.0.0/7", 0, "ENOSPC"), ("10.0.0.0/7", 2, "ENOENT"), ("10.1.0.0/16", 0, "ok"),
    ] {
      let flags = MapUpdateFlags(rawValue: UInt64(flags))
      #expect(
        errorName { () throws(MapError) in try map.update(prefix(text), to: value, flags) } == answer,
        "\(text)"
      )
    }
    try map.delete(prefix("11.0.0.0/8"))
    try map.update(prefix("12.0.0.0/8"), to: value)
  }

  @Test func `a prefix that is too long is refused, and found nowhere`() throws {
    let map = try make(), key = prefix("10.0.0.0/33")
    try map.update(prefix("10.0.0.0/8"), to: bytes(UInt32(1)))
    #expect(errorName { () throws(MapError) in try map.update(key, to: bytes(UInt32(1))) } == "EINVAL")
    #expect(errorName { () throws(MapError) in try map.delete(key) } == "EINVAL")
    #expect(try map.lookup(key) == nil)
    #expect(map.programLookup(bytes(UInt32.max) + [10, 0, 0, 0]) == nil)
    #expect(try map.nextKey(after: key) == prefix("10.0.0.0/8"))
  }

  @Test
  func `keys come as in the kernel: longer ones before their beginnings, bits behind the prefix as given`()
    throws
  {
    let map = try make()
    for text in ["10.9.9.9/8", "11.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "10.1.128.0/17", "200.0.0.0/5"] {
      try map.update(prefix(text), to: bytes(UInt32(1)))
    }
    #expect(
      try map.keys()
        == [
          "10.1.128.0/17", "10.1.0.0/16", "10.9.9.9/8", "11.0.0.0/8", "200.0.0.0/5", "0.0.0.0/0",
        ].map(prefix)
    )
    #expect(try map.nextKey(after: prefix("10.77.0.0/8")) == prefix("11.0.0.0/8"))
    #expect(try map.nextKey(after: prefix("10.1.0.0/18")) == prefix("10.1.128.0/17"))
    #expect(try map.nextKey(after: prefix("10.0.0.0/7")) == prefix("10.1.128.0/17"))
    #expect(try map.nextKey(after: prefix("0.0.0.0/0")) == nil)
  }

  @Test func `deleting takes exactly one prefix away`() throws {
    let map = try make()
    let all = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "10.1.2.3/32", "128.0.0.0/1"]
    for text in all { try map.update(prefix(text), to: bytes(UInt32(1))) }
    for (index, text) in all.enumerated() {
      try map.delete(prefix(text))
      #expect(errorName { () throws(MapError) in try map.delete(prefix(text)) } == "ENOENT")
      #expect(Set(try map.keys()) == Set(all.dropFirst(index + 1).map(prefix)))
    }
    #expect(map.programLookup(prefix("10.1.2.3/32")) == nil)
  }

  @Test func `deleting the current key while iterating reaches every key`() throws {
    let map = try make(256)
    for index in UInt8(0)..<255 {
      try map.update(prefix("10.\(index).0.0/\(8 + index % 25)"), to: bytes(UInt32(1)))
    }
    let expected = Set(try map.keys())
    var seen = Set<[UInt8]>(), key = try map.nextKey(after: nil)
    while let current = key {
      key = try map.nextKey(after: current)
      try map.delete(current)
      #expect(seen.insert(current).inserted)
    }
    #expect(seen == expected)
  }

  @Test func `an old pointer keeps the old value`() throws {
    let map = try make(), key = prefix("10.0.0.0/8")
    try map.update(key, to: bytes(UInt32(1)))
    let old = try #require(map.address(prefix("10.1.1.1/32")))
    for value in UInt32(2)..<17 { try map.update(key, to: bytes(value)) }
    #expect(map.programLookup(key) == bytes(UInt32(16)))
    #expect(map.value(at: old) == bytes(UInt32(1)))
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 24, 255, 256])
  func `prefixes of every size match bit by bit`(_ size: Int) throws {
    let map = try makeMap(.lpmTrie, key: 4 + size, value: 4, entries: 8 * size + 1)
    let data = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ 0xA5) }
    for length in 0...size * 8 {
      #expect(map.programUpdate(bytes(UInt32(length)) + data, bytes(UInt32(length))) == 0)
    }
    for flipped in stride(from: 0, to: size * 8, by: size > 32 ? 61 : 1) {
      var other = data
      other[flipped / 8] ^= 0x80 >> UInt8(flipped % 8)
      #expect(map.programLookup(bytes(UInt32(size * 8)) + other) == bytes(UInt32(flipped)))
    }
    #expect(map.programLookup(bytes(UInt32(size * 8)) + data) == bytes(UInt32(size * 8)))
    #expect(try map.keys() == (0...size * 8).reversed().map { bytes(UInt32($0)) + data })
  }
}
