public import BPF

/// What all hash maps have in common: a `HashTable`, one writer at a time, and the control plane's side of both.
///
/// Look-ups take no lock and updates do (`HashTable`). Memory is reserved for all entries and committed as they come, whether
/// or not the definition asks for that (`BPF_F_NO_PREALLOC`).
///
/// Unsafe: the table's storage lives as long as the map; its writers hold the lock.
@safe public class HashedMap: UserMap, @unchecked Sendable {
  @unsafe final let table: HashTable
  final let writer: Guarded<HashTable.Writer>
  /// What a subclass asked for behind the table.
  @unsafe final let extra: UnsafeMutableRawPointer
  private final let storage: MapStorage
  package final override var memoryOfPrograms: Range<UInt64>? { storage.addresses }

  /// Reserves a table whose elements hold `valueByteCount` bytes each, and `extra` pieces behind it.
  init(
    _ definition: MapDefinition,
    _ cpuCount: Int,
    _ memory: MemoryLimit,
    _ seeds: HashSeeds,
    valueByteCount: Int,
    extra: (count: Int, stride: Int) = (0, 0)
  ) throws(MapError) {
    let isLRU = definition.type == .lruHash || definition.type == .lruPerCPUHash
    var layout = StorageLayout()
    let shape = HashTable.Shape(
      definition,
      cpuCount: cpuCount,
      valueByteCount: valueByteCount,
      isLRU: isLRU,
      in: &layout
    )
    let more = layout.append(extra.count, of: extra.stride)
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    unsafe self.extra = unsafe storage.base + more
    unsafe table = HashTable(definition, shape, in: storage, seeds)
    writer = Guarded(HashTable.writer(shape, in: storage, isLRU: isLRU))
    super.init(definition: definition, cpuCount: cpuCount)
  }

  /// Copies the control plane's value out of an element; the caller holds the writers' lock.
  func copyValue(of element: Int, to value: UnsafeMutableRawPointer, locked: Bool) {
    unsafe table.value(element).loadWords(to: value, byteCount: definition.valueSize)
  }

  /// How many keys there are.
  public final override var countedElements: Int { writer.withLock { $0.count } }

  // MARK: By pointers

  /// Removes a key.
  @unsafe public override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    writer.withLock { writer in unsafe table.remove(key, &writer) }
  }

  /// Copies the value under a key, whole, for no writer reuses its element meanwhile.
  @unsafe public override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    writer.withLock { _ in
      guard let element = unsafe table.find(key) else { return LinuxErrno.noEntry.answer }
      unsafe copyValue(of: element, to: value, locked: locked)
      return 0
    }
  }

  /// Copies the value under a key and removes the key, before anyone else changes either.
  @unsafe override func takeValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    writer.withLock { writer in
      guard let element = unsafe table.find(key) else { return LinuxErrno.noEntry.answer }
      unsafe copyValue(of: element, to: value, locked: locked)
      return unsafe table.remove(key, &writer)
    }
  }

  /// Copies the key after this one.
  @unsafe public override func findKey(
    after key: UnsafeRawPointer?,
    into next: UnsafeMutableRawPointer
  ) -> Int32 {
    writer.withLock { writer in unsafe table.findKey(after: key, into: next, writer) }
  }

  /// Walks the table by position: a key that stays is met once, whatever comes and goes.
  @unsafe override func readEntry(
    at place: inout MapBatch.Place?,
    key: UnsafeMutableRawPointer,
    value: UnsafeMutableRawPointer,
    removing: Bool,
    locked: Bool
  ) -> Int32 {
    let start = place?.position ?? 0
    return writer.withLock { writer in
      guard start >= 0, let found = unsafe table.next(from: start) else { return LinuxErrno.noEntry.answer }
      place = MapBatch.Place(position: found.place + 1)
      unsafe table.address(found.element).loadWords(to: key, byteCount: definition.keySize)
      unsafe copyValue(of: found.element, to: value, locked: locked)
      return removing ? unsafe table.remove(key, &writer) : 0
    }
  }

  /// Says that the map is full.
  public override func explanation(of code: LinuxErrno) -> String {
    code == .tooBig ? "all \(definition.maxEntries) entries are in use" : ""
  }
}

extension MapBatch.Place {
  fileprivate init(position: Int) {
    self.init(bytes: (0..<8).map { UInt8(truncatingIfNeeded: position >> (8 * $0)) })
  }

  fileprivate var position: Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }
}
