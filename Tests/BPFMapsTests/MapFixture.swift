import BPF
import BPFMaps

/// A map to test, without the parts of a definition that no test here looks at.
func makeMap(
  _ type: MapType,
  key: Int = 4,
  value: Int = 8,
  entries: Int = 4,
  flags: MapFlags = [],
  cpus: Int = 2,
  memory: MemoryLimit = MemoryLimit()
) throws(MapError) -> UserMap {
  var flags = flags
  if type == .lpmTrie { flags.insert(.noPreallocation) }
  let definition = MapDefinition(
    name: "table",
    type: type,
    keySize: key,
    valueSize: value,
    maxEntries: entries,
    flags: flags
  )
  return try UserMap.make(definition, cpuCount: cpus, memory: memory, hashSeed: 1)
}

/// The name of an operation's error, or `ok`.
func errorName(_ operation: () throws(MapError) -> Void) -> String {
  do {
    try operation()
    return "ok"
  } catch { return error.code.name }
}

/// The little-endian bytes of a number.
func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
}

/// The number whose little-endian bytes these are.
func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

extension UserMap {
  /// All keys in the map's order, which must end.
  func keys(limit: Int = 100_000) throws(MapError) -> [[UInt8]] {
    var keys: [[UInt8]] = [], key: [UInt8]?
    while keys.count < limit {
      key = try nextKey(after: key)
      guard let key else { break }
      keys.append(key)
    }
    return keys
  }
}
