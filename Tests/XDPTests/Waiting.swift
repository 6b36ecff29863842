#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Sleeps on this thread.
func pause(_ time: Duration) { usleep(UInt32(time / .microseconds(1))) }

/// Whether something comes to be so, asked again and again for ten seconds.
func comes(_ condition: () -> Bool) -> Bool {
  for _ in 0..<10_000 {
    if condition() { return true }
    pause(.milliseconds(1))
  }
  return condition()
}
