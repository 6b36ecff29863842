public import BPF

/// `BPF_MAP_TYPE_LPM_TRIE`: values under prefixes, found by the longest one that fits.
///
/// A key is a prefix length, 4 bytes, and data, most significant bit first. As in the kernel, the data behind the
/// prefix is kept as given, and keys come longer prefixes first. An update publishes a new node: a pointer to the old value
/// keeps showing it until the node is reused, which is not before sixteen others were given back.
///
/// Unsafe: the trie's storage lives as long as the map; its writers hold the lock.
public final class LPMTrieMap: UserMap, @unchecked Sendable {
  @unsafe private let trie: PrefixTrie
  private let writer: Guarded<PrefixTrie.Writer>
  private let storage: MapStorage
  package override var memoryOfPrograms: Range<UInt64>? { storage.addresses }

  init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    var layout = StorageLayout()
    let plan = PrefixTrie.plan(definition, in: &layout)
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    let (trie, writer) = plan(storage)
    unsafe self.trie = trie
    self.writer = Guarded(writer)
    super.init(definition: definition, cpuCount: cpuCount)
  }

  /// The value of the longest prefix that the key begins with.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    let node = unsafe trie.longestMatch(key)
    return unsafe node == 0 ? nil : trie.value(node)
  }

  package override var directLookup: DirectLookup? {
    let function: DirectLookup.Function =
      switch definition.keySize - 4 {
      case 4: { _, trie, key in unsafe LPMTrieMap.look(trie, key) { unsafe $0.longestMatch(ipv4: $1) } }
      case 16: { _, trie, key in unsafe LPMTrieMap.look(trie, key) { unsafe $0.longestMatch(ipv6: $1) } }
      default: { _, trie, key in unsafe LPMTrieMap.look(trie, key) { unsafe $0.longestMatch($1) } }
      }
    return unsafe DirectLookup(function, in: trie)
  }

  @inline(__always) private static func look(
    _ trie: UInt64,
    _ key: UInt64,
    _ find: (PrefixTrie, UnsafeRawPointer) -> UInt32
  ) -> UInt64 {
    let (trie, key) = unsafe DirectLookup.arguments(trie, key, as: PrefixTrie.self)
    return unsafe trie._withUnsafeGuaranteedRef { trie in
      let node = unsafe find(trie, key)
      return unsafe node == 0 ? 0 : DirectLookup.answer(trie.value(node))
    }
  }

  /// Publishes a value under exactly this prefix.
  @unsafe public override func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    guard let mode = MapUpdateMode(flags) else { return LinuxErrno.invalid.answer }
    return writer.withLock { writer in
      unsafe trie.update(key, mode, &writer) { place in
        unsafe place.storeWords(from: value, byteCount: definition.valueSize)
      }
    }
  }

  /// Removes exactly this prefix.
  @unsafe public override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    writer.withLock { writer in unsafe trie.remove(key, &writer) }
  }

  /// Copies the value of the longest prefix, whole, for no writer reuses its node meanwhile.
  @unsafe public override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    writer.withLock { _ in
      let node = unsafe trie.longestMatch(key)
      guard node != 0 else { return LinuxErrno.noEntry.answer }
      unsafe trie.value(node).loadWords(to: value, byteCount: definition.valueSize)
      return 0
    }
  }

  /// Copies the key after this one, longer prefixes before the shorter ones that they begin with.
  @unsafe public override func findKey(
    after key: UnsafeRawPointer?,
    into next: UnsafeMutableRawPointer
  ) -> Int32 {
    writer.withLock { _ in unsafe trie.findKey(after: key, into: next) }
  }

  /// Says that the map is full, or what a prefix length may be.
  public override func explanation(of code: LinuxErrno) -> String {
    switch code {
    case .noSpace: "all \(definition.maxEntries) entries are in use"
    case .invalid: "unknown flags, or a prefix longer than \((definition.keySize - 4) * 8) bits"
    default: ""
    }
  }
}
