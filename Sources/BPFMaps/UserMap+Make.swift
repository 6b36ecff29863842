public import BPF

extension UserMap {
  /// Makes the map that a definition describes.
  ///
  /// A definition that the kernel refuses is refused with its error number; a type that user space does not have is
  /// `EOPNOTSUPP` and named. `hashSeed` makes hashing, and with it the order of keys, repeatable.
  public static func make(
    _ definition: MapDefinition,
    cpuCount: Int,
    memory: MemoryLimit,
    hashSeed: UInt64 = .random(in: 0...UInt64.max)
  ) throws(MapError) -> UserMap {
    try definition.checkCreation()
    precondition(cpuCount > 0, "a map needs a CPU")
    let seeds = HashSeeds(definition.flags.contains(.zeroSeed) ? 0 : hashSeed)
    switch definition.type {
    case .array: return try ArrayMap(definition, cpuCount, memory)
    case .perCPUArray: return try PerCPUArrayMap(definition, cpuCount, memory)
    case .programArray: return try ProgramArrayMap(definition, cpuCount, memory)
    case .arrayOfMaps: return try ArrayOfMapsMap(definition, cpuCount, memory)
    case .perfEventArray: return try PerfEventArrayMap(definition, cpuCount, memory)
    case .hash: return try HashMap(definition, cpuCount, memory, seeds)
    case .lruHash: return try LRUHashMap(definition, cpuCount, memory, seeds)
    case .perCPUHash, .lruPerCPUHash: return try PerCPUHashMap(definition, cpuCount, memory, seeds)
    case .hashOfMaps: return try HashOfMapsMap(definition, cpuCount, memory, seeds)
    case .lpmTrie: return try LPMTrieMap(definition, cpuCount, memory)
    case .devmap: return try DevmapMap(definition, cpuCount, memory)
    case .devmapHash: return try DevmapHashMap(definition, cpuCount, memory, seeds)
    case .cpumap: return try CPUMapMap(definition, cpuCount, memory)
    case .xskmap: return try XSKMapMap(definition, cpuCount, memory)
    case .queue, .stack: return try QueueMap(definition, cpuCount, memory)
    case .bloomFilter: return try BloomFilterMap(definition, cpuCount, memory, seeds)
    case .ringBuffer: return try RingBufferMap(definition, cpuCount, memory)
    default:
      throw MapError(
        map: definition.name,
        operation: "create",
        code: .notSupported,
        detail: "maps of type \(definition.type.name) do not exist in user space"
      )
    }
  }
}
