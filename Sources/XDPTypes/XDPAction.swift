/// What happens to a packet after the program has seen it (`enum xdp_action`).
public enum XDPAction: UInt32, BitwiseCopyable, Hashable, Sendable, CaseIterable {
  /// Dropped, and reported as an error of the program (`XDP_ABORTED`).
  case aborted
  /// Dropped (`XDP_DROP`).
  case drop
  /// Handed on to the network stack (`XDP_PASS`).
  case pass
  /// Sent back out of the interface that it came in by (`XDP_TX`).
  case tx
  /// Sent to where the last redirect helper said (`XDP_REDIRECT`).
  case redirect
}
