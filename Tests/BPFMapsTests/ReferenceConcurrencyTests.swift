import BPF
import BPFMaps
import Synchronization
import TestSupport
import Testing

/// Maps whose entries refer to something: what a batch finds stays alive and whole until the batch ends.
@Suite struct `Readers in batches and updates at once` {
  private static let rounds: UInt32 = 200

  /// Something to refer to, which says when it is gone.
  private final class Thing: Sendable {
    static let living = Atomic<Int>(0)
    let mark = Atomic<UInt64>(0x5555)
    init() { Self.living.add(1, ordering: .relaxed) }
    deinit {
      mark.store(0xDEAD, ordering: .relaxed)
      Self.living.subtract(1, ordering: .relaxed)
    }
  }

  private static let inner = MapDefinition(
    name: "inner",
    type: .array,
    keySize: 4,
    valueSize: 8,
    maxEntries: 1
  )

  private static func outer(_ type: MapType) throws -> UserMap {
    try UserMap.make(
      MapDefinition(name: "outer", type: type, keySize: 4, valueSize: 4, maxEntries: 8, inner: [inner]),
      cpuCount: 2,
      memory: MemoryLimit(),
      hashSeed: 1
    )
  }

  private static func makeInner(_ mark: UInt64) throws -> UserMap {
    let map = try UserMap.make(inner, cpuCount: 2, memory: MemoryLimit())
    try map.update(bytes(UInt32(0)), to: bytes(mark))
    return map
  }

  /// What a program sees: the inner map under a key, and the mark in it.
  private static func mark(in outer: UserMap, _ key: [UInt8]) -> UInt64? {
    outer.innerMap(at: key).flatMap { $0.programLookup(bytes(UInt32(0))) }.map { number($0) }
  }

