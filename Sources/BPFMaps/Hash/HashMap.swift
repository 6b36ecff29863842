import BPF

/// `BPF_MAP_TYPE_HASH`: values under keys of any size, found in a few nanoseconds.
///
/// An update fills a new element and publishes it whole: a pointer to the old value keeps showing the old value until the
/// element is reused, which is not before sixteen other updates or removals. An update with `BPF_F_LOCK` overwrites the
/// value in place instead, under the lock in it.
///
/// Unsafe: a value is written by its writer alone before it is published, later only by whole words (`ValueFields`).
public class HashMap: HashedMap, @unchecked Sendable {
  private final let fields: ValueFields?

  init(
    _ definition: MapDefinition,
    _ cpuCount: Int,
    _ memory: MemoryLimit,
    _ seeds: HashSeeds
  ) throws(MapError) {
    fields = ValueFields(definition)
    try super.init(definition, cpuCount, memory, seeds, valueByteCount: definition.valueSize)
  }

  /// The value under a key.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    unsafe table.value(key)
  }

  package override var directLookup: DirectLookup? { unsafe table.directLookup(countsUses: false) }

  /// Publishes a value under a key.
  @unsafe public override func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    if let fields { return unsafe store(key, value, flags, fields) }
    guard let mode = MapUpdateMode(flags) else { return LinuxErrno.invalid.answer }
    return writer.withLock { writer in
      unsafe table.update(key, mode, inPlace: false, &writer) { element, _ in
        unsafe table.value(element).storeWords(from: value, byteCount: definition.valueSize)
      }
    }
  }

  @unsafe private func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    _ flags: UInt64,
    _ fields: ValueFields
  ) -> Int32 {
    guard let (mode, isLocked) = MapUpdateMode.withLock(flags), fields.hasLock || !isLocked else {
      return LinuxErrno.invalid.answer
    }
    return writer.withLock { writer in
      unsafe table.update(key, mode, inPlace: isLocked, &writer) { element, placement in
        let place = unsafe table.value(element)
        switch placement {
        case .fresh: unsafe fields.initialize(place, from: value)
        case .inUse: unsafe fields.store(value, to: place, locked: true)
        }
      }
    }
  }

  override func copyValue(of element: Int, to value: UnsafeMutableRawPointer, locked: Bool) {
    guard let fields else { return unsafe super.copyValue(of: element, to: value, locked: false) }
    unsafe fields.load(table.value(element), to: value, locked: locked)
  }

  /// The key that lies before a value.
  @unsafe public override func key(ofElement value: UnsafeRawPointer) -> [UInt8]? {
    let key = unsafe value - StorageLayout.words(definition.keySize)
    return unsafe Array(UnsafeRawBufferPointer(start: key, count: definition.keySize))
  }
}
