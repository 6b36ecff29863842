import BPF
import BPFMaps
import Testing

@Suite struct `Ring buffers` {
  private func make(_ size: Int = 4096) throws -> RingBufferMap {
    try #require(try makeMap(.ringBuffer, key: 0, value: 0, entries: size) as? RingBufferMap)
  }

  @Test func `records come out in the order in which they were reserved`() throws {
    let ring = try make()
    let first = try #require(ring.programReserve(5, fill: 1))
    #expect(ring.programOutput([2, 2]) == 0)
    #expect(ring.takeRecords() == [])
    RingBufferMap.programSubmit(first)
    #expect(ring.takeRecords() == [[1, 1, 1, 1, 1], [2, 2]])
    #expect(ring.takeRecords() == [])
  }

  @Test func `discarded records are skipped and their room is free again`() throws {
    let ring = try make()
    for round in 0..<1000 {
      let record = try #require(ring.programReserve(100))
      #expect(ring.programOutput([UInt8(round % 256)]) == 0)
      RingBufferMap.programDiscard(record)
      #expect(ring.takeRecords() == [[UInt8(round % 256)]])
    }
  }

  @Test func `queries answer sizes and positions`() throws {
    let ring = try make()
    #expect((0...5).map { ring.query($0) } == [0, 4096, 0, 0, 0, 0])
    #expect(ring.programOutput([1, 2, 3]) == 0)
    #expect(ring.programOutput([]) == 0)
    #expect((0...3).map { ring.query($0) } == [24, 4096, 0, 24])
    #expect(ring.consume(limit: 1) { _ in } == 1)
    #expect((0...3).map { ring.query($0) } == [8, 4096, 16, 24])
  }

  /// The size of a record in an empty ring of 4,096 bytes, and whether it fits: at least a byte stays free.
  @Test(arguments: [
    (0, true), (1, true), (4080, true), (4081, false), (4088, false), (4089, false), (4096, false),
    (UInt64(UInt32.max) / 4, false), (UInt64(UInt32.max), false), (UInt64.max, false),
    (UInt64.max - 7, false),
  ])
  func `a record that can never fit is refused`(_ size: UInt64, _ fits: Bool) throws {
    let ring = try make()
    #expect((ring.programReserve(fits ? size : size, fill: 3) != nil) == fits)
    #expect(ring.query(3) == (fits ? (size + 15) & ~7 : 0))
  }

  @Test func `a full ring refuses until something is read`() throws {
    let ring = try make()
    var count = 0
    while ring.programOutput([UInt8](repeating: UInt8(count), count: 56)) == 0 { count += 1 }
    #expect(count == 63)
    #expect(ring.programOutput([UInt8](repeating: 0, count: 56)) == -LinuxErrno.tryAgain.rawValue)
    #expect(ring.programReserve(56) == nil)
    #expect(ring.consume(limit: 1) { _ in } == 1)
    #expect(ring.programOutput([UInt8](repeating: 99, count: 56)) == 0)
    let records = ring.takeRecords()
    #expect(records.map { $0[0] } == (1..<63).map { UInt8($0) } + [99])
  }

  @Test func `flags that are not known are refused`() throws {
    let ring = try make()
    for flags: UInt64 in [0, 1, 2, 3] { #expect(ring.programOutput([1], flags: flags) == 0) }
    for flags: UInt64 in [4, 7, 1 << 32] { #expect(ring.programOutput([1], flags: flags) == -22) }
    for flags: UInt64 in [1, 2, 3, 4] { #expect(ring.programReserve(8, flags: flags) == nil) }
    #expect(ring.takeRecords().count == 4)
  }

  @Test func `a record that crosses the end is in one piece`() throws {
    let ring = try make()
    for round in 0..<200 {
      let record = (0..<(1000 + round)).map { UInt8(truncatingIfNeeded: $0 &+ round) }
      #expect(ring.programOutput(record) == 0)
      #expect(ring.takeRecords() == [record])
    }
    #expect(ring.query(0) == 0)
  }

  @Test func `it has no keys`() throws {
    let ring = try make()
    #expect(errorName { () throws(MapError) in _ = try ring.lookup([]) } == "ENOTSUPP")
    #expect(errorName { () throws(MapError) in try ring.update([], to: []) } == "ENOTSUPP")
    #expect(errorName { () throws(MapError) in try ring.delete([]) } == "ENOTSUPP")
    #expect(errorName { () throws(MapError) in _ = try ring.nextKey(after: nil) } == "ENOTSUPP")
    #expect(errorName { () throws(MapError) in _ = try ring.lookup([1, 2, 3, 4]) } == "EINVAL")
  }
}

@Suite struct `Access` {
  /// What Linux 6.18 answers with each flag to update, lookup, delete, next key and freeze.
  @Test(arguments: [
    (MapFlags.readOnly, ["EPERM", "ok", "EPERM", "ok", "EPERM"]),
    (.writeOnly, ["ok", "EPERM", "ok", "EPERM", "ok"]),
    (.readOnlyForPrograms, ["ok", "ok", "ok", "ok", "ok"]),
    (.writeOnlyForPrograms, ["ok", "ok", "ok", "ok", "ok"]),
  ])
  func `access flags bind the control plane`(_ flags: MapFlags, _ answers: [String]) throws {
    let map = try makeMap(.hash, flags: flags), key = bytes(UInt32(1))
    #expect(map.programUpdate(bytes(UInt32(2)), bytes(UInt64(2))) == 0)
    #expect(
      [
        errorName { () throws(MapError) in try map.update(key, to: bytes(UInt64(1))) },
        errorName { () throws(MapError) in _ = try map.lookup(key) },
        errorName { () throws(MapError) in try map.delete(bytes(UInt32(2))) },
        errorName { () throws(MapError) in _ = try map.nextKey(after: nil) },
        errorName { () throws(MapError) in try map.freeze() },
      ] == answers
    )
  }

  @Test(arguments: [
    (MapType.array, 4, 8), (.perCPUArray, 4, 8), (.hash, 4, 8), (.perCPUHash, 4, 8), (.lruHash, 4, 8),
    (.lpmTrie, 8, 8), (.programArray, 4, 4), (.devmap, 4, 4),
  ])
  func `a frozen map refuses user space and not programs`(_ type: MapType, _ key: Int, _ value: Int) throws {
    let map = try makeMap(type, key: key, value: value), name = [UInt8](repeating: 0, count: key)
    try map.freeze()
    #expect(map.isFrozen)
    let contents = [UInt8](repeating: 1, count: map.valueByteCount)
    let flags = MapUpdateFlags(rawValue: 77)
    #expect(errorName { () throws(MapError) in try map.update(name, to: contents, flags) } == "EPERM")
    #expect(errorName { () throws(MapError) in try map.delete(name) } == "EPERM")
    #expect(errorName { () throws(MapError) in try map.freeze() } == "EPERM")
    #expect(errorName { () throws(MapError) in _ = try map.lookup(name) } == "ok")
    if type != .programArray {
      #expect(map.programUpdate(name, [UInt8](repeating: 1, count: value)) == 0)
      #expect(map.programLookup(name) == [UInt8](repeating: 1, count: value))
    }
  }
}
