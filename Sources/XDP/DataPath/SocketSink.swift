/// A socket that an xskmap redirects packets into, on whichever side of the kernel it is.
public protocol SocketSink: PacketSink {
  /// Whether packets that came in by this queue of this interface are the socket's; it gets no others.
  func isBound(to ifindex: UInt32, queue: UInt32) -> Bool
}
