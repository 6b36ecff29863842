public import BPFVerifier

/// The calls that XDP programs have beside the general ones, with those on sockets.
public enum XDPPrototypes {
  /// The helpers, as Linux 6.18 has them.
  public static let helpers = PacketHelperPrototypes.all + SocketHelperPrototypes.all

  /// The kernel functions.
  public static let functions = PacketFunctionPrototypes.all + ConnectionFunctionPrototypes.all
}
