import BPF
import BPFMaps
import Synchronization
import TestSupport
import Testing

@Suite struct `Arrays` {
  static let types: [MapType] = [.array, .perCPUArray]

  @Test(arguments: types) func `every index is there from the start and zero`(_ type: MapType) throws {
    let map = try makeMap(type, entries: 3)
    for index in UInt32(0)..<3 {
      #expect(map.programLookup(bytes(index)) == [UInt8](repeating: 0, count: 8))
      #expect(try map.lookup(bytes(index)) == [UInt8](repeating: 0, count: map.valueByteCount))
    }
    for index in [3, 4, UInt32.max] {
      #expect(map.programLookup(bytes(index)) == nil)
      #expect(try map.lookup(bytes(index)) == nil)
    }
  }

  /// Index, flags, and what Linux 6.18 answered.
  static let updates: [(UInt32, UInt64, String)] = [
    (2, 0, "ok"), (2, 1, "EEXIST"), (2, 2, "ok"), (2, 3, "EINVAL"), (2, 4, "EINVAL"), (2, 8, "EINVAL"),
    (2, 1 << 32, "EINVAL"), (3, 0, "E2BIG"), (3, 1, "E2BIG"), (3, 2, "E2BIG"), (3, 3, "EINVAL"),
    (3, 4, "EINVAL"), (.max, 0, "E2BIG"),
  ]

  @Test(arguments: types, updates)
  func `updates answer as the kernel does`(_ type: MapType, _ update: (UInt32, UInt64, String)) throws {
    let map = try makeMap(type, entries: 3)
    let value = [UInt8](repeating: 9, count: map.valueByteCount), (index, flags, answer) = update
    let control = errorName { () throws(MapError) in
      try map.update(bytes(index), to: value, MapUpdateFlags(rawValue: flags))
    }
    let program = map.programUpdate(bytes(index), [UInt8](repeating: 9, count: 8), flags: flags)
    #expect(control == answer)
    // To a program `BPF_F_LOCK` is a flag like others, looked at after the index.
    let programs = (index, flags) == (3, 4) ? "E2BIG" : answer
    #expect((program == 0 ? "ok" : LinuxErrno(rawValue: -program).name) == programs)
    #expect(map.programLookup(bytes(UInt32(2))) == [UInt8](repeating: answer == "ok" ? 9 : 0, count: 8))
  }

  @Test(arguments: types) func `elements cannot be deleted`(_ type: MapType) throws {
    let map = try makeMap(type, entries: 3)
    for index: UInt32 in [0, 3] {
      #expect(map.programDelete(bytes(index)) == -22)
      #expect(errorName { () throws(MapError) in try map.delete(bytes(index)) } == "EINVAL")
    }
  }

  @Test(arguments: [MapType.array, .perCPUArray, .programArray, .devmap])
  func `keys are all indices, and the first one follows what is out of range`(_ type: MapType) throws {
    let map = try makeMap(type, value: 4, entries: 3)
    #expect(try map.keys() == [0, 1, 2].map { bytes(UInt32($0)) })
    #expect(try map.nextKey(after: bytes(UInt32(2))) == nil)
    #expect(try map.nextKey(after: bytes(UInt32(3))) == bytes(UInt32(0)))
    #expect(try map.nextKey(after: bytes(UInt32.max)) == bytes(UInt32(0)))
  }

  @Test(arguments: [1, 2, 3, 5, 7, 12, 13]) func `odd value sizes do not touch their neighbours`(
    _ size: Int
  ) throws {
    let map = try makeMap(.array, value: size, entries: 3)
    for index in UInt8(0)..<3 {
      try map.update(bytes(UInt32(index)), to: (0..<size).map { UInt8($0) &* 3 &+ index })
    }
    for index in UInt8(0)..<3 {
      #expect(map.programLookup(bytes(UInt32(index))) == (0..<size).map { UInt8($0) &* 3 &+ index })
    }
  }

  @Test func `a pointer shows later updates, for they happen in place`() throws {
    let map = try makeMap(.array)
    let address = try #require(map.address(bytes(UInt32(1))))
    try map.update(bytes(UInt32(1)), to: bytes(UInt64(77)))
    #expect(map.value(at: address) == bytes(UInt64(77)))
    #expect(map.address(bytes(UInt32(1))) == address)
  }

