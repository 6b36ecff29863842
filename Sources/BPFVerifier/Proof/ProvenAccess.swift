/// What was proved of one load, store or atomic operation, on every way that reaches it.
public struct ProvenAccess: Hashable, Sendable {
  /// Which memory it reaches.
  public enum Place: Hashable, Sendable {
    /// The program's context.
    case context
    /// The frame of the function that is running.
    case ownFrame
    /// The frame of a function that called it, whichever.
    case callersFrame
    /// The packet's linear part.
    case packet
    /// The metadata before the packet.
    case packetMetadata
    /// A value of the map of this index in `Program.maps`.
    case mapValue(Int)
    /// One of the others: a key, a record, a slice, a value of an inner map, an object of the kernel's.
    case object
    /// Not the same on all ways.
    case various
  }

  /// Which memory it reaches.
  public private(set) var place: Place
  /// The first and the last byte that it may touch, counted from where the memory begins.
  ///
  /// Of a frame they are counted from its end, where `r10` points, and so are negative. Where the place is `various` they
  /// are counted from the beginning of each.
  public private(set) var bytes: ClosedRange<Int64>

  init(_ place: Place, _ bytes: ClosedRange<Int64>) {
    self.place = place
    self.bytes = bytes
  }

  /// Widens what is known so that it holds for another way too.
  mutating func join(_ other: ProvenAccess) {
    if place != other.place { place = .various }
    guard !(bytes.contains(other.bytes.lowerBound) && bytes.contains(other.bytes.upperBound)) else { return }
    bytes = min(bytes.lowerBound, other.bytes.lowerBound)...max(bytes.upperBound, other.bytes.upperBound)
  }
}
