import BPF

/// `BPF_MAP_TYPE_PERCPU_HASH` and, with stamps, `BPF_MAP_TYPE_LRU_PERCPU_HASH`: under each key a value for every CPU.
///
/// A value is updated in place. A new key's values are zero on the CPUs that did not store it. The least recently used
/// keys make room as in `LRUHashMap`.
///
/// Unsafe: CPU `c`'s value of element `n` is at `extra + c * cpuStride + n * valueStride`; each CPU's values lie apart, so
/// that CPUs share no cache line. Stamps as in `LRUHashMap`.
@safe public final class PerCPUHashMap: HashedMap, @unchecked Sendable {
  private let valueStride: Int
  private let cpuStride: Int
  private let isLRU: Bool

  init(
    _ definition: MapDefinition,
    _ cpuCount: Int,
    _ memory: MemoryLimit,
    _ seeds: HashSeeds
  ) throws(MapError) {
    let valueStride = StorageLayout.words(definition.valueSize)
    self.valueStride = valueStride
    isLRU = definition.type == .lruPerCPUHash
    let elements = HashTable.elementCount(definition, cpuCount: cpuCount)
    var one = StorageLayout()
    _ = one.append(elements, of: valueStride)
    let cpuStride = one.byteCount ?? Int.max
    self.cpuStride = cpuStride
    try super.init(
      definition,
      cpuCount,
      memory,
      seeds,
      valueByteCount: 0,
      extra: (count: cpuCount, stride: cpuStride)
    )
  }

  @inline(__always) private func value(_ element: Int, _ cpu: Int) -> UnsafeMutableRawPointer {
    unsafe extra + (cpu &* cpuStride &+ element &* valueStride)
  }

  /// This CPU's value under a key.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    guard UInt(bitPattern: cpu) < UInt(bitPattern: cpuCount), let element = unsafe table.find(key) else {
      return nil
    }
    if isLRU { unsafe table.touch(table.value(element)) }
    return unsafe value(element, cpu)
  }

  package override var directLookup: DirectLookup? {
    let function: DirectLookup.Function = { _, map, key in
      let (map, key) = unsafe DirectLookup.arguments(map, key, as: PerCPUHashMap.self)
      return unsafe map._withUnsafeGuaranteedRef { map in
        unsafe DirectLookup.answer(map.element(key, cpu: 0))
      }
    }
    return unsafe DirectLookup(function, in: self, cpuStride: cpuStride, cpuCount: cpuCount)
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

  override func copyValue(of element: Int, to value: UnsafeMutableRawPointer, locked: Bool) {
    for cpu in 0..<cpuCount {
      unsafe self.value(element, cpu).loadWords(to: value + cpu * valueStride, byteCount: valueStride)
    }
  }
}
