public import BPF

/// `BPF_MAP_TYPE_HASH`: values under keys of any size, found in a few nanoseconds.
///
/// An update fills a new element and publishes it whole: a pointer to the old value keeps showing the old value until the
/// element is reused, which is not before sixteen other updates or removals. Memory is reserved for all entries and
/// committed as they come, whether or not the definition asks for that (`BPF_F_NO_PREALLOC`).
///
/// Unsafe: the table's storage lives as long as the map; its writers hold the lock.
public class HashMap: UserMap, @unchecked Sendable {
  @unsafe final let table: HashTable
  final let writer: Guarded<HashTable.Writer>
  private final let storage: MapStorage

  convenience init(
    _ definition: MapDefinition,
    _ cpuCount: Int,
    _ memory: MemoryLimit,
    _ seeds: HashSeeds
  ) throws(MapError) {
    try self.init(definition, cpuCount, memory, seeds, isLRU: false)
  }

  init(
    _ definition: MapDefinition,
    _ cpuCount: Int,
    _ memory: MemoryLimit,
    _ seeds: HashSeeds,
    isLRU: Bool
  ) throws(MapError) {
    var layout = StorageLayout()
    let shape = HashTable.Shape(
      definition,
      cpuCount: cpuCount,
      valueByteCount: definition.valueSize,
      isLRU: isLRU,
      in: &layout
    )
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    unsafe table = HashTable(definition, shape, in: storage, seeds)
    writer = Guarded(HashTable.writer(shape, in: storage, isLRU: isLRU))
    super.init(definition: definition, cpuCount: cpuCount)
  }

  /// The value under a key.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    unsafe table.value(key)
  }

  /// Publishes a value under a key.
  @unsafe public override func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    guard let mode = MapUpdateMode(flags) else { return LinuxErrno.invalid.answer }
    return writer.withLock { writer in
      unsafe table.update(key, mode, inPlace: false, &writer) { element, _ in
        unsafe table.value(element).storeWords(from: value, byteCount: definition.valueSize)
      }
    }
  }

  /// Removes a key.
  @unsafe public override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    writer.withLock { writer in unsafe table.remove(key, &writer) }
  }

  /// Copies the value under a key, whole, for no writer reuses its element meanwhile.
  @unsafe public override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer
  ) -> Int32 {
    writer.withLock { _ in
      guard let found = unsafe table.value(key) else { return LinuxErrno.noEntry.answer }
      unsafe found.loadWords(to: value, byteCount: definition.valueSize)
      return 0
    }
  }

  /// Copies the key after this one.
  @unsafe public override func findKey(
    after key: UnsafeRawPointer?,
    into next: UnsafeMutableRawPointer
  ) -> Int32 {
    writer.withLock { writer in unsafe table.findKey(after: key, into: next, writer) }
  }

  /// Says that the map is full.
  public override func explanation(of code: LinuxErrno) -> String {
    code == .tooBig ? "all \(definition.maxEntries) entries are in use" : ""
  }
}
