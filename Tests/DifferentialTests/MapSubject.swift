import BPF
import BPFMaps
import LinuxKernel
import TestSupport

/// A kind of map with keys and values worth trying on it.
struct MapSubject: Sendable, CustomStringConvertible {
  var definition: MapDefinition
  /// Keys with their neighbours, inside and outside of what the map takes.
  var keys: [[UInt8]]
  /// The bytes of one CPU's value.
  var values: [[UInt8]]
  /// Whether the order of its keys is part of what it promises.
  var isOrdered: Bool

  var description: String {
    "\(definition.type.name) of \(definition.maxEntries), \(definition.keySize)-byte keys,"
      + " \(definition.valueSize)-byte values, flags \(definition.flags.rawValue)"
  }

  init(
    _ type: MapType,
    key: Int = 4,
    value: Int = 8,
    entries: Int = 4,
    flags: MapFlags = [],
    keys: [[UInt8]]? = nil,
    values: [[UInt8]]? = nil,
    isOrdered: Bool = false
  ) {
    definition = MapDefinition(
      name: "subject",
      type: type,
      keySize: key,
      valueSize: value,
      maxEntries: entries,
      flags: flags
    )
    self.keys = keys ?? (0..<(entries + 3)).map { Self.key($0, key) } + [Self.key(-1, key)]
    self.values =
      values ?? (1...3).map { seed in (0..<value).map { UInt8(truncatingIfNeeded: seed * 17 + $0) } }
    self.isOrdered = isOrdered
  }

  /// Whether programs may store, remove and look up.
  var takesHelpers: Bool {
    switch definition.type {
    case .array, .perCPUArray, .hash, .perCPUHash, .lruHash, .lruPerCPUHash, .lpmTrie: true
    default: false
    }
  }

  /// A number as a key, the lowest byte first, all bits repeated for a negative one.
  static func key(_ number: Int, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: number >> min(8 * $0, 63)) }
  }

  /// Values of a whole map with a value for each CPU: different ones, padded with zeroes.
  func wholeValues(cpuCount: Int) -> [[UInt8]] {
    guard definition.type.isPerCPU else { return values }
    let padding = [UInt8](repeating: 0, count: (8 - definition.valueSize % 8) % 8)
    return values.indices.map { first in
      (0..<cpuCount).flatMap { cpu -> [UInt8] in values[(first + cpu) % values.count] + padding }
    }
  }

  static let all: [MapSubject] = [
    MapSubject(.array, isOrdered: true),
    MapSubject(.array, value: 1, entries: 1, isOrdered: true),
    MapSubject(.array, value: 13, entries: 3, isOrdered: true),
    MapSubject(.perCPUArray, isOrdered: true),
    MapSubject(.perCPUArray, value: 5, entries: 3, isOrdered: true),
    MapSubject(.hash),
    MapSubject(.hash, entries: 1),
    MapSubject(.hash, key: 1, value: 3, entries: 7),
    MapSubject(.hash, key: 13, value: 16, entries: 5),
    MapSubject(.hash, flags: .noPreallocation),
    MapSubject(.perCPUHash),
    MapSubject(.perCPUHash, key: 6, value: 20, entries: 3, flags: .noPreallocation),
    .prefixes(bytes: 1), .prefixes(bytes: 4), .prefixes(bytes: 16),
    MapSubject(.lruHash, entries: 1000, keys: (0..<8).map { key($0, 4) }),
    MapSubject(.lruPerCPUHash, entries: 1000, keys: (0..<8).map { key($0, 4) }),
    MapSubject(.lruPerCPUHash, key: 6, value: 20, entries: 1000, keys: (0..<8).map { key($0, 6) }),
    MapSubject(.devmap, value: 4, values: interfaces(4), isOrdered: true),
    MapSubject(.devmap, value: 8, values: interfaces(8), isOrdered: true),
    MapSubject(.devmapHash, value: 4, entries: 3, values: interfaces(4)),
    MapSubject(.devmapHash, value: 8, entries: 3, values: interfaces(8)),
    MapSubject(.cpumap, value: 4, values: queues(4), isOrdered: true),
    MapSubject(.cpumap, value: 8, values: queues(8), isOrdered: true),
    MapSubject(.xskmap, value: 4, values: [[0xFF, 0xFF, 0xFF, 0x7F]], isOrdered: true),
    MapSubject(.perfEventArray, value: 4, values: [[0xFF, 0xFF, 0xFF, 0x7F]], isOrdered: true),
    MapSubject(.queue, key: 0, entries: 3, keys: [[]], isOrdered: true),
    MapSubject(.queue, key: 0, value: 5, entries: 1, keys: [[]], isOrdered: true),
    MapSubject(.stack, key: 0, entries: 3, keys: [[]], isOrdered: true),
    MapSubject(.stack, key: 0, value: 13, entries: 2, keys: [[]], isOrdered: true),
    // Large enough that the value of zeros, which a look-up asks about, is not there by chance.
    MapSubject(.bloomFilter, key: 0, entries: 10_000, flags: .zeroSeed, keys: [[]], isOrdered: true),
    MapSubject(.programArray, value: 4, values: [[0xFF, 0xFF, 0xFF, 0x7F]], isOrdered: true),
    MapSubject(.array, flags: .readOnly, isOrdered: true),
    MapSubject(.array, flags: .writeOnly, isOrdered: true),
    MapSubject(.hash, flags: .readOnly),
    MapSubject(.queue, key: 0, flags: .readOnly, keys: [[]]),
    MapSubject(.stack, key: 0, flags: .writeOnly, keys: [[]]),
    MapSubject(.hash, flags: .writeOnly),
  ]

  /// A trie whose keys share prefixes, with lengths up to one too many.
  private static func prefixes(bytes: Int) -> MapSubject {
    let lengths = [0, 1, 7, 8, 9, bytes * 8 - 1, bytes * 8, bytes * 8 + 1]
    let addresses: [[UInt8]] = [0x00, 0x80, 0xC0, 0xFF].map { first in
      [first] + (1..<max(bytes, 1)).dropFirst(0).map { UInt8(truncatingIfNeeded: $0) }.prefix(bytes - 1)
    }
    let keys = lengths.flatMap { length in addresses.map { key(length, 4) + $0 } }
    return MapSubject(.lpmTrie, key: 4 + bytes, entries: 6, flags: .noPreallocation, keys: keys)
  }

  /// Lengths of queues: good ones, none, and one that is too long.
  private static func queues(_ byteCount: Int) -> [[UInt8]] {
    [1, 192, 0, 16384, 16385].map { key($0, 4) + [UInt8](repeating: 0, count: byteCount - 4) }
  }

  /// The loopback interface, and none: in user space every other number is one, too.
  private static func interfaces(_ byteCount: Int) -> [[UInt8]] {
    [1, 0].map { key($0, 4) + [UInt8](repeating: 0, count: byteCount - 4) }
  }
}
