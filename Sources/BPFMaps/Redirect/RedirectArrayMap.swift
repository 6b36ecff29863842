import BPF
import Synchronization

/// What redirect maps whose keys are positions have in common: devmap, cpumap, xskmap.
///
/// Unsafe: each position has a 16-byte record: the entry, one word stored at once, as programs read it; and a word that is 1
/// while there is a target. What a target refers to is in the slot of the position.
public class RedirectArrayMap: IndexedMap, RedirectMap, @unchecked Sendable {
  final let slots: ReferenceSlots
  private final let storage: MapStorage
  private final let control = Guarded<Void>(())
  private static var recordByteCount: Int { 16 }

  override init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    var layout = StorageLayout()
    _ = layout.append(definition.maxEntries, of: Self.recordByteCount)
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    slots = try ReferenceSlots(definition.maxEntries, for: definition, memory)
    var definition = definition
    definition.flags.formUnion(definition.type.impliedFlags)
    try super.init(definition, cpuCount, memory)
  }

  /// The target at a position, nil where there is none and out of range.
  public final func target(for key: UInt32) -> RedirectEntry? {
    guard key < capacity else { return nil }
    let record = unsafe record(Int(key))
    guard unsafe record.word(8).pointee.load(ordering: .acquiring) != 0 else { return nil }
    return RedirectEntry(word: unsafe record.word(0).pointee.load(ordering: .acquiring))
  }

  /// The program or socket of the target at a position, for a worker in a batch.
  public final func object(for key: UInt32) -> AnyObject? {
    guard key < capacity, let address = unsafe slots.address(Int(key)) else { return nil }
    return unsafe Unmanaged<AnyObject>.fromOpaque(address).takeUnretainedValue()
  }

  /// The positions that have targets.
  public final func targetKeys() -> [UInt32] { (0..<capacity).filter { target(for: $0) != nil } }

  private final func record(_ index: Int) -> UnsafeMutableRawPointer {
    unsafe storage.base + index &* Self.recordByteCount
  }

  /// Puts a target and what it refers to at a position, or nothing.
  final func replace(_ index: Int, _ entry: RedirectEntry?, _ object: (any AnyObject & Sendable)?) {
    let old = control.withLock { _ in
      let record = unsafe record(index)
      if let entry { unsafe record.word(0).pointee.store(entry.word, ordering: .releasing) }
      unsafe record.word(8).pointee.store(entry == nil ? 0 : 1, ordering: .releasing)
      return slots.replace(index, with: object)
    }
    if let old { ReferenceSlots.release([old]) }
  }

  // MARK: By pointers

  /// The target at a position as a program reads it, or nil.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    let index = unsafe position(key)
    guard target(for: index) != nil else { return nil }
    return unsafe record(Int(index))
  }

  /// Copies the target at a position.
  @unsafe public override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    guard let target = target(for: unsafe position(key)) else { return LinuxErrno.noEntry.answer }
    unsafe value.storeBytes(of: target.number, as: UInt32.self)
    if definition.valueSize == 8 {
      unsafe value.storeBytes(of: target.programID, toByteOffset: 4, as: UInt32.self)
    }
    return 0
  }

  /// Empties a position, empty or not.
  @unsafe public override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    let index = unsafe position(key)
    guard index < capacity else { return LinuxErrno.invalid.answer }
    replace(Int(index), nil, nil)
    return 0
  }
}
