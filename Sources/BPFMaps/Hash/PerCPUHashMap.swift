public import BPF

/// `BPF_MAP_TYPE_PERCPU_HASH`: under each key a value for every CPU.
///
/// A value is updated in place. A new key's values are zero on the CPUs that did not store it.
///
/// Unsafe: CPU `c`'s value of element `n` is at `values + c * cpuStride + n * valueStride`; each CPU's values lie apart, so
/// that CPUs share no cache line. Storage and table as in `HashMap`.
@safe public final class PerCPUHashMap: UserMap, @unchecked Sendable {
  @unsafe private let table: HashTable
  private let writer: Guarded<HashTable.Writer>
  private let storage: MapStorage
  @unsafe private let values: UnsafeMutableRawPointer
  private let valueStride: Int
  private let cpuStride: Int

  init(
    _ definition: MapDefinition,
    _ cpuCount: Int,
    _ memory: MemoryLimit,
    _ seeds: HashSeeds
  ) throws(MapError) {
    var layout = StorageLayout()
    let shape = HashTable.Shape(
      definition,
      cpuCount: cpuCount,
      valueByteCount: 0,
      isLRU: false,
      in: &layout
    )
    valueStride = StorageLayout.words(definition.valueSize)
    var one = StorageLayout()
    _ = one.append(shape.elementCount, of: valueStride)
    cpuStride = one.byteCount ?? Int.max
    let values = layout.append(cpuCount, of: cpuStride)
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    unsafe self.values = unsafe storage.base + values
    unsafe table = HashTable(definition, shape, in: storage, seeds)
    writer = Guarded(HashTable.writer(shape, in: storage, isLRU: false))
    super.init(definition: definition, cpuCount: cpuCount)
  }

  @inline(__always) private func value(_ element: Int, _ cpu: Int) -> UnsafeMutableRawPointer {
    unsafe values + (cpu &* cpuStride &+ element &* valueStride)
  }

  /// This CPU's value under a key.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    guard UInt(bitPattern: cpu) < UInt(bitPattern: cpuCount), let element = unsafe table.find(key) else {
      return nil
    }
    return unsafe value(element, cpu)
  }

  /// Stores this CPU's value under a key.
  @unsafe public override func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    unsafe update(key, flags) { element, placement in
      for other in 0..<cpuCount {
        let place = unsafe self.value(element, other)
        if other == cpu {
          unsafe place.storeWords(from: value, byteCount: definition.valueSize)
        } else if placement == .fresh {
          unsafe place.storeZeroWords(byteCount: valueStride)
        }
      }
    }
  }

  /// Stores every CPU's value under a key.
  @unsafe public override func writeValue(
    _ key: UnsafeRawPointer,
    from value: UnsafeRawPointer,
    flags: UInt64
  ) -> Int32 {
    unsafe update(key, flags) { element, _ in
      for cpu in 0..<cpuCount {
        unsafe self.value(element, cpu).storeWords(from: value + cpu * valueStride, byteCount: valueStride)
      }
    }
  }

  private func update(
    _ key: UnsafeRawPointer,
    _ flags: UInt64,
    _ write: (Int, HashTable.Placement) -> Void
  ) -> Int32 {
    guard let mode = MapUpdateMode(flags) else { return LinuxErrno.invalid.answer }
    return writer.withLock { writer in
      unsafe table.update(key, mode, inPlace: true, &writer, write: write)
    }
  }

  /// Removes a key.
  @unsafe public override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    writer.withLock { writer in unsafe table.remove(key, &writer) }
  }

  /// Copies every CPU's value under a key.
  @unsafe public override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer
  ) -> Int32 {
    writer.withLock { _ in
      guard let element = unsafe table.find(key) else { return LinuxErrno.noEntry.answer }
      for cpu in 0..<cpuCount {
        unsafe self.value(element, cpu).loadWords(to: value + cpu * valueStride, byteCount: valueStride)
      }
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
