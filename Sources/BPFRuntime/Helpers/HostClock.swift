#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A clock of the host, in nanoseconds.
enum HostClock {
  /// Since some start, without the time that the host slept.
  case monotonic
  /// The same, at the resolution of the host's timer interrupt.
  case coarse
  /// Since the host started, with the time that it slept.
  case boot
  /// International atomic time.
  case atomic

  /// What it shows now.
  func nanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(identifier, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private var identifier: clockid_t {
    #if canImport(Darwin)
    switch self {
    case .monotonic: CLOCK_UPTIME_RAW
    case .coarse: CLOCK_UPTIME_RAW_APPROX
    case .boot: CLOCK_MONOTONIC_RAW
    case .atomic: CLOCK_REALTIME
    }
    #else
    switch self {
    case .monotonic: CLOCK_MONOTONIC
    case .coarse: CLOCK_MONOTONIC_COARSE
    case .boot: CLOCK_BOOTTIME
    case .atomic: CLOCK_TAI
    }
    #endif
  }
}
