import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where one worker is: in a batch, or between two.
///
/// What a worker finds in a map of programs, maps or sockets while it is in a batch stays alive until the batch ends. An
/// update puts the new object into its place at once; it lets go of the old one, and returns, only after `waitForAll`:
/// every worker that was in a batch, and may have found it, has passed a boundary. So neither side ever takes a lock for the
/// other.
///
/// Entering stores one word and a fence, leaving stores one word. One thread at a time uses a boundary; it may enter
/// again what it has entered. A thread that updates such a map must not be in a batch itself, for it would wait for itself.
public final class BatchBoundary {
  /// Odd while its worker is in a batch.
  private final class Mark: Sendable {
    let count = Atomic<UInt64>(0)
  }

  private static let marks = Guarded<[Mark]>([])
  private let mark = Mark()
  private var depth = 0

  /// A worker that is between two batches.
  public init() {
    let mark = mark
    Self.marks.withLock { $0.append(mark) }
  }

  deinit {
    let mark = mark
    Self.marks.withLock { $0.removeAll { $0 === mark } }
  }

  /// A batch begins: what is found from here on stays alive.
  @inline(__always) public func enter() {
    depth &+= 1
    guard depth == 1 else { return }
    mark.count.store(mark.count.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    // Before anything is looked up, so that either this worker finds the new object or the update sees it in a batch.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }

  /// The batch ends: nothing that was found in it is used any more.
  @inline(__always) public func leave() {
    depth &-= 1
    guard depth == 0 else { return }
    mark.count.store(mark.count.load(ordering: .relaxed) &+ 1, ordering: .releasing)
  }

  /// Returns once every worker that is in a batch now has left it.
  public static func waitForAll() {
    let patience = 64, pause: UInt32 = 20
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    for mark in marks.withLock({ $0 }) {
      let seen = mark.count.load(ordering: .acquiring)
      guard seen & 1 == 1 else { continue }
      var attempts = 0
      while mark.count.load(ordering: .acquiring) == seen {
        attempts += 1
        if attempts > patience { usleep(pause) } else { sched_yield() }
      }
    }
  }
}
