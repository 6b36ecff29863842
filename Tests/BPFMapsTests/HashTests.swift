import BPF
import BPFMaps
import Testing

@Suite struct `Hashes` {
  static let types: [MapType] = [.hash, .perCPUHash, .lruHash]

  /// Flags, and what Linux 6.18 answered for a key that is not there and for one that is.
  static let updates: [(UInt64, new: String, existing: String)] = [
    (0, "ok", "ok"), (1, "ok", "EEXIST"), (2, "ENOENT", "ok"), (3, "EINVAL", "EINVAL"),
    (4, "EINVAL", "EINVAL"), (5, "EINVAL", "EINVAL"), (8, "EINVAL", "EINVAL"), (1 << 32, "EINVAL", "EINVAL"),
  ]

  @Test(arguments: types, updates)
  func `updates answer as the kernel does`(
    _ type: MapType,
    _ update: (flags: UInt64, new: String, existing: String)
  ) throws {
    let map = try makeMap(type), value = [UInt8](repeating: 1, count: map.valueByteCount)
    let flags = MapUpdateFlags(rawValue: update.flags), key = bytes(UInt32(7))
    #expect(errorName { () throws(MapError) in try map.update(key, to: value, flags) } == update.new)
    try map.update(key, to: value)
    #expect(errorName { () throws(MapError) in try map.update(key, to: value, flags) } == update.existing)

    let other = bytes(UInt32(8)), short = [UInt8](repeating: 1, count: 8)
    for answer in [update.new, update.existing] {
      let code = map.programUpdate(other, short, flags: update.flags)
      #expect((code == 0 ? "ok" : LinuxErrno(rawValue: -code).name) == answer)
      #expect(map.programUpdate(other, short) == 0)
    }
  }

