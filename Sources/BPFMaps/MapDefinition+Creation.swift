import BPF

/// The kernel's conditions for making a map, for the types that user space has.
extension MapDefinition {
  /// The largest block that the kernel allocates (`KMALLOC_MAX_SIZE`), in bytes: elements must fit into one.
  private static let largestElement = 4 << 20
  /// What `struct htab_elem` takes of an element, in bytes.
  private static let hashHeader = 48
  /// What `struct lpm_trie_node` takes of a node, in bytes.
  private static let trieHeader = 24
  /// The longest data of a trie's key (`LPM_DATA_SIZE_MAX`), in bytes.
  private static let longestPrefix = 256
  /// The largest value of one CPU (`PCPU_MIN_UNIT_SIZE`), in bytes.
  private static let largestPerCPUValue = 32 << 10
  /// The most entries whose buckets the kernel can count.
  private static let mostHashEntries = 1 << 27
  /// The most CPUs of the kernel that this was measured with (`NR_CPUS`).
  private static let mostCPUs = 256
  /// The most hash functions of a bloom filter.
  private static let mostHashFunctions: UInt64 = 15

  /// Throws what bpf(2) answers when it refuses to make this map.
  func checkCreation() throws(MapError) {
    let u32 = 0...Int(UInt32.max)
    guard u32.contains(keySize), u32.contains(valueSize), u32.contains(maxEntries) else {
      throw invalid("key \(keySize), value \(valueSize) and entries \(maxEntries) must be 32-bit numbers")
    }
    guard let allowed = allowedFlags else { return }
    let unknown = flags.subtracting(allowed)
    guard unknown.isEmpty else {
      throw invalid("a \(type.name) has no flags 0x\(String(unknown.rawValue, radix: 16))")
    }
    guard extra == 0 || type == .bloomFilter else { throw invalid("only a bloom_filter has map_extra") }
    guard !flags.isSuperset(of: [.readOnly, .writeOnly]),
      !flags.isSuperset(of: [.readOnlyForPrograms, .writeOnlyForPrograms])
    else { throw invalid("it cannot be read-only and write-only") }
    if type == .lruHash || type == .lruPerCPUHash, flags.contains(.noPreallocation) {
      throw refusal(.notSupportedInternal, "BPF_F_NO_PREALLOC does not go with an LRU hash")
    }
    guard !flags.isSuperset(of: [.noCommonLRU, .numaNode]) else {
      throw invalid("BPF_F_NO_COMMON_LRU does not go with BPF_F_NUMA_NODE")
    }
    guard maxEntries > 0 else { throw invalid("max_entries is 0") }

    switch type {
    case .array, .perCPUArray, .programArray, .perfEventArray, .arrayOfMaps: try checkArray()
    case .devmap, .devmapHash, .cpumap, .xskmap: try checkArray()
    case .hash, .lruHash, .perCPUHash, .lruPerCPUHash, .hashOfMaps: try checkHash()
    case .lpmTrie: try checkTrie()
    case .queue, .stack, .bloomFilter: try checkQueue()
    case .ringBuffer: try checkRing()
    default: break
    }
    if type == .arrayOfMaps || type == .hashOfMaps { try checkInner() }
  }

  /// The flags that a type takes, nil for a type that user space does not have.
  private var allowedFlags: MapFlags? {
    let forUser: MapFlags = [.readOnly, .writeOnly]
    let access = forUser.union([.readOnlyForPrograms, .writeOnlyForPrograms])
    switch type {
    case .array: return access.union([.numaNode, .mappable, .innerMap])
    case .perCPUArray: return access
    case .programArray, .arrayOfMaps, .devmap, .devmapHash, .xskmap: return forUser.union(.numaNode)
    case .perfEventArray: return forUser.union([.numaNode, .preserveElements])
    case .cpumap: return .numaNode
    case .hash, .hashOfMaps: return access.union([.noPreallocation, .numaNode, .zeroSeed])
    case .perCPUHash: return access.union([.noPreallocation, .zeroSeed])
    case .lruHash: return access.union([.noPreallocation, .noCommonLRU, .numaNode, .zeroSeed])
    case .lruPerCPUHash: return access.union([.noPreallocation, .noCommonLRU, .zeroSeed])
    case .lpmTrie: return access.union([.noPreallocation, .numaNode])
    case .queue, .stack: return access.union(.numaNode)
    case .bloomFilter: return access.union([.numaNode, .zeroSeed])
    case .ringBuffer: return [.numaNode]
    default: return nil
    }
  }

