/// The header of an ICMP or ICMPv6 message (`struct icmphdr`, `struct icmp6hdr`), 8 bytes.
@frozen public struct ICMPHeader: PacketHeader, Hashable {
  /// What kind of message it is: 8 and 0 for echo in IPv4, 128 and 129 in IPv6.
  public var type: UInt8
  /// More about the kind.
  public var code: UInt8
  /// Of the message.
  public var checksum: BigEndian<UInt16>
  /// Of an echo, which series it belongs to; otherwise, as `type` says.
  public var identifier: BigEndian<UInt16>
  /// Of an echo, its place in the series; otherwise, as `type` says.
  public var sequence: BigEndian<UInt16>
}
