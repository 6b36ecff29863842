import Synchronization

/// The word of a `struct bpf_spin_lock`: 0 while nobody holds it.
///
/// Its invariant: the address is that of 4 bytes of a map's value, aligned, which stay mapped while this is used.
@safe struct SpinLockWord {
  private let word: UnsafePointer<Atomic<UInt32>>

  init(at address: UInt64) {
    unsafe word = UnsafePointer(bitPattern: UInt(address)).unsafelyUnwrapped
  }

  /// Waits until nobody holds the lock, and holds it.
  func lock() {
    while unsafe !word.pointee.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged {
      while unsafe word.pointee.load(ordering: .relaxed) != 0 {}
    }
  }

  /// Lets go of the lock.
  func unlock() { unsafe word.pointee.store(0, ordering: .releasing) }
}
