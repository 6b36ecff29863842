/// The header of a UDP datagram (`struct udphdr`), 8 bytes.
@frozen public struct UDPHeader: PacketHeader, Hashable {
  /// The sender's port.
  public var sourcePort: Port
  /// The receiver's port.
  public var destinationPort: Port
  /// Bytes in the datagram, this header included.
  public var length: BigEndian<UInt16>
  /// Of addresses, header and payload; 0 for none, in IPv4.
  public var checksum: BigEndian<UInt16>
}
