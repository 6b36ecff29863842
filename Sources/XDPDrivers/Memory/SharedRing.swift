import Synchronization

/// A ring of bounded capacity between one thread that pushes and one that pops: neither ever waits for the other.
///
/// Invariant: `slots` has `capacity` slots from init to deinit, a power of two. `pushed` and `popped` count without an
/// end; the slots from `popped` to `pushed` are the popping side's, the others the pushing side's. Each side stores its
/// own count with a release after it is done with slots, and acquires the other's before it uses those. Each keeps what
/// it saw last of the other's count, in a cache line of its own, and looks again only when that does not suffice.
@safe final class SharedRing<Slot: BitwiseCopyable & Sendable>: @unchecked Sendable {
  /// As many slots fit.
  let capacity: Int

  private let block: UnsafeMutableRawPointer
  private let slots: UnsafeMutablePointer<Slot>

  /// Two cache lines, for processors fetch them in pairs.
  private static var apart: Int { 128 }

  /// A ring of at least so many slots.
  init(capacity wanted: Int) {
    var capacity = 1
    while capacity < wanted { capacity *= 2 }
    self.capacity = capacity
    unsafe block = .allocate(byteCount: 4 * Self.apart, alignment: Self.apart)
    unsafe block.initializeMemory(as: UInt8.self, repeating: 0, count: 4 * Self.apart)
    unsafe slots = .allocate(capacity: capacity)
  }

  deinit {
    unsafe block.deallocate()
    unsafe slots.deallocate()
  }

  private var pushed: UnsafePointer<Atomic<UInt64>> {
    unsafe UnsafePointer(block.assumingMemoryBound(to: Atomic<UInt64>.self))
  }

  private var popped: UnsafePointer<Atomic<UInt64>> {
    unsafe UnsafePointer((block + Self.apart).assumingMemoryBound(to: Atomic<UInt64>.self))
  }

  /// What the pushing side saw of `popped`.
  private var seenPopped: UnsafeMutablePointer<UInt64> {
    unsafe (block + 2 * Self.apart).assumingMemoryBound(to: UInt64.self)
  }

  /// What the popping side saw of `pushed`.
  private var seenPushed: UnsafeMutablePointer<UInt64> {
    unsafe (block + 3 * Self.apart).assumingMemoryBound(to: UInt64.self)
  }

  /// Adds as many as there is room for, in order, and answers how many.
  @unsafe func push(_ new: UnsafePointer<Slot>, count: Int) -> Int {
    let head = unsafe pushed.pointee.load(ordering: .relaxed)
    var room = unsafe capacity - Int(head &- seenPopped.pointee)
    if room < count {
      unsafe seenPopped.pointee = popped.pointee.load(ordering: .acquiring)
      room = unsafe capacity - Int(head &- seenPopped.pointee)
    }
    let added = min(count, room)
    guard added > 0 else { return 0 }
    let start = Int(truncatingIfNeeded: head) & (capacity - 1)
    let first = min(added, capacity - start)
    unsafe (slots + start).update(from: new, count: first)
    unsafe slots.update(from: new + first, count: added - first)
    unsafe pushed.pointee.store(head &+ UInt64(added), ordering: .releasing)
    return added
  }

  /// Takes up to `limit`, the oldest first, and answers how many.
  @unsafe func pop(_ limit: Int, into target: UnsafeMutablePointer<Slot>) -> Int {
    let tail = unsafe popped.pointee.load(ordering: .relaxed)
    var there = unsafe Int(seenPushed.pointee &- tail)
    if there < limit {
      unsafe seenPushed.pointee = pushed.pointee.load(ordering: .acquiring)
      there = unsafe Int(seenPushed.pointee &- tail)
    }
    let taken = min(limit, there)
    guard taken > 0 else { return 0 }
    let start = Int(truncatingIfNeeded: tail) & (capacity - 1)
    let first = min(taken, capacity - start)
    unsafe target.update(from: slots + start, count: first)
    unsafe (target + first).update(from: slots, count: taken - first)
    unsafe popped.pointee.store(tail &+ UInt64(taken), ordering: .releasing)
    return taken
  }
}
