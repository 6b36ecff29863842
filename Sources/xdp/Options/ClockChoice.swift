import ArgumentParser

/// What a program's clock, `bpf_ktime_get_ns`, shows.
package enum ClockChoice: ExpressibleByArgument, Hashable {
  /// The packet's own timestamp.
  case capture
  /// The machine's clock.
  case host
  /// Always this many nanoseconds.
  case fixed(UInt64)

  package init?(argument: String) {
    switch argument {
    case "capture": self = .capture
    case "host": self = .host
    default:
      guard let nanoseconds = UInt64(argument) else { return nil }
      self = .fixed(nanoseconds)
    }
  }
}
