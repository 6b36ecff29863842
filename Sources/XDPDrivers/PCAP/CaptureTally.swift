/// What became of a capture's packets on the way in.
public struct CaptureTally: Hashable, Sendable {
  /// Packets that the capture held so far.
  public internal(set) var packets: UInt64 = 0
  /// Left out: longer than the linear part of a frame, as a NIC drops what does not fit its buffers.
  public internal(set) var oversized: UInt64 = 0
  /// Left out: shorter than an Ethernet header, which no NIC hands on.
  public internal(set) var runts: UInt64 = 0
  /// Read all the same: the capture kept only the first bytes of them (its snap length).
  public internal(set) var cutOff: UInt64 = 0

  /// Nothing read yet.
  public init() {}
}
