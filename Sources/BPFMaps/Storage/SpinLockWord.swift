import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The word of a `struct bpf_spin_lock`: 0 while nobody holds it.
///
/// Its invariant: the address is that of 4 bytes of a map's value, aligned, which stay mapped while this is used.
@safe public struct SpinLockWord {
  /// Attempts before a thread lets another run, which may be the one that holds the lock.
  private static let patience = 64
  private let word: UnsafePointer<Atomic<UInt32>>

  /// The lock at an address.
  public init(at address: UInt64) {
    unsafe word = UnsafePointer(bitPattern: UInt(address)).unsafelyUnwrapped
  }

  /// Waits until nobody holds the lock, and holds it.
  public func lock() {
    var attempts = 0
    while unsafe word.pointee.exchange(1, ordering: .acquiring) != 0 {
      attempts += 1
      if attempts % Self.patience == 0 { sched_yield() }
    }
  }

  /// Lets go of the lock.
  public func unlock() { unsafe word.pointee.store(0, ordering: .releasing) }
}
