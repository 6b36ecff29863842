/// The times of packets that come at a steady rate, in nanoseconds since 1970.
struct PacketClock {
  /// When every run begins: 2001-09-09 01:46:40 UTC, the first second of ten digits.
  private static let start: UInt64 = 1_000_000_000 * 1_000_000_000

  private let rate: UInt64
  /// Whole nanoseconds from packet to packet, and what is left of them in parts of the rate.
  private let step: UInt64
  private let remainder: UInt64
  /// The time of the packet at hand.
  private(set) var now = start
  private var parts: UInt64 = 0

  /// So many packets a second, at least one.
  init(rate: UInt64) {
    self.rate = rate
    (step, remainder) = UInt64(1_000_000_000).quotientAndRemainder(dividingBy: rate)
  }

  /// Goes on to the next packet.
  @inline(__always) mutating func advance() {
    now &+= step
    parts &+= remainder
    if parts >= rate {
      parts &-= rate
      now &+= 1
    }
  }
}
