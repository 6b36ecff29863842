public import BPF
import Synchronization

/// `BPF_MAP_TYPE_HASH_OF_MAPS`: maps by key, which programs look up and then use.
///
/// As in an array of maps, an update returns after every worker has passed a batch boundary, and programs cannot change the
/// map.
///
/// Unsafe: an element's value is the map's id, the slot of its number holds the map. An inner map's
/// address is used only until the batch ends (`BatchBoundary`).
public final class HashOfMapsMap: ReferenceHashMap, MapHolder, @unchecked Sendable {
  let inner: InnerMaps

  override init(
    _ definition: MapDefinition,
    _ cpuCount: Int,
    _ memory: MemoryLimit,
    _ seeds: HashSeeds
  ) throws(MapError) {
    inner = try InnerMaps(definition, cpuCount, memory)
    try super.init(definition, cpuCount, memory, seeds)
  }

  /// The address of the `UserMap` under a key, for a worker in a batch; nil where there is none.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    guard let element = unsafe table.find(key) else { return nil }
    return unsafe slots.address(element)
  }

  /// Programs cannot change it.
  @unsafe public override func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }

  // MARK: The control plane

  override func copyValue(of element: Int, to value: UnsafeMutableRawPointer, locked: Bool) {
    let id = unsafe table.value(element).half().pointee.load(ordering: .relaxed)
    unsafe value.storeBytes(of: id, as: UInt32.self)
  }

  /// Puts the map of an id under a key.
  @unsafe public override func writeValue(
    _ key: UnsafeRawPointer,
    from value: UnsafeRawPointer,
    flags: UInt64
  ) -> Int32 {
    let id = unsafe value.loadUnaligned(as: UInt32.self)
    let map: any AnyObject & Sendable
    switch inner.resolve(id) {
    case .failure(let code): return code.answer
    case .success(let found): map = found
    }
    guard let mode = MapUpdateMode(flags) else { return LinuxErrno.invalid.answer }
    return changing {
      unsafe replace(key) { writer in
        unsafe table.update(key, mode, inPlace: false, &writer) { element, _ in
          _ = slots.replace(element, with: map)
          unsafe table.value(element).half().pointee.store(id, ordering: .relaxed)
        }
      }
    }
  }

  @unsafe override func readEntry(
    at place: inout MapBatch.Place?,
    key: UnsafeMutableRawPointer,
    value: UnsafeMutableRawPointer,
    removing: Bool,
    locked: Bool
  ) -> Int32 {
    let answer = unsafe super.readEntry(at: &place, key: key, value: value, removing: false, locked: locked)
    guard removing, answer == 0 else { return answer }
    return unsafe remove(key, cpu: 0)
  }

  /// Says what is wrong with a map's id, or that the map is full.
  public override func explanation(of code: LinuxErrno) -> String {
    InnerMaps.explanation(of: code) ?? super.explanation(of: code)
  }
}
