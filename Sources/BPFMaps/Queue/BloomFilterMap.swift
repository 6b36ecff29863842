import BPF
import Synchronization

/// `BPF_MAP_TYPE_BLOOM_FILTER`: a set that forgets nothing and may take a value for one that it has.
///
/// A value sets one bit for each hash function (`map_extra`, 5 by default) and is there if all of them are set. Values only
/// come in, so bits are set by atomic or, without a lock, and a value that is in is found by everyone. Which
/// other values seem to be there depends on the hash functions, which are not the kernel's.
///
/// Unsafe: bit `n` is in the word at `base + n / 64 * 8`, for every `n` of the mask.
@safe public final class BloomFilterMap: KeylessMap, @unchecked Sendable {
  private let storage: MapStorage
  private let hashCount: Int
  private let mask: UInt64
  private let seeds: HashSeeds

  init(
    _ definition: MapDefinition,
    _ cpuCount: Int,
    _ memory: MemoryLimit,
    _ seeds: HashSeeds
  ) throws(MapError) {
    let usual = 5
    hashCount = definition.extra == 0 ? usual : Int(definition.extra)
    self.seeds = seeds
    let bitCount = Self.bitCount(definition.maxEntries, hashCount)
    mask = UInt64(bitCount - 1)
    var layout = StorageLayout()
    _ = layout.append(bitCount / 8)
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    super.init(definition: definition, cpuCount: cpuCount)
  }

  /// A power of two of 1.4 bits or more for each value and hash function, which leaves half of them unset.
  private static func bitCount(_ entries: Int, _ hashCount: Int) -> Int {
    let smallest = 64, largest = 1 << 32
    let wanted = entries * hashCount / 5 * 7
    var count = smallest
    while count < wanted, count < largest { count *= 2 }
    return count
  }

  /// The bits of a value, by two hashes of it.
  @unsafe private func forEachBit(_ value: UnsafeRawPointer, _ body: (UInt64) -> Bool) -> Bool {
    let key = unsafe KeyBytes(value, byteCount: definition.valueSize)
    let first = key.hash(seeds)
    let step = seeds.folded(first ^ seeds.second, seeds.first | 1) | 1
    var hash = first
    for _ in 0..<hashCount {
      guard body((hash >> 32 ^ hash) & mask) else { return false }
      hash &+= step
    }
    return true
  }

  private func word(_ bit: UInt64) -> UnsafePointer<Atomic<UInt64>> {
    unsafe storage.base.word(Int(bit >> 6) &* 8)
  }

  /// Takes a value in; flags are refused.
  @unsafe public override func push(_ value: UnsafeRawPointer, flags: UInt64) -> Int32 {
    guard flags == 0 else { return LinuxErrno.invalid.answer }
    _ = unsafe forEachBit(value) { bit in
      unsafe word(bit).pointee.bitwiseOr(1 &<< (bit & 63), ordering: .releasing)
      return true
    }
    return 0
  }

  /// 0 if the value may be in, `ENOENT` if it is not.
  @unsafe public override func peek(into value: UnsafeMutableRawPointer) -> Int32 {
    let isIn = unsafe forEachBit(value) { bit in
      unsafe word(bit).pointee.load(ordering: .acquiring) & 1 &<< (bit & 63) != 0
    }
    return isIn ? 0 : LinuxErrno.noEntry.answer
  }

  // MARK: The control plane

  /// A look-up asks about the value of zeros that it begins with; `contains` asks about any.
  override var answerToKeys: LinuxErrno { .notSupported }
}
