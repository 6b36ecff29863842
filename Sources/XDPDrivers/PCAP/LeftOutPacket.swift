/// A packet of a capture that is not handed on.
public struct LeftOutPacket: Hashable, Sendable {
  /// Why not.
  public enum Reason: Hashable, Sendable {
    /// Shorter than an Ethernet header, which no NIC hands on.
    case tooShort
    /// Longer than a frame with all its fragments, as a NIC drops what does not fit its buffers.
    case tooLong
  }

  /// Its place in the capture, from 0.
  public var index: UInt64
  /// How many of its bytes the capture holds.
  public var length: Int
  /// Why it is left out.
  public var reason: Reason
}