  @Test func `each CPU has its own value, rounded up to 8 bytes on the control plane`() throws {
    let map = try makeMap(.perCPUArray, value: 5, entries: 2, cpus: 3), key = bytes(UInt32(1))
    #expect(map.valueByteCount == 24)
    for cpu in 0..<3 {
      #expect(map.programUpdate(key, [UInt8](repeating: UInt8(cpu + 1), count: 5), cpu: cpu) == 0)
    }
    #expect(
      try map.lookup(key) == [
        1, 1, 1, 1, 1, 0, 0, 0, 2, 2, 2, 2, 2, 0, 0, 0, 3, 3, 3, 3, 3, 0, 0, 0,
      ]
    )
    let all = (0..<24).map { UInt8($0) }
    try map.update(key, to: all)
    #expect(try map.lookup(key) == all)
    #expect(map.programLookup(key, cpu: 2) == [16, 17, 18, 19, 20])
    #expect(map.programLookup(key, cpu: 3) == nil)
    #expect(map.programLookup(key, cpu: -1) == nil)
    #expect(map.programLookup(bytes(UInt32(0)), cpu: 2) == [0, 0, 0, 0, 0])
  }

  @Test func `what is not zero is found in every word of every CPU's value`() throws {
    let map = try #require(try makeMap(.perCPUArray, value: 12, entries: 7, cpus: 3) as? PerCPUArrayMap)
    #expect(map.indicesOfNonZeroValues.isEmpty)
    for (index, cpu, place) in [(6, 2, 11), (1, 0, 0), (3, 1, 8), (3, 2, 3)] {
      var value = [UInt8](repeating: 0, count: 12)
      value[place] = 1
      #expect(map.programUpdate(bytes(UInt32(index)), value, cpu: cpu) == 0)
    }
    #expect(map.indicesOfNonZeroValues == [1, 3, 6])
  }
}

/// Something that a program array can hold.
private final class Program: Sendable {
  let id: UInt32
  init(_ id: UInt32) { self.id = id }
}

@Suite struct `Program arrays` {
  private func make() throws -> ProgramArrayMap {
    let map = try #require(try makeMap(.programArray, value: 4, entries: 2) as? ProgramArrayMap)
    map.resolvePrograms { $0 < 100 ? Program($0) : nil }
    return map
  }

  @Test func `programs see nothing and change nothing`() throws {
    let map = try make()
    try map.set(Program(5), id: 5, at: 0)
    #expect(map.programLookup(bytes(UInt32(0))) == nil)
    #expect(map.programUpdate(bytes(UInt32(0)), bytes(UInt32(6))) < 0)
  }

  @Test func `a slot gives the program that was put there`() throws {
    let map = try make()
    #expect(map.program(at: 0) == nil)
    try map.set(Program(5), id: 5, at: 0)
    try map.update(bytes(UInt32(1)), to: bytes(UInt32(6)))
    #expect((map.program(at: 0) as? Program)?.id == 5)
    #expect((map.program(at: 1) as? Program)?.id == 6)
    #expect(map.program(at: 2) == nil)
    #expect(map.program(at: .max) == nil)
    #expect(try map.lookup(bytes(UInt32(1))) == bytes(UInt32(6)))
  }

  /// Index, id, flags, and what Linux 6.18 answered.
  @Test(arguments: [
    (0, 6, 0, "ok"), (0, 6, 1, "EINVAL"), (0, 6, 2, "EINVAL"), (0, 6, 3, "EINVAL"), (2, 6, 1, "EINVAL"),
    (2, 6, 0, "E2BIG"), (0, 999, 0, "EBADF"),
  ])
  func `updates answer as the kernel does`(
    _ index: UInt32,
    _ id: UInt32,
    _ flags: UInt64,
    _ answer: String
  ) throws {
    let map = try make()
    let flags = MapUpdateFlags(rawValue: flags)
    #expect(
      errorName { () throws(MapError) in try map.update(bytes(index), to: bytes(id), flags) } == answer
    )
  }

  @Test func `deleting empties a slot once`() throws {
    let map = try make()
    try map.update(bytes(UInt32(0)), to: bytes(UInt32(6)))
    try map.delete(bytes(UInt32(0)))
    #expect(map.program(at: 0) == nil)
    #expect(try map.lookup(bytes(UInt32(0))) == nil)
    #expect(errorName { () throws(MapError) in try map.delete(bytes(UInt32(0))) } == "ENOENT")
    #expect(errorName { () throws(MapError) in try map.delete(bytes(UInt32(2))) } == "E2BIG")
  }

  @Test func `a replaced program is gone when the update returns`() throws {
    let map = try make()
    weak var old: Program?
    do {
      let program = Program(5)
      old = program
      try map.set(program, id: 5, at: 0)
    }
    try map.set(Program(6), id: 6, at: 0)
    #expect(old == nil)
  }

  @Test func `an update returns after the batches that may use the old program`() throws {
    let map = try make(), isReading = Atomic<Bool>(false), isRead = Atomic<Bool>(false)
    let seen = Atomic<UInt32>(0), returnedEarly = Atomic<Bool>(false)
    try map.set(Program(5), id: 5, at: 0)
    together([
      {
        let boundary = BatchBoundary()
        boundary.enter()
        let program = map.program(at: 0) as? Program
        isReading.store(true, ordering: .releasing)
        let end = ContinuousClock.now + .milliseconds(50)
        while ContinuousClock.now < end {}
        seen.store(program?.id ?? 0, ordering: .relaxed)
        isRead.store(true, ordering: .releasing)
        boundary.leave()
      },
      {
        while !isReading.load(ordering: .acquiring) {}
        try? map.set(Program(6), id: 6, at: 0)
        returnedEarly.store(!isRead.load(ordering: .acquiring), ordering: .relaxed)
      },
    ])
    #expect(seen.load(ordering: .relaxed) == 5)
    #expect(returnedEarly.load(ordering: .relaxed) == false)
  }

  @Test func `programs die with the map, or when all are removed`() throws {
    weak var first: Program?
    weak var second: Program?
    do {
      let map = try make(), programs = (Program(1), Program(2))
      (first, second) = programs
      try map.set(programs.0, id: 1, at: 0)
      map.removeAllPrograms()
      try map.set(programs.1, id: 2, at: 1)
    }
    #expect(first == nil)
    #expect(second == nil)
  }
}

