/// Some of the packets of a batch: a bit each, the lowest for the first packet.
struct PacketSet: BitwiseCopyable, Hashable, Sendable {
  /// The bits.
  var bits: UInt64

  /// No packet.
  static let none = PacketSet(bits: 0)

  /// A set of its bits.
  @inline(__always) init(bits: UInt64) { self.bits = bits }

  /// The first packets of a batch, at most 64.
  @inline(__always) init(first count: Int) { bits = count >= 64 ? .max : (1 &<< UInt64(count)) &- 1 }

  /// Whether there is no packet in it.
  @inline(__always) var isEmpty: Bool { bits == 0 }
  /// How many there are.
  @inline(__always) var count: Int { bits.nonzeroBitCount }
  /// The place of the first one; only of meaning where there is one.
  @inline(__always) var first: Int { bits.trailingZeroBitCount }

  /// Takes the first one out and answers its place; there must be one.
  @inline(__always) mutating func removeFirst() -> Int {
    let first = first
    bits &= bits &- 1
    return first
  }

  /// Takes the first ones out, at most so many.
  mutating func removeFirst(atMost limit: Int) -> PacketSet {
    var rest = self
    for _ in 0..<min(limit, count) { _ = rest.removeFirst() }
    defer { self = rest }
    return PacketSet(bits: bits & ~rest.bits)
  }

  /// Takes the packets of another set out.
  @inline(__always) mutating func subtract(_ other: PacketSet) { bits &= ~other.bits }
}
