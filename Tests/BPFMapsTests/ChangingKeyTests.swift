import BPF
import BPFMaps
import Synchronization
import TestSupport
import Testing

/// A key in memory that another thread keeps writing.
///
/// Unsafe: the words are allocated for as long as the object lives, and only touched atomically.
@safe private final class ChangingKey: @unchecked Sendable {
  let words: UnsafeMutablePointer<Atomic<UInt32>>
  let count: Int

  init(byteCount: Int, first: UInt32) {
    count = byteCount / 4
    unsafe words = .allocate(capacity: count)
    for index in 0..<count { unsafe (words + index).initialize(to: Atomic(index == 0 ? first : 0)) }
  }

  deinit {
    unsafe words.deinitialize(count: count)
    unsafe words.deallocate()
  }

  /// Writes one of a few patterns over all words but the first `kept`.
  func scramble(_ random: inout SplitMix, keeping kept: Int) {
    let pattern = random.pick([0, 0x0101_0101, 0xFFFF_FFFF, 0x8000_0000] as [UInt32])
    for index in kept..<count { unsafe words[index].store(pattern, ordering: .relaxed) }
  }

  /// `bpf_map_update_elem` with this key.
  func update(_ map: UserMap, _ value: [UInt8]) -> Int32 {
    unsafe value.withUnsafeBytes { unsafe map.store(words, $0.baseAddress!, flags: 0, cpu: 0) }
  }

  /// `bpf_map_delete_elem` with this key.
  func delete(from map: UserMap) -> Int32 { unsafe map.remove(words, cpu: 0) }
}

@Suite struct `A key that changes while it is read` {
  @Test(
    arguments: [
      (MapType.hash, 24, 64), (.lruHash, 24, 4), (.lruHash, 12, 4), (.lruHash, 64, 4), (.perCPUHash, 40, 64),
      (.lpmTrie, 36, 64),
    ]
  )
  func `leaves a map whole: every key that it lists is found, and removed`(
    type: MapType,
    keySize: Int,
    entries: Int
  ) throws {
    let map = try makeMap(type, key: keySize, value: 8, entries: entries, cpus: 1)
    // A trie's keys are all of full length.
    let key = ChangingKey(byteCount: keySize, first: UInt32(keySize - 4) * 8), done = Atomic<Bool>(false)
    let kept = type == .lpmTrie ? 1 : 0, value = [UInt8](repeating: 1, count: 8)
    together([
      {
        var random = SplitMix(seed: 1)
        while !done.load(ordering: .relaxed) { key.scramble(&random, keeping: kept) }
      },
      {
        for round in 0..<40_000 {
          _ = key.update(map, value)
          if round % 7 == 0 { _ = key.delete(from: map) }
        }
        done.store(true, ordering: .relaxed)
      },
    ])
    let keys = try map.keys()
    #expect(keys.count <= entries)
    #expect(Set(keys).count == keys.count)
    for key in keys { #expect(try map.lookup(key) != nil) }
    for key in keys { #expect(map.programDelete(key) == 0) }
    #expect(try map.keys() == [])
  }
}
