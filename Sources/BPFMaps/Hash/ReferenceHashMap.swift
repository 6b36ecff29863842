import BPF

/// What hashes have in common whose entries refer to objects: maps, or programs of their own.
///
/// A worker that found an element finds its object, too, until its batch ends: the slot is emptied only after that, and the
/// element not reused before.
///
/// Unsafe: an element's value is one word; the slot of its number holds the object, if there is one.
public class ReferenceHashMap: HashedMap, @unchecked Sendable {
  final let slots: ReferenceSlots
  private let control = Guarded<Void>(())

  init(
    _ definition: MapDefinition,
    _ cpuCount: Int,
    _ memory: MemoryLimit,
    _ seeds: HashSeeds
  ) throws(MapError) {
    let count = HashTable.elementCount(definition, cpuCount: cpuCount)
    slots = try ReferenceSlots(count, for: definition, memory)
    try super.init(definition, cpuCount, memory, seeds, valueByteCount: 8)
  }

  /// One change at a time.
  final func changing(_ body: () -> Int32) -> Int32 { control.withLock { _ in body() } }

  /// Changes what is under a key, and lets go of the object that was there after the batches that may use it.
  @unsafe final func replace(
    _ key: UnsafeRawPointer,
    _ change: (inout HashTable.Writer) -> Int32
  ) -> Int32 {
    let (answer, old) = writer.withLock { writer in
      let old = unsafe table.find(key)
      return (change(&writer), old)
    }
    guard answer == 0, let old, unsafe slots.address(old) != nil else { return answer }
    BatchBoundary.waitForAll()
    _ = slots.replace(old, with: nil)
    return 0
  }

  /// Removes a key.
  @unsafe public final override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    changing { unsafe replace(key) { writer in unsafe table.remove(key, &writer) } }
  }

  /// Not by itself: the kernel has it for hashes of values only.
  @unsafe final override func takeValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }
}