  private func checkArray() throws(MapError) {
    guard keySize == 4 else { throw invalid("keys of a \(type.name) have 4 bytes, not \(keySize)") }
    switch type {
    case .programArray, .perfEventArray, .arrayOfMaps, .xskmap:
      guard valueSize == 4 else { throw invalid("values of a \(type.name) have 4 bytes, not \(valueSize)") }
    case .devmap, .devmapHash, .cpumap:
      guard valueSize == 4 || valueSize == 8 else {
        throw invalid("values of a \(type.name) have 4 or 8 bytes, not \(valueSize)")
      }
    default: break
    }
    guard valueSize > 0 else { throw invalid("value_size is 0") }
    guard valueSize <= Int32.max else { throw refusal(.tooBig, "a value of \(valueSize) bytes") }
    guard type != .cpumap || maxEntries <= Self.mostCPUs else {
      throw refusal(.tooBig, "\(maxEntries) CPUs; \(Self.mostCPUs) are possible")
    }
    guard type != .devmapHash || maxEntries <= 1 << 31 else { throw invalid("more than 2^31 entries") }
    try checkPerCPUValue()
  }

  private func checkHash() throws(MapError) {
    guard keySize > 0 else { throw invalid("key_size is 0") }
    guard valueSize > 0 else { throw invalid("value_size is 0") }
    guard type != .hashOfMaps || valueSize == 4 else {
      throw invalid("values of a hash_of_maps have 4 bytes, not \(valueSize)")
    }
    guard keySize + valueSize < Self.largestElement - Self.hashHeader else {
      throw refusal(.tooBig, "key and value have \(keySize + valueSize) bytes")
    }
    try checkPerCPUValue()
    guard maxEntries <= Self.mostHashEntries else {
      throw refusal(.tooBig, "\(maxEntries) entries; the kernel takes \(Self.mostHashEntries)")
    }
  }

  private func checkPerCPUValue() throws(MapError) {
    guard !type.isPerCPU || StorageLayout.words(valueSize) <= Self.largestPerCPUValue else {
      throw refusal(.tooBig, "a per-CPU value of \(valueSize) bytes; \(Self.largestPerCPUValue) are possible")
    }
  }

  private func checkTrie() throws(MapError) {
    guard flags.contains(.noPreallocation) else { throw invalid("an lpm_trie needs BPF_F_NO_PREALLOC") }
    guard keySize > 4, keySize <= 4 + Self.longestPrefix else {
      throw invalid("keys of an lpm_trie have 5 to \(4 + Self.longestPrefix) bytes, not \(keySize)")
    }
    let largest = Self.largestElement - Self.longestPrefix - Self.trieHeader
    guard valueSize > 0, valueSize <= largest else {
      throw invalid("values of an lpm_trie have 1 to \(largest) bytes, not \(valueSize)")
    }
  }

  private func checkQueue() throws(MapError) {
    guard keySize == 0 else { throw invalid("a \(type.name) has no keys") }
    guard valueSize > 0 else { throw invalid("value_size is 0") }
    guard extra <= Self.mostHashFunctions else {
      throw invalid("\(extra) hash functions; \(Self.mostHashFunctions) are possible")
    }
    guard valueSize <= Self.largestElement else {
      throw refusal(.tooBig, "a value of \(valueSize) bytes; \(Self.largestElement) are possible")
    }
  }

  /// Checks what inner maps look like, which may be any map but one of programs or maps.
  private func checkInner() throws(MapError) {
    guard let template = inner.first else { throw invalid("it does not say what its inner maps look like") }
    try template.checkCreation()
    switch template.type {
    case .arrayOfMaps, .hashOfMaps: throw invalid("maps of maps of maps do not exist")
    case .programArray: throw refusal(.notSupportedInternal, "program arrays cannot be inner maps")
    default: break
    }
  }

  private func checkRing() throws(MapError) {
    guard keySize == 0, valueSize == 0 else { throw invalid("a ringbuf has neither keys nor values") }
    guard maxEntries.nonzeroBitCount == 1, maxEntries % StorageLayout.pageByteCount == 0 else {
      throw invalid("the size of a ringbuf is a power of two and a multiple of 4096, not \(maxEntries)")
    }
  }

  private func invalid(_ detail: String) -> MapError { refusal(.invalid, detail) }

  private func refusal(_ code: LinuxErrno, _ detail: String) -> MapError {
    MapError(map: name, operation: "create", code: code, detail: detail)
  }
}
