import BPF
import BPFMaps
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Four values that belong together: no reader may see them mixed.
private func whole(_ number: UInt64) -> [UInt8] { (0..<4).flatMap { bytes(number &+ UInt64($0)) } }

@Suite struct `Readers and writers at once` {
  private static let rounds: UInt32 = 20_000

  /// The large ones have their elements in rows.
  @Test(arguments: [
    (MapType.hash, 4, 64), (.hash, 8, 64), (.hash, 16, 64), (.hash, 24, 64), (.lruHash, 4, 64),
    (.lruHash, 12, 64),
    (.hash, 4, 40_000), (.lruHash, 4, 40_000),
  ])
  func `a key that is always there is always found, and its value whole`(
    _ type: MapType,
    _ size: Int,
    _ entries: Int
  ) throws {
    let map = try makeMap(type, key: size, value: 32, entries: entries), misses = Atomic<Int>(0),
      torn = Atomic<Int>(0)
    let name: @Sendable (UInt32) -> [UInt8] = { bytes($0) + [UInt8](repeating: 3, count: size - 4) }
    for key in UInt32(0)..<16 { #expect(map.programUpdate(name(key), whole(UInt64(key))) == 0) }
    together([
      {  // Replaces the keys that stay.
        for round in 0..<Self.rounds {
          _ = map.programUpdate(name(round % 16), whole(UInt64(round) << 20 | UInt64(round % 16)))
        }
      },
      {  // Other keys come and go, so that elements change hands.
        for round in 0..<Self.rounds {
          _ = map.programUpdate(name(100 + round % 32), whole(0xFFFF))
          _ = map.programDelete(name(100 + (round &* 7) % 32))
        }
      },
      {  // Programs look.
        for round in 0..<Self.rounds where map.address(name(round % 16)) == nil {
          misses.add(1, ordering: .relaxed)
        }
      },
      {  // The control plane looks: its copy is whole and under the right key.
        for round in 0..<Self.rounds {
          guard let found = try? map.lookup(name(round % 16)) else {
            misses.add(1, ordering: .relaxed)
            continue
          }
          let first = number(found.prefix(8))
          if found != whole(first) || first & 0xFFFFF != UInt64(round % 16) {
            torn.add(1, ordering: .relaxed)
          }
        }
      },
    ])
    // An LRU may let a key go that is only looked at from time to time; none was, for there is room for all.
    #expect(misses.load(ordering: .relaxed) == 0)
    #expect(torn.load(ordering: .relaxed) == 0)
  }

  /// More readers than CPUs: every few milliseconds one is stopped, often in the middle of a look-up, and meanwhile
  /// all elements change hands many times.
  @Test(arguments: [
    (MapType.hash, 4), (.hash, 16), (.hash, 40), (.perCPUHash, 4), (.lruPerCPUHash, 8), (.lpmTrie, 8),
  ])
  func `a reader that was stopped in the middle finds its key none the less`(
    _ type: MapType,
    _ size: Int
  ) throws {
    let map = try makeMap(type, key: size, value: 8, entries: 64), misses = Atomic<Int>(0)
    // Fully long prefixes, where it is a trie.
    let name: (UInt32) -> [UInt8] = { number in
      type == .lpmTrie
        ? bytes(UInt32(32)) + bytes(number) : bytes(number) + [UInt8](repeating: 3, count: size - 4)
    }
    let stays = (0..<4).map { name($0) }, comes = (100..<130).map { name($0) }
    for key in stays { #expect(map.programUpdate(key, bytes(UInt64(0))) == 0) }
    let end = ContinuousClock.now + .milliseconds(700)
    together(
      [
        { @Sendable in
          while ContinuousClock.now < end {
            for key in comes {
              _ = map.programUpdate(key, bytes(UInt64(1)))
              for key in stays { _ = map.programUpdate(key, bytes(UInt64(2))) }
            }
            for key in comes { _ = map.programDelete(key) }
          }
        }
      ]
        + (0..<6).map { _ in
          { @Sendable in
            while ContinuousClock.now < end {
              for _ in 0..<1000 {
                for key in stays where map.address(key) == nil { misses.add(1, ordering: .relaxed) }
              }
            }
          }
        }
    )
    #expect(misses.load(ordering: .relaxed) == 0)
  }

  @Test(arguments: [MapType.hash, .perCPUHash, .lruHash, .lruPerCPUHash])
  func `what several writers store is all there afterwards`(_ type: MapType) throws {
    let map = try makeMap(type, entries: 8000, cpus: 4)
    together(
      (0..<4).map { cpu in
        {
          for key in 0..<UInt32(2000) {
            _ = map.programUpdate(bytes(key * 4 + UInt32(cpu)), bytes(UInt64(key)), cpu: cpu)
          }
          for key in 0..<UInt32(1000) { _ = map.programDelete(bytes(key * 4 + UInt32(cpu))) }
        }
      }
    )
    let keys = try map.keys()
    #expect(Set(keys.map { number($0) }) == Set(4000..<8000))
    for key in UInt32(4000)..<8000 {
      #expect(map.programLookup(bytes(key), cpu: Int(key % 4)) == bytes(UInt64(key / 4)))
    }
  }

  @Test func `only one of two creators of a key succeeds`() throws {
    let map = try makeMap(.hash, entries: 10_000), created = Atomic<Int>(0)
    together(
      (0..<4).map { _ in
        {
          for key in 0..<UInt32(5000) where map.programUpdate(bytes(key), bytes(UInt64(0)), flags: 1) == 0 {
            created.add(1, ordering: .relaxed)
          }
        }
      }
    )
    #expect(created.load(ordering: .relaxed) == 5000)
    #expect(try map.keys().count == 5000)
  }

  @Test func `iterating meets every key that stays`() throws {
    let map = try makeMap(.hash, entries: 300), missing = Atomic<Int>(0), done = Atomic<Bool>(false)
    for key in UInt32(0)..<100 { #expect(map.programUpdate(bytes(key), bytes(UInt64(0))) == 0) }
    together([
      {
        for round in 0..<Self.rounds {
          _ = map.programUpdate(bytes(round % 100), bytes(UInt64(round)))
          _ = map.programUpdate(bytes(1000 + round % 150), bytes(UInt64(0)))
          _ = map.programDelete(bytes(1000 + (round &* 11) % 150))
        }
        done.store(true, ordering: .relaxed)
      },
      {
        while !done.load(ordering: .relaxed) {
          var seen = Set<UInt64>(), key: [UInt8]?
          for _ in 0..<100_000 {
            // A key that went away meanwhile sends the walk back to the start, as in the kernel.
            key = try? map.nextKey(after: key)
            guard let key else { break }
            seen.insert(number(key))
          }
          if !seen.isSuperset(of: 0..<100) { missing.add(1, ordering: .relaxed) }
        }
      },
    ])
    #expect(missing.load(ordering: .relaxed) == 0)
  }

  @Test func `a trie always finds the prefix that stays, or a longer one`() throws {
    let map = try makeMap(.lpmTrie, key: 8, value: 8, entries: 600), wrong = Atomic<Int>(0)
    let key: @Sendable (UInt32, [UInt8]) -> [UInt8] = { bytes($0) + $1 }
    for index in UInt8(0)..<16 {
      #expect(map.programUpdate(key(8, [index, 0, 0, 0]), bytes(UInt64(index))) == 0)
    }
    together(
      [
        {
          for round in 0..<Self.rounds {
            let index = UInt8(truncatingIfNeeded: round % 16)
            _ = map.programUpdate(key(8, [index, 0, 0, 0]), bytes(UInt64(round) << 8 | UInt64(index)))
          }
        },
        {
          for round in 0..<Self.rounds {
            let a = UInt8(truncatingIfNeeded: round), length = 9 + round % 24
            let data = [a % 16, a &* 37, a &* 11, a]
            if round & 1 == 0 {
              _ = map.programUpdate(key(length, data), bytes(UInt64(a % 16)))
            } else {
              _ = map.programDelete(key(9 + (round &* 5) % 24, data))
            }
          }
        },
      ]
        + (0..<2).map { _ in
          { @Sendable in
            for round in 0..<Self.rounds {
              let a = UInt8(truncatingIfNeeded: round &* 31), address = [a % 16, a, a &* 3, a &* 5]
              guard let found = try? map.lookup(key(32, address)),
                UInt8(truncatingIfNeeded: number(found)) == a % 16,
                map.address(key(32, address)) != nil
              else {
                wrong.add(1, ordering: .relaxed)
                continue
              }
            }
          }
        }
    )
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  @Test func `a word of an array never tears`() throws {
    let map = try makeMap(.array, value: 16, entries: 1), torn = Atomic<Int>(0), key = bytes(UInt32(0))
    let patterns = (0..<4).map { UInt64($0) &* 0x4142_4344_4546_4748 }
    together(
      (0..<2).map { writer in
        { @Sendable in
          for round in 0..<Int(Self.rounds) {
            let word = patterns[(round + writer) % 4]
            _ = map.programUpdate(key, bytes(word) + bytes(word))
          }
        }
      } + [
        {
          for _ in 0..<Self.rounds {
            guard let found = try? map.lookup(key) else { continue }
            for word in [found.prefix(8), found.suffix(8)] where !patterns.contains(number(word)) {
              torn.add(1, ordering: .relaxed)
            }
          }
        }
      ]
    )
    #expect(torn.load(ordering: .relaxed) == 0)
  }

  @Test func `a ring delivers every submitted record of every producer once and in order`() throws {
    let ring = try #require(
      try makeMap(.ringBuffer, key: 0, value: 0, entries: 1 << 16) as? RingBufferMap
    )
    let running = Atomic<Int>(3), disorder = Atomic<Int>(0), received = Atomic<Int>(0)
    together(
      (0..<3).map { producer in
        { @Sendable in
          for sequence in 0..<UInt32(5000) {
            let record =
              bytes(UInt32(producer)) + bytes(sequence)
              + [UInt8](repeating: UInt8(producer), count: Int(sequence % 50))
            while ring.programOutput(record) != 0 { sched_yield() }
          }
          running.subtract(1, ordering: .releasing)
        }
      } + [
        {
          var next: [UInt32] = [0, 0, 0], isLast = false
          while !isLast {
            isLast = running.load(ordering: .acquiring) == 0
            for record in ring.takeRecords() {
              let producer = Int(number(record.prefix(4))),
                sequence = UInt32(number(record.dropFirst(4).prefix(4)))
              let rest = record.dropFirst(8)
              if sequence != next[producer] || rest.count != Int(sequence % 50)
                || rest.contains(where: { $0 != UInt8(producer) })
              {
                disorder.add(1, ordering: .relaxed)
              }
              next[producer] = sequence + 1
              received.add(1, ordering: .relaxed)
            }
          }
        }
      ]
    )
    #expect(disorder.load(ordering: .relaxed) == 0)
    #expect(received.load(ordering: .relaxed) == 15_000)
  }

  @Test func `programs are read while they are replaced`() throws {
    final class Program: Sendable {}
    let map = try #require(try makeMap(.programArray, value: 4, entries: 2) as? ProgramArrayMap)
    let missing = Atomic<Int>(0)
    try map.set(Program(), id: 1, at: 0)
    together([
      { for round in 1..<UInt32(5000) { try? map.set(Program(), id: round, at: 0) } },
      {
        let boundary = BatchBoundary()
        for _ in 0..<5000 {
          boundary.enter()
          if !(map.program(at: 0) is Program) { missing.add(1, ordering: .relaxed) }
          boundary.leave()
        }
      },
    ])
    #expect(missing.load(ordering: .relaxed) == 0)
    map.removeAllPrograms()
  }
}
