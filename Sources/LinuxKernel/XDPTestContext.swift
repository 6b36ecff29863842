/// What a test run's context says beside the packet.
public struct XDPTestContext: Hashable, Sendable {
  /// Lies before the packet, as `bpf_xdp_adjust_meta` would leave it: a multiple of 4 bytes, at most 216.
  public var metadata: [UInt8]
  /// The interface the packet came from; 0 is the loopback interface.
  public var ingressIfindex: UInt32
  /// A queue that the interface has.
  public var rxQueueIndex: UInt32
  /// How much of the packet is in its first buffer; nil for as much as fits.
  public var linearByteCount: Int?

  /// Makes a context.
  public init(
    metadata: [UInt8] = [],
    ingressIfindex: UInt32 = 0,
    rxQueueIndex: UInt32 = 0,
    linearByteCount: Int? = nil
  ) {
    self.metadata = metadata
    self.ingressIfindex = ingressIfindex
    self.rxQueueIndex = rxQueueIndex
    self.linearByteCount = linearByteCount
  }
}
