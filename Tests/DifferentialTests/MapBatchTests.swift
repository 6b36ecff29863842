import BPF
import BPFMaps
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Batches of map operations` {
  /// What a batch did: how many entries were done, and why it stopped.
  private struct Outcome: Equatable {
    var completed: Int
    var code: LinuxErrno?
  }

  private static let types: [MapType] = [
    .array, .perCPUArray, .hash, .perCPUHash, .lruHash, .lruPerCPUHash, .lpmTrie, .devmap, .devmapHash,
    .cpumap, .xskmap, .queue, .stack, .bloomFilter, .perfEventArray, .programArray,
  ]

  private static func subject(_ type: MapType) -> MapSubject? {
    MapSubject.all.first { $0.definition.type == type && $0.definition.flags.isDisjoint(with: [.readOnly]) }
  }

  private func maps(_ definition: MapDefinition) throws -> [any BPFMap] {
    [
      try UserMap.make(definition, cpuCount: PossibleCPUs.count(), memory: MemoryLimit()),
      try KernelMap.make(definition),
    ]
  }

  private func outcome(_ count: Int, _ body: () throws(MapBatchError) -> Void) -> Outcome {
    do throws(MapBatchError) {
      try body()
      return Outcome(completed: count, code: nil)
    } catch {
      return Outcome(completed: error.completed, code: error.error.code)
    }
  }

  @Test(arguments: types, Seeds.first(4))
  func `store, remove and stop at the same entry with the same error`(type: MapType, seed: UInt64) throws {
    let subject = try #require(Self.subject(type))
    let values = try subject.wholeValues(cpuCount: PossibleCPUs.count())
    let both = try maps(subject.definition)
    var random = SplitMix(seed: seed)
    for _ in 0..<60 {
      let count = Int.random(in: 0..<5, using: &random)
      let entries = (0..<count).map { _ in
        MapBatch.Entry(key: random.pick(subject.keys), value: random.pick(values))
      }
      let flags = MapUpdateFlags(rawValue: random.pick([0, 0, 0, 0, 1, 2, 4]))
      let isUpdate = Bool.random(using: &random)
      let outcomes = both.map { map in
        outcome(count) { () throws(MapBatchError) in
          if isUpdate {
            try map.updateBatch(entries, flags)
          } else {
            try map.deleteBatch(entries.map(\.key), flags)
          }
        }
      }
      try #require(
        outcomes[0] == outcomes[1],
        "\(isUpdate ? "update" : "delete") of \(entries), flags \(flags.rawValue): \(outcomes)"
      )
    }
    #expect(try contents(of: both[0]) == contents(of: both[1]))
  }

  /// Everything in a map by batches of a size, or the error.
  private func drain(_ map: any BPFMap, by count: Int, taking: Bool) -> Result<[[UInt8]: [UInt8]], MapError> {
    do throws(MapError) {
      var all: [[UInt8]: [UInt8]] = [:], place: MapBatch.Place?
      repeat {
        let batch =
          taking
          ? try map.takeBatch(from: place, count: count, .any)
          : try map.lookupBatch(from: place, count: count, .any)
        #expect(batch.entries.count <= count)
        for entry in batch.entries {
          #expect(all[entry.key] == nil, "\(entry.key) twice")
          all[entry.key] = entry.value
        }
        place = batch.next
      } while place != nil
      return .success(all)
    } catch { return .failure(error) }
  }

  @Test(arguments: types) func `give every entry once, and take every entry out`(type: MapType) throws {
    let subject = try #require(Self.subject(type))
    let values = try subject.wholeValues(cpuCount: PossibleCPUs.count())
    let both = try maps(subject.definition)
    for map in both {
      for (index, key) in subject.keys.enumerated() {
        _ = MapOperation.update(key, values[index % values.count], flags: 0).perform(on: map)
      }
    }
    // Batches of the kernel's hashes must have room for a whole bucket.
    for count in [1000, 16] {
      for taking in [false, true] {
        let seen = both.map { drain($0, by: count, taking: taking).mapError(\.code) }
        #expect(seen[0] == seen[1], "by \(count), taking: \(taking)")
      }
    }
    #expect(try contents(of: both[0]) == contents(of: both[1]))
  }

  @Test func `a walk in small batches meets every key that stays, whatever comes and goes`() throws {
    let map = try UserMap.make(
      MapDefinition(name: "walked", type: .hash, keySize: 4, valueSize: 8, maxEntries: 300),
      cpuCount: 1,
      memory: MemoryLimit()
    )
    let value = [UInt8](repeating: 1, count: 8)
    for number in 0..<100 { try map.update(MapSubject.key(number, 4), to: value) }
    var seen = Set<[UInt8]>(), place: MapBatch.Place?, round = 0
    repeat {
      let batch = try map.lookupBatch(from: place, count: 3)
      for entry in batch.entries { seen.insert(entry.key) }
      place = batch.next
      // What was met last goes, and others come.
      if let last = batch.entries.last?.key, last[0] >= 50 { try map.delete(last) }
      try map.update(MapSubject.key(1000 + round, 4), to: value)
      round += 1
    } while place != nil
    #expect(seen.isSuperset(of: (0..<50).map { MapSubject.key($0, 4) }))
  }
}
