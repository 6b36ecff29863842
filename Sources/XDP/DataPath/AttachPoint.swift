public import BPFMaps
import Synchronization

/// Where a program is attached: the paths of an interface look here when a batch begins, and a control plane puts another
/// program in while they run.
///
/// No packet is lost by that and none waits: each batch runs to its end with the program that it began with, and the next
/// one begins with the new. Neither side takes a lock for the other.
///
/// Unsafe: the word is the address of a program that this holds; who reads it without a lock is in a batch
/// (`BatchBoundary`), and what was replaced is let go only after all batches that could have read it.
public final class AttachPoint: Sendable {
  private let current: Atomic<UInt>
  private let writers = Mutex(())

  /// Attaches a program; `maps` are those it was loaded with.
  public init(_ engine: any ExecutionEngine, maps: [UserMap] = []) {
    current = Atomic(Self.retained(AttachedProgram(engine, maps: maps)))
  }

  deinit { unsafe Self.reference(current.load(ordering: .acquiring)).release() }

  /// The program that is attached, for anyone at any time.
  public var program: AttachedProgram {
    writers.withLock { _ in
      unsafe Self.reference(current.load(ordering: .acquiring)).takeUnretainedValue()
    }
  }

  /// Attaches another program in its place.
  ///
  /// Returns when every batch that began with the old one has ended, and then lets go of it. Not to be called by a thread
  /// that is in a batch, which would wait for itself.
  public func replace(with engine: any ExecutionEngine, maps: [UserMap] = []) {
    let new = Self.retained(AttachedProgram(engine, maps: maps))
    let old = writers.withLock { _ in current.exchange(new, ordering: .acquiringAndReleasing) }
    BatchBoundary.waitForAll()
    unsafe Self.reference(old).release()
  }

  /// The program that is attached, for a worker in a batch, until the batch ends.
  @unsafe @inline(__always) var programInBatch: Unmanaged<AttachedProgram> {
    unsafe Self.reference(current.load(ordering: .acquiring))
  }

  private static func retained(_ program: AttachedProgram) -> UInt {
    unsafe UInt(bitPattern: Unmanaged.passRetained(program).toOpaque())
  }

  @unsafe @inline(__always) private static func reference(_ word: UInt) -> Unmanaged<AttachedProgram> {
    unsafe Unmanaged.fromOpaque(UnsafeRawPointer(bitPattern: word).unsafelyUnwrapped)
  }
}
