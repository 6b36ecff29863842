import CLinux

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The calling thread: which processors it may run on, and its rests.
///
/// Unsafe: a mask is an array that outlives the call it is passed to, with its own size in bytes.
enum ThisThread {
  /// Room for 8,192 processors, as many as Linux may be built for.
  private static let wordCount = 128

  /// The processors that it may run on, in order; empty where the system does not tell.
  static var processors: [Int] {
    #if os(Linux)
    var mask = [UInt64](repeating: 0, count: wordCount)
    let got = unsafe mask.withUnsafeMutableBytes { unsafe clinux_get_affinity($0.baseAddress, $0.count) }
    guard got > 0 else { return [] }
    return (0..<64 * wordCount).filter { mask[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }
    #else
    return []
    #endif
  }

  /// Keeps it on one processor; false where that is not possible, and the thread stays where it is.
  static func stay(on processor: Int) -> Bool {
    #if os(Linux)
    guard processor >= 0, processor < 64 * wordCount else { return false }
    var mask = [UInt64](repeating: 0, count: wordCount)
    mask[processor / 64] = 1 << UInt64(processor % 64)
    return unsafe mask.withUnsafeBytes { unsafe clinux_set_affinity($0.baseAddress, $0.count) } == 0
    #else
    return false
    #endif
  }

  /// Sleeps; a signal may end it early.
  static func sleep(_ time: Duration) {
    let microseconds = time / .microseconds(1)
    usleep(UInt32(max(1, min(microseconds, 500_000))))
  }
}