@Suite struct `Devmaps` {
  private func make(_ value: Int) throws -> DevmapMap {
    let map = try #require(try makeMap(.devmap, value: value, entries: 3) as? DevmapMap)
    map.resolvePrograms { $0 < 100 ? Program($0) : nil }
    return map
  }

  @Test(arguments: [4, 8]) func `a target is what was stored`(_ size: Int) throws {
    let map = try make(size), tail = [UInt8](repeating: 0, count: size - 4)
    #expect(try map.lookup(bytes(UInt32(0))) == nil)
    #expect(map.programLookup(bytes(UInt32(0))) == nil)
    try map.update(bytes(UInt32(0)), to: bytes(UInt32(7)) + tail)
    #expect(try map.lookup(bytes(UInt32(0))) == bytes(UInt32(7)) + tail)
    #expect(map.programLookup(bytes(UInt32(0))) == bytes(UInt32(7)) + tail)
    #expect(map.target(for: 0) == RedirectEntry(number: 7))
    #expect(map.target(for: 1) == nil)
    #expect(map.target(for: 3) == nil)
  }

  /// Index, interface, flags, and what Linux 6.18 answered.
  @Test(arguments: [
    (0, 1, 0, "ok"), (0, 1, 1, "EEXIST"), (0, 1, 2, "ok"), (0, 1, 3, "EINVAL"), (0, 1, 4, "EINVAL"),
    (3, 1, 0, "E2BIG"), (3, 1, 1, "E2BIG"), (3, 1, 2, "E2BIG"), (3, 1, 3, "EINVAL"), (0, 0, 0, "ok"),
  ])
  func `updates answer as the kernel does`(
    _ index: UInt32,
    _ ifindex: UInt32,
    _ flags: UInt64,
    _ answer: String
  ) throws {
    for size in [4, 8] {
      let map = try make(size), value = bytes(ifindex) + [UInt8](repeating: 0, count: size - 4)
      let flags = MapUpdateFlags(rawValue: flags)
      #expect(errorName { () throws(MapError) in try map.update(bytes(index), to: value, flags) } == answer)
    }
  }

  @Test func `interface 0 empties a position, and deleting an empty one is fine`() throws {
    let map = try make(4)
    try map.update(bytes(UInt32(1)), to: bytes(UInt32(7)))
    try map.update(bytes(UInt32(1)), to: bytes(UInt32(0)))
    #expect(try map.lookup(bytes(UInt32(1))) == nil)
    try map.update(bytes(UInt32(1)), to: bytes(UInt32(7)))
    try map.delete(bytes(UInt32(1)))
    try map.delete(bytes(UInt32(1)))
    #expect(map.target(for: 1) == nil)
    #expect(errorName { () throws(MapError) in try map.delete(bytes(UInt32(3))) } == "EINVAL")
  }

  @Test func `a target has a program of its own`() throws {
    let map = try make(8), key = bytes(UInt32(2))
    try map.update(key, to: bytes(UInt32(7)) + bytes(UInt32(5)))
    #expect((map.object(for: 2) as? Program)?.id == 5)
    #expect(try map.lookup(key) == bytes(UInt32(7)) + bytes(UInt32(5)))
    try map.update(key, to: bytes(UInt32(7)) + bytes(UInt32.max))
    #expect(map.object(for: 2) == nil)
    #expect(try map.lookup(key) == bytes(UInt32(7)) + bytes(UInt32(0)))
    for value in [bytes(UInt32(0)) + bytes(UInt32(5)), bytes(UInt32(7)) + bytes(UInt32(999))] {
      #expect(errorName { () throws(MapError) in try map.update(key, to: value) } == "EINVAL")
    }
  }

  @Test func `programs may only read it`() throws {
    #expect(try make(4).definition.flags.contains(.readOnlyForPrograms))
  }
}
