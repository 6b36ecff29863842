/// The fixed header of an IPv6 packet (`struct ipv6hdr`), 40 bytes.
@frozen public struct IPv6Header: PacketHeader, Hashable {
  /// The version (4 bits), traffic class (8 bits) and flow label (20 bits).
  public var versionClassFlow: BigEndian<UInt32>
  /// Bytes after this header.
  public var payloadLength: BigEndian<UInt16>
  /// What follows this header.
  public var nextHeader: IPProtocol
  /// Hops that are left.
  public var hopLimit: UInt8
  /// Who sent the packet.
  public var source: IPv6Address
  /// Whom it is for.
  public var destination: IPv6Address

  /// 6 for a packet of this protocol.
  @inlinable public var version: UInt8 { UInt8(truncatingIfNeeded: versionClassFlow.value >> 28) }
  /// Class of service and congestion notification.
  @inlinable public var trafficClass: UInt8 { UInt8(truncatingIfNeeded: versionClassFlow.value >> 20) }
  /// What the packets of one flow have in common.
  @inlinable public var flowLabel: UInt32 { versionClassFlow.value & 0xfffff }
}