  @Test(arguments: [MapType.hash, .perCPUHash])
  func `a full map takes no new key, but replaces`(_ type: MapType) throws {
    let map = try makeMap(type, entries: 2), value = [UInt8](repeating: 1, count: map.valueByteCount)
    for key: UInt32 in [1, 2] { try map.update(bytes(key), to: value) }
    for (flags, answer): (UInt64, String) in [(0, "E2BIG"), (1, "E2BIG"), (2, "ENOENT"), (3, "EINVAL")] {
      let flags = MapUpdateFlags(rawValue: flags)
      #expect(
        errorName { () throws(MapError) in try map.update(bytes(UInt32(3)), to: value, flags) } == answer
      )
    }
    #expect(map.programUpdate(bytes(UInt32(3)), bytes(UInt64(1))) == -7)
    try map.update(bytes(UInt32(2)), to: value, .exist)
    try map.delete(bytes(UInt32(2)))
    try map.update(bytes(UInt32(3)), to: value, .noExist)
    #expect(Set(try map.keys()) == [bytes(UInt32(1)), bytes(UInt32(3))])
  }

  @Test(arguments: types) func `deleting works once`(_ type: MapType) throws {
    let map = try makeMap(type), key = bytes(UInt32(1))
    #expect(errorName { () throws(MapError) in try map.delete(key) } == "ENOENT")
    #expect(map.programDelete(key) == -2)
    try map.update(key, to: [UInt8](repeating: 1, count: map.valueByteCount))
    #expect(map.programDelete(key) == 0)
    #expect(try map.lookup(key) == nil)
    #expect(map.programLookup(key) == nil)
    #expect(try map.nextKey(after: nil) == nil)
  }

  @Test(arguments: types) func `the first key follows one that is not there`(_ type: MapType) throws {
    let map = try makeMap(type)
    #expect(try map.nextKey(after: bytes(UInt32(1))) == nil)
    try map.update(bytes(UInt32(5)), to: [UInt8](repeating: 1, count: map.valueByteCount))
    #expect(try map.nextKey(after: bytes(UInt32(1))) == bytes(UInt32(5)))
    #expect(try map.nextKey(after: bytes(UInt32(5))) == nil)
  }

  @Test(arguments: types, [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 20, 31, 32, 40, 64, 300])
  func `keys of every size are told apart by every byte`(_ type: MapType, _ size: Int) throws {
    let map = try makeMap(type, key: size, value: 4, entries: 2 * size + 1)
    let zero = [UInt8](repeating: 0, count: size)
    var all = [zero]
    for index in 0..<size {
      for bit: UInt8 in [1, 0x80] {
        var key = zero
        key[index] = bit
        all.append(key)
      }
    }
    for (index, key) in all.enumerated() { #expect(map.programUpdate(key, bytes(UInt32(index))) == 0) }
    for (index, key) in all.enumerated() { #expect(map.programLookup(key) == bytes(UInt32(index))) }
    #expect(Set(try map.keys()) == Set(all))
    for key in all { #expect(map.programDelete(key) == 0) }
    #expect(try map.keys() == [])
  }

  @Test(arguments: types) func `deleting while iterating reaches every key`(_ type: MapType) throws {
    let map = try makeMap(type, entries: 1000)
    for key in UInt32(0)..<1000 { #expect(map.programUpdate(bytes(key), bytes(UInt64(key))) == 0) }
    var deleted = Set<[UInt8]>()
    var key = try map.nextKey(after: nil)
    while let current = key {
      key = try map.nextKey(after: current)
      try map.delete(current)
      #expect(deleted.insert(current).inserted)
    }
    #expect(deleted.count == 1000)
    #expect(try map.keys() == [])
  }

  @Test(arguments: types) func `updating while iterating reaches every key once`(_ type: MapType) throws {
    let map = try makeMap(type, entries: 100)
    for key in UInt32(0)..<100 { #expect(map.programUpdate(bytes(key), bytes(UInt64(key))) == 0) }
    var seen: [[UInt8]] = [], key = try map.nextKey(after: nil)
    while let current = key, seen.count < 1000 {
      seen.append(current)
      #expect(map.programUpdate(current, bytes(UInt64(0))) == 0)
      key = try map.nextKey(after: current)
    }
    #expect(seen.count == 100)
    #expect(Set(seen).count == 100)
  }

  @Test(arguments: types) func `sizes of keys and values are checked`(_ type: MapType) throws {
    let map = try makeMap(type)
    for wrong in [[], bytes(UInt16(1)), bytes(UInt64(1))] {
      #expect(throws: MapError.self) { try map.lookup(wrong) }
      #expect(throws: MapError.self) { try map.delete(wrong) }
      #expect(throws: MapError.self) { try map.nextKey(after: wrong) }
      #expect(throws: MapError.self) {
        try map.update(wrong, to: [UInt8](repeating: 0, count: map.valueByteCount))
      }
    }
    let error = #expect(throws: MapError.self) { try map.update(bytes(UInt32(1)), to: [1]) }
    #expect(error?.detail == "the value has 1 byte, the map's have \(map.valueByteCount)")
  }
}

@Suite struct `Published elements` {
  @Test(arguments: [MapType.hash, .lruHash])
  func `an old pointer keeps the old value while sixteen others are replaced`(_ type: MapType) throws {
    let map = try makeMap(type, entries: 64), key = bytes(UInt32(1))
    for other in UInt32(0)..<64 { #expect(map.programUpdate(bytes(other), bytes(UInt64(other))) == 0) }
    let old = try #require(map.address(key))
    #expect(map.programUpdate(key, bytes(UInt64(1000))) == 0)
    #expect(map.programLookup(key) == bytes(UInt64(1000)))
    #expect(map.address(key) != old)
    for other in UInt32(2)..<17 { #expect(map.programUpdate(bytes(other), bytes(UInt64(0xFFFF))) == 0) }
    #expect(map.value(at: old) == bytes(UInt64(1)))
  }

  @Test func `a deleted key's pointer stays readable`() throws {
    let map = try makeMap(.hash), key = bytes(UInt32(1))
    #expect(map.programUpdate(key, bytes(UInt64(5))) == 0)
    let old = try #require(map.address(key))
    #expect(map.programDelete(key) == 0)
    #expect(map.value(at: old) == bytes(UInt64(5)))
  }

  @Test func `freed elements are used again, so that a full map can be replaced for ever`() throws {
    let map = try makeMap(.hash, entries: 3)
    for round in UInt64(0)..<1000 {
      for key in UInt32(0)..<3 { #expect(map.programUpdate(bytes(key), bytes(round)) == 0) }
    }
    #expect(map.programLookup(bytes(UInt32(2))) == bytes(UInt64(999)))
  }

  @Test func `a per-CPU hash updates in place`() throws {
    let map = try makeMap(.perCPUHash), key = bytes(UInt32(1))
    #expect(map.programUpdate(key, bytes(UInt64(5)), cpu: 1) == 0)
    let address = try #require(map.address(key, cpu: 1))
    #expect(map.programUpdate(key, bytes(UInt64(6)), cpu: 1) == 0)
    #expect(map.address(key, cpu: 1) == address)
    #expect(map.value(at: address) == bytes(UInt64(6)))
  }

  @Test func `a new key of a per-CPU hash is zero on the other CPUs`() throws {
    let map = try makeMap(.perCPUHash, value: 5, entries: 1, cpus: 3), key = bytes(UInt32(1))
    for round in 1...100 {
      let all = [UInt8](repeating: 0xEE, count: map.valueByteCount)
      try map.update(key, to: all)
      #expect(try map.lookup(key) == all)
      try map.delete(key)
      #expect(map.programUpdate(key, [1, 2, 3, 4, UInt8(round)], cpu: 1) == 0)
      let found = try map.lookup(key)
      #expect(found?.prefix(8) == [0, 0, 0, 0, 0, 0, 0, 0])
      #expect(found?.suffix(8) == [0, 0, 0, 0, 0, 0, 0, 0])
      #expect(map.programLookup(key, cpu: 1) == [1, 2, 3, 4, UInt8(round)])
      #expect(map.programUpdate(key, [9, 9, 9, 9, 9], cpu: 2) == 0)
      #expect(map.programLookup(key, cpu: 1) == [1, 2, 3, 4, UInt8(round)])
      try map.delete(key)
    }
    #expect(map.programLookup(key, cpu: 3) == nil)
  }
}

@Suite struct `Least recently used` {
  @Test(arguments: [1, 2, 3, 31, 32, 33, 100, 1000])
  func `inserting never fails and never exceeds the capacity`(_ capacity: Int) throws {
    let map = try makeMap(.lruHash, entries: capacity)
    for key in UInt32(0)..<3000 {
      #expect(map.programUpdate(bytes(key), bytes(UInt64(key)), flags: 1) == 0)
      #expect(map.programLookup(bytes(key)) == bytes(UInt64(key)))
    }
    #expect(try map.keys().count == capacity)
  }

  @Test func `what was not used goes first, oldest first`() throws {
    let map = try makeMap(.lruHash, entries: 8)
    for key in UInt32(0)..<8 { #expect(map.programUpdate(bytes(key), bytes(UInt64(0))) == 0) }
    for key: UInt32 in [0, 2, 4] { #expect(map.programLookup(bytes(key)) != nil) }
    for key in UInt32(100)..<105 { #expect(map.programUpdate(bytes(key), bytes(UInt64(0))) == 0) }
    #expect(Set(try map.keys().map { number($0) }) == [0, 2, 4, 100, 101, 102, 103, 104])
  }

  @Test(arguments: [2, 8, 40, 500])
  func `a key that is used between insertions stays`(_ capacity: Int) throws {
    let map = try makeMap(.lruHash, entries: capacity), favourite = bytes(UInt32.max)
    #expect(map.programUpdate(favourite, bytes(UInt64(7))) == 0)
    for key in UInt32(0)..<5000 {
      #expect(map.programLookup(favourite) == bytes(UInt64(7)))
      #expect(map.programUpdate(bytes(key), bytes(UInt64(0))) == 0)
    }
  }

  @Test func `when all were used, the one whose last use lies furthest back goes`() throws {
    let map = try makeMap(.lruHash, entries: 4)
    for key in UInt32(0)..<3 { #expect(map.programUpdate(bytes(key), bytes(UInt64(0))) == 0) }
    for key: UInt32 in [2, 1] { #expect(map.programLookup(bytes(key)) != nil) }
    #expect(map.programUpdate(bytes(UInt32(3)), bytes(UInt64(0))) == 0)
    for key: UInt32 in [0, 3] { #expect(map.programLookup(bytes(key)) != nil) }
    #expect(map.programUpdate(bytes(UInt32(4)), bytes(UInt64(0))) == 0)
    let keys = Set(try map.keys().map { number($0) })
    #expect(keys.isSuperset(of: [0, 3, 4]))
    #expect(keys.count == 4)
  }

  @Test func `the control plane's look-ups are no uses, its updates are`() throws {
    let map = try makeMap(.lruHash, entries: 3)
    for key in UInt32(0)..<3 { try map.update(bytes(key), to: bytes(UInt64(0))) }
    for _ in 0..<10 { _ = try map.lookup(bytes(UInt32(0))) }
    try map.update(bytes(UInt32(1)), to: bytes(UInt64(1)))
    try map.update(bytes(UInt32(3)), to: bytes(UInt64(0)))
    #expect(Set(try map.keys().map { number($0) }) == [1, 2, 3])
    try map.update(bytes(UInt32(4)), to: bytes(UInt64(0)))
    #expect(Set(try map.keys().map { number($0) }) == [1, 3, 4])
  }
}
