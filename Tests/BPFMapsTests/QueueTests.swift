import BPF
import BPFMaps
import Synchronization
import TestSupport
import Testing

@Suite struct `Queues, stacks and bloom filters` {
  @Test(arguments: [MapType.queue, .stack])
  func `what several threads push comes out once each`(type: MapType) throws {
    let map = try makeMap(type, key: 0, value: 16, entries: 200), producers = Atomic<Int>(2)
    let torn = Atomic<Int>(0), taken = (0..<2).map { _ in Taken() }
    let perProducer: UInt64 = 5000
    together(
      (0..<2).map { producer in
        { @Sendable in
          for sequence in 0..<perProducer {
            let word = bytes(UInt64(producer) << 32 | sequence)
            while map.programPush(word + word) != 0 {}
          }
          producers.subtract(1, ordering: .releasing)
        }
      }
        + taken.map { list in
          { @Sendable in
            var isLast = false
            while true {
              let value = map.programPop()
              if let value {
                if value.prefix(8) != value.suffix(8) { torn.add(1, ordering: .relaxed) }
                list.numbers.append(number(value.prefix(8)))
              } else if isLast {
                return
              } else {
                isLast = producers.load(ordering: .acquiring) == 0
              }
            }
          }
        }
    )
    let all = taken.flatMap(\.numbers)
    #expect(torn.load(ordering: .relaxed) == 0)
    #expect(all.count == Int(2 * perProducer))
    #expect(Set(all).count == all.count)
    if type == .queue {
      // Each taker sees what one producer pushed in its order.
      for list in taken {
        for producer in UInt64(0)..<2 {
          let mine = list.numbers.filter { $0 >> 32 == producer }
          #expect(mine == mine.sorted())
        }
      }
    }
  }

  @Test func `a value that was pushed is never missing, whoever pushes beside`() throws {
    let map = try makeMap(.bloomFilter, key: 0, value: 8, entries: 40_000), missing = Atomic<Int>(0)
    together(
      (0..<4).map { thread in
        { @Sendable in
          for index in 0..<5000 {
            let value = bytes(UInt64(index * 4 + thread))
            if map.programPush(value) != 0 || !map.programContains(value) {
              missing.add(1, ordering: .relaxed)
            }
          }
        }
      }
    )
    #expect(missing.load(ordering: .relaxed) == 0)
    for index in 0..<20_000 { #expect(try map.contains(bytes(UInt64(index)))) }
  }

  @Test(arguments: [(UInt64(0), 0.10), (1, 0.6), (5, 0.10), (15, 0.02)])
  func `a full filter takes few other values for its own`(hashes: UInt64, limit: Double) throws {
    let definition = MapDefinition(
      name: "filter",
      type: .bloomFilter,
      keySize: 0,
      valueSize: 12,
      maxEntries: 4000,
      extra: hashes
    )
    let map = try UserMap.make(definition, cpuCount: 1, memory: MemoryLimit(), hashSeed: 9)
    let name: (Int) -> [UInt8] = { bytes(UInt64($0)) + [1, 2, 3, 4] }
    for index in 0..<4000 { try map.update([], to: name(index)) }
    for index in 0..<4000 { #expect(try map.contains(name(index))) }
    let wrong = try (10_000..<20_000).filter { try map.contains(name($0)) }.count
    #expect(Double(wrong) / 10_000 <= limit)
  }

  @Test func `readers of perf events get the records of their CPU in order, and count what did not fit`()
    throws
  {
    let map = try #require(
      try makeMap(.perfEventArray, value: 4, entries: 4, cpus: 4) as? PerfEventArrayMap
    )
    #expect(map.admission(of: 0, cpu: 0) == -2)
    #expect(map.admission(of: 4, cpu: 0) == -7)
    map.openAll()
    #expect(map.admission(of: 1, cpu: 0) == -95)
    #expect(map.admission(of: 1, cpu: 1) == 0)
    together(
      (0..<4).map { cpu in
        { @Sendable in
          for sequence in UInt32(0)..<2000 { _ = map.output(bytes(sequence), at: UInt32(cpu)) }
        }
      }
    )
    for cpu in UInt32(0)..<4 {
      #expect(map.takeRecords(at: cpu) == (UInt32(0)..<2000).map { bytes($0) })
      #expect(map.takeRecords(at: cpu) == [])
    }
    map.close(at: 2)
    try map.open(at: 2, byteCount: 100)
    #expect(
      (0..<6).map { _ in map.output([UInt8](repeating: 1, count: 9), at: 2) } == [0, 0, 0, 0, -28, -28]
    )
    #expect(map.lostCount(at: 2) == 2)
    #expect(errorName { () throws(MapError) in try map.open(at: 4) } == "E2BIG")
  }

  @Test func `a value under the lock is whole, whoever holds it`() throws {
    for type in [MapType.array, .hash] {
      let definition = MapDefinition(
        name: "locked",
        type: type,
        keySize: 4,
        valueSize: 40,
        maxEntries: 1,
        fields: [KernelField(.spinLock, at: 8)]
      )
      let map = try UserMap.make(definition, cpuCount: 1, memory: MemoryLimit())
      let key = bytes(UInt32(0)), torn = Atomic<Int>(0), running = Atomic<Int>(2)
      let value: @Sendable (UInt8) -> [UInt8] = { mark in
        [UInt8](repeating: mark, count: 8) + [9, 9, 9, 9] + [UInt8](repeating: mark, count: 28)
      }
      try map.update(key, to: value(1), .any)
      together([
        {
          for round in 0..<20_000 { try? map.update(key, to: value(UInt8(round % 100)), .lock) }
          running.subtract(1, ordering: .relaxed)
        },
        {
          for round in 0..<20_000 { _ = map.programUpdate(key, value(UInt8(100 + round % 100)), flags: 4) }
          running.subtract(1, ordering: .relaxed)
        },
        {
          while running.load(ordering: .relaxed) > 0 {
            guard let seen = try? map.lookup(key, .lock) else { continue }
            let expected = value(seen[0])
            if seen[8..<12] != [0, 0, 0, 0] || seen.prefix(8) != expected.prefix(8)
              || seen.suffix(28) != expected.suffix(28)
            {
              torn.add(1, ordering: .relaxed)
            }
          }
        },
      ])
      #expect(torn.load(ordering: .relaxed) == 0, "\(type.name)")
    }
  }
}

/// What one thread took, for the test to look at when the thread has ended.
private final class Taken: @unchecked Sendable {
  var numbers: [UInt64] = []
}
