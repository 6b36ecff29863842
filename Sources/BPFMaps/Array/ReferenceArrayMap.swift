import BPF
import Synchronization

/// What arrays of programs and arrays of maps have in common: under each index an object, which the control plane names by id.
///
/// Programs cannot change it. An update puts the new object into place at once and returns after every worker has passed a
/// batch boundary, when the old one is let go.
///
/// Unsafe: key and value pointers are good for 4 bytes each; ids lie in words of the storage, one a position.
public class ReferenceArrayMap: IndexedMap, @unchecked Sendable {
  final let slots: ReferenceSlots
  private final let storage: MapStorage
  private final let control = Guarded<Void>(())

  override init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    var layout = StorageLayout()
    _ = layout.append(definition.maxEntries, of: 8)
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    slots = try ReferenceSlots(definition.maxEntries, for: definition, memory)
    try super.init(definition, cpuCount, memory)
  }

  /// The object that an id names, or why it cannot be put here.
  func resolve(_ id: UInt32) -> Result<any AnyObject & Sendable, LinuxErrno> { .failure(.badDescriptor) }

  /// The id of the object at a position, or nil.
  final func id(at index: UInt32) -> UInt32? {
    guard index < capacity else { return nil }
    let id = unsafe storage.base.word(Int(index) * 8).pointee.load(ordering: .acquiring)
    return id == 0 ? nil : UInt32(truncatingIfNeeded: id)
  }

  /// Puts an object or nothing at a position.
  final func replace(_ index: Int, _ object: (any AnyObject & Sendable)?, _ id: UInt32) {
    let old = control.withLock { _ in
      unsafe storage.base.word(index * 8).pointee.store(UInt64(id), ordering: .releasing)
      return slots.replace(index, with: object)
    }
    if let old { ReferenceSlots.release([old]) }
  }

  /// Empties every position.
  final func removeAll() {
    for index in 0..<capacity where id(at: index) != nil {
      unsafe storage.base.word(Int(index) * 8).pointee.store(0, ordering: .releasing)
    }
    slots.removeAll()
  }

  // MARK: The control plane

  /// Copies the id of the object at a position.
  @unsafe public override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    guard let id = id(at: unsafe position(key)) else { return LinuxErrno.noEntry.answer }
    unsafe value.storeBytes(of: id, as: UInt32.self)
    return 0
  }

  /// Puts the object of an id at a position.
  @unsafe public override func writeValue(
    _ key: UnsafeRawPointer,
    from value: UnsafeRawPointer,
    flags: UInt64
  ) -> Int32 {
    guard flags == 0 else { return LinuxErrno.invalid.answer }
    let index = unsafe position(key)
    guard index < capacity else { return LinuxErrno.tooBig.answer }
    let id = unsafe value.loadUnaligned(as: UInt32.self)
    switch resolve(id) {
    case .failure(let code): return code.answer
    case .success(let object): replace(Int(index), object, id)
    }
    return 0
  }

  /// Empties a position.
  @unsafe public override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    let index = unsafe position(key)
    guard index < capacity else { return LinuxErrno.tooBig.answer }
    guard id(at: index) != nil else { return LinuxErrno.noEntry.answer }
    replace(Int(index), nil, 0)
    return 0
  }
}
