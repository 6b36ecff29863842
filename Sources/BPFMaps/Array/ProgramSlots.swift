import BPF
import Synchronization

/// A program as maps hold it: whatever an engine can run.
public typealias ProgramReference = any AnyObject & Sendable

/// Finds the program of an id, where a control plane names programs by number.
public typealias ProgramResolver = @Sendable (_ id: UInt32) -> ProgramReference?

/// Programs by position, read without a lock while others are put in.
///
/// Unsafe: a slot's word is 0 or the address of an object that is held until `releaseReplaced` says that nobody looks at it
/// any more, at the latest until the slots die.
@safe final class ProgramSlots: @unchecked Sendable {
  private let storage: MapStorage
  @unsafe private let slots: UnsafeMutableRawPointer
  private let replaced = Guarded<[ProgramReference]>([])
  private let count: Int
  private let used = Atomic<Int>(0)

  /// Reserves slots for a map.
  init(_ definition: MapDefinition, _ memory: MemoryLimit) throws(MapError) {
    var layout = StorageLayout()
    _ = layout.append(definition.maxEntries, of: 8)
    count = definition.maxEntries
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

  /// The program at a position below the count.
  subscript(index: Int) -> AnyObject? {
    precondition(index < count)
    let word = unsafe slots.word(index &* 8).pointee.load(ordering: .acquiring)
    return unsafe Self.held(word)?.takeUnretainedValue()
  }

  /// Puts a program, or nothing, at a position.
  func replace(_ index: Int, with program: ProgramReference?) {
    precondition(index < count)
    replaced.withLock { replaced in
      if used.load(ordering: .relaxed) <= index { used.store(index + 1, ordering: .releasing) }
      let new = program.map {
        unsafe UInt64(UInt(bitPattern: Unmanaged<AnyObject>.passRetained($0).toOpaque()))
      }
      let slot = unsafe slots.word(index &* 8)
      let old = unsafe slot.pointee.load(ordering: .relaxed)
      unsafe slot.pointee.store(new ?? 0, ordering: .releasing)
      guard let held = unsafe Self.held(old) else { return }
      // Only references that are Sendable were put in.
      unsafe replaced.append(unsafeBitCast(held.takeRetainedValue(), to: (any AnyObject & Sendable).self))
    }
  }

  /// Lets go of what was replaced.
  ///
  /// Nobody may still run on what it read before.
  func releaseReplaced() {
    let gone = replaced.withLock { replaced in
      let gone = replaced
      replaced = []
      return gone
    }
    _ = consume gone
  }

  @inline(__always) private static func held(_ word: UInt64) -> Unmanaged<AnyObject>? {
    unsafe UnsafeRawPointer(bitPattern: UInt(word)).map { unsafe Unmanaged.fromOpaque($0) }
  }
}
