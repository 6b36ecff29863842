import BPF
import Synchronization

/// A program as maps hold it: whatever an engine can run.
public typealias ProgramReference = any AnyObject & Sendable

/// Finds the program of an id, where a control plane names programs by number.
public typealias ProgramResolver = @Sendable (_ id: UInt32) -> ProgramReference?

/// Programs, maps or sockets by position, read without a lock while others are put in.
///
/// Unsafe: a slot's word is 0 or the address of an object that the slot holds. Who reads without a lock is in a batch
/// (`BatchBoundary`), and what was replaced is let go only after all batches that could have read it.
@safe final class ReferenceSlots: @unchecked Sendable {
  private let storage: MapStorage
  @unsafe private let slots: UnsafeMutableRawPointer
  private let writers = Guarded<Void>(())
  private let count: Int
  private let used = Atomic<Int>(0)

  /// Reserves `count` slots for a map.
  init(_ count: Int, for definition: MapDefinition, _ memory: MemoryLimit) throws(MapError) {
    var layout = StorageLayout()
    _ = layout.append(count, of: 8)
    self.count = count
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    unsafe slots = unsafe storage.base
  }

  deinit {
    let used = used.load(ordering: .acquiring)
    for index in 0..<used {
      let word = unsafe slots.word(index &* 8).pointee.load(ordering: .acquiring)
      if let held = unsafe Self.held(word) { unsafe held.release() }
    }
  }

  /// The address of the object at a position below the count, for a batch; null for none.
  @unsafe @inline(__always) func address(_ index: Int) -> UnsafeMutableRawPointer? {
    let word = unsafe slots.word(index &* 8).pointee.load(ordering: .acquiring)
    return unsafe UnsafeMutableRawPointer(bitPattern: UInt(word))
  }

  /// The object at a position below the count, for anyone at any time.
  subscript(index: Int) -> (any AnyObject & Sendable)? {
    precondition(index < count)
    return writers.withLock { _ in
      let word = unsafe slots.word(index &* 8).pointee.load(ordering: .relaxed)
      return unsafe Self.held(word).map { unsafe Self.sendable($0.takeUnretainedValue()) }
    }
  }

  /// Puts an object, or nothing, at a position; returns what was there, which batches may still use.
  func replace(
    _ index: Int,
    with object: (any AnyObject & Sendable)?
  ) -> (any AnyObject & Sendable)? {
    precondition(index < count)
    return writers.withLock { _ in
      if used.load(ordering: .relaxed) <= index { used.store(index + 1, ordering: .releasing) }
      let new = object.map {
        unsafe UInt64(UInt(bitPattern: Unmanaged<AnyObject>.passRetained($0).toOpaque()))
      }
      let slot = unsafe slots.word(index &* 8)
      let old = unsafe slot.pointee.exchange(new ?? 0, ordering: .acquiringAndReleasing)
      return unsafe Self.held(old).map { unsafe Self.sendable($0.takeRetainedValue()) }
    }
  }

  /// Takes everything out, and returns after the batches that may still use some of it.
  func removeAll() {
    var removed: [any AnyObject & Sendable] = []
    for index in 0..<used.load(ordering: .acquiring) {
      if let old = replace(index, with: nil) { removed.append(old) }
    }
    Self.release(removed)
  }

  /// Lets go of what was replaced, after the batches that may still use it.
  static func release(_ replaced: [any AnyObject & Sendable]) {
    guard !replaced.isEmpty else { return }
    withExtendedLifetime(replaced) { BatchBoundary.waitForAll() }
  }

  @inline(__always) private static func held(_ word: UInt64) -> Unmanaged<AnyObject>? {
    unsafe UnsafeRawPointer(bitPattern: UInt(word)).map { unsafe Unmanaged.fromOpaque($0) }
  }

  /// Only references that are `Sendable` were put in.
  private static func sendable(_ object: AnyObject) -> any AnyObject & Sendable {
    unsafe unsafeBitCast(object, to: (any AnyObject & Sendable).self)
  }
}
