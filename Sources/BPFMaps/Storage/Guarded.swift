import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What only writers may see, one at a time: a state behind a spin lock.
///
/// The state is reached only inside `withLock`, which no two threads are in at once. Writers hold it for some tens of
/// nanoseconds; one that finds it taken for long lets other threads run.
@safe final class Guarded<State>: @unchecked Sendable {
  private let taken = Atomic<Bool>(false)
  private let state: UnsafeMutablePointer<State>

  /// Puts a state behind a lock.
  init(_ state: State) {
    unsafe self.state = UnsafeMutablePointer.allocate(capacity: 1)
    unsafe self.state.initialize(to: state)
  }

  deinit {
    unsafe state.deinitialize(count: 1)
    unsafe state.deallocate()
  }

  /// Runs a body that no other thread's body overlaps.
  @inline(__always) func withLock<Result>(_ body: (inout State) -> Result) -> Result {
    if taken.exchange(true, ordering: .acquiring) { wait() }
    defer { taken.store(false, ordering: .releasing) }
    return unsafe body(&state.pointee)
  }

  /// Comes back with the lock taken.
  @inline(never) private func wait() {
    let patience = 64
    var attempts = 0
    while taken.load(ordering: .relaxed) || taken.exchange(true, ordering: .acquiring) {
      attempts += 1
      if attempts % patience == 0 { sched_yield() }
    }
  }
}
