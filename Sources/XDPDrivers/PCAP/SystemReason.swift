#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the system says about its last refusal on this thread.
///
/// Invariant: the text that the C library returns is copied before anything else can run.
enum SystemReason {
  /// The text of `errno`, such as `No space left on device`.
  static var last: String {
    guard let text = unsafe strerror(errno) else { return "error \(errno)" }
    return unsafe String(cString: text)
  }
}