  @Test(arguments: [MapType.arrayOfMaps, .hashOfMaps])
  func `a key of a map of maps always has a living map, the old one or the new`(type: MapType) throws {
    let outer = try Self.outer(type), wrong = Atomic<Int>(0), done = Atomic<Int>(2)
    let key = bytes(UInt32(3)), others = (4..<8).map { bytes(UInt32($0)) }
    try put(Self.makeInner(0x0101_0101), into: outer, under: key)
    together(
      [
        {
          for round in 0..<Self.rounds {
            guard let map = try? Self.makeInner(UInt64(round % 2 + 1) &* 0x0101_0101) else { continue }
            try? put(map, into: outer, under: key)
          }
          done.subtract(1, ordering: .relaxed)
        },
        {  // Others come and go, so that places change hands.
          for round in 0..<Int(Self.rounds) {
            guard let map = try? Self.makeInner(7) else { continue }
            try? put(map, into: outer, under: others[round % 4])
            try? outer.delete(others[(round + 2) % 4])
          }
          done.subtract(1, ordering: .relaxed)
        },
      ]
        + (0..<2).map { _ in
          { @Sendable in
            let boundary = BatchBoundary()
            while done.load(ordering: .relaxed) > 0 {
              boundary.enter()
              for _ in 0..<8 {
                let seen = Self.mark(in: outer, key)
                if seen != 0x0101_0101, seen != 0x0202_0202 { wrong.add(1, ordering: .relaxed) }
              }
              boundary.leave()
            }
          }
        }
    )
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  @Test func `replaced inner maps are gone when the updates have returned`() throws {
    let outer = try Self.outer(.hashOfMaps), memory = MemoryLimit()
    for round in 0..<100 {
      let map = try UserMap.make(Self.inner, cpuCount: 1, memory: memory)
      try put(map, into: outer, under: bytes(UInt32(round % 3)))
    }
    let one = try StorageSize.of(Self.inner)
    #expect(memory.reservedByteCount == 3 * one)
    for key in 0..<3 { try outer.delete(bytes(UInt32(key))) }
    #expect(memory.reservedByteCount == 0)
  }

  @Test(arguments: [MapType.devmap, .devmapHash, .cpumap])
  func `the program of a target lives as long as a batch that found it`(type: MapType) throws {
    let map = try makeMap(type, value: 8, entries: 2, cpus: 2), wrong = Atomic<Int>(0)
    let targets = try #require(map as? any RedirectMap & ProgramHolder), done = Atomic<Bool>(false)
    targets.resolvePrograms { _ in Thing() }
    try map.update(bytes(UInt32(1)), to: bytes(UInt32(1)) + bytes(UInt32(1)))
    together([
      {
        for round in 1...Self.rounds {
          try? map.update(bytes(UInt32(1)), to: bytes(round % 1000 + 1) + bytes(round % 1000 + 1))
        }
        done.store(true, ordering: .relaxed)
      },
      {
        let boundary = BatchBoundary()
        while !done.load(ordering: .relaxed) {
          boundary.enter()
          let thing = targets.object(for: 1) as? Thing
          let target = targets.target(for: 1)
          // Interface and program were stored at once.
          if target == nil || target?.number != target?.programID { wrong.add(1, ordering: .relaxed) }
          for _ in 0..<50 where thing?.mark.load(ordering: .relaxed) != 0x5555 {
            wrong.add(1, ordering: .relaxed)
          }
          boundary.leave()
        }
      },
      {
        while !done.load(ordering: .relaxed) {
          let found = try? map.lookup(bytes(UInt32(1)))
          if found == nil || found?.prefix(4) != found?.suffix(4) { wrong.add(1, ordering: .relaxed) }
        }
      },
      {
        while !done.load(ordering: .relaxed) {
          if targets.targetKeys() != [1] { wrong.add(1, ordering: .relaxed) }
        }
      },
    ])
    #expect(wrong.load(ordering: .relaxed) == 0)
    #expect(Thing.living.load(ordering: .relaxed) >= 1)
    targets.removeAllPrograms()
    #expect(targets.object(for: 1) == nil)
  }

  @Test func `a socket lives as long as a batch that found it`() throws {
    let map = try #require(try makeMap(.xskmap, value: 4, entries: 2) as? XSKMapMap)
    let wrong = Atomic<Int>(0), done = Atomic<Bool>(false)
    try map.set(Thing(), queue: 3, at: 1)
    together([
      {
        for _ in 0..<Self.rounds { try? map.set(Thing(), queue: 3, at: 1) }
        done.store(true, ordering: .relaxed)
      },
      {
        let boundary = BatchBoundary()
        while !done.load(ordering: .relaxed) {
          boundary.enter()
          if map.target(for: 1) != RedirectEntry(number: 3) { wrong.add(1, ordering: .relaxed) }
          let thing = map.object(for: 1) as? Thing
          for _ in 0..<50 where thing?.mark.load(ordering: .relaxed) != 0x5555 {
            wrong.add(1, ordering: .relaxed)
          }
          boundary.leave()
        }
      },
    ])
    #expect(wrong.load(ordering: .relaxed) == 0)
    #expect(map.programLookup(bytes(UInt32(1))) == bytes(UInt32(3)))
    try map.set(nil, at: 1)
    #expect(map.target(for: 1) == nil)
    #expect(errorName { () throws(MapError) in try map.set(Thing(), at: 2) } == "E2BIG")
  }
}

/// Puts a map into a map of maps, which holds it from then on.
private func put(_ map: UserMap, into outer: UserMap, under key: [UInt8]) throws {
  try withExtendedLifetime(map) { try outer.update(key, to: bytes(map.id)) }
}

/// What a map reserves.
private enum StorageSize {
  static func of(_ definition: MapDefinition) throws -> Int {
    let memory = MemoryLimit()
    return try withExtendedLifetime(UserMap.make(definition, cpuCount: 1, memory: memory)) {
      memory.reservedByteCount
    }
  }
}
