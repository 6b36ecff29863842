import CLinux

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How much of the processor this thread has had, and how fast the processor's clock runs.
///
/// The one unsafe operation is clock_gettime(2) into a local variable.
enum ThreadClock {
  /// Nanoseconds of processor time that this thread has had: what others take from it does not count.
  static var nanoseconds: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Nanoseconds that an addition takes now which needs the one before: a cycle of the processor.
  static func nanosecondsPerAdd() -> Double {
    let count: UInt64 = 2_000_000
    let start = nanoseconds
    clinux_add_chain(count)
    return Double(nanoseconds - start) / Double(count)
  }
}
