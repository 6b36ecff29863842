/// The header of an IPv4 packet without its options (`struct iphdr`), 20 bytes.
@frozen public struct IPv4Header: PacketHeader, Hashable {
  /// The version, 4, and the header's length in words of 4 bytes.
  public var versionAndLength: UInt8
  /// Class of service and congestion notification (`tos`).
  public var typeOfService: UInt8
  /// Bytes in the packet, header included.
  public var totalLength: BigEndian<UInt16>
  /// What the fragments of one packet have in common.
  public var identification: BigEndian<UInt16>
  /// Three flags, and the fragment's offset in units of 8 bytes.
  public var fragment: BigEndian<UInt16>
  /// Hops that are left (`ttl`).
  public var timeToLive: UInt8
  /// What follows the header.
  public var `protocol`: IPProtocol
  /// Of the header alone.
  public var checksum: BigEndian<UInt16>
  /// Who sent the packet.
  public var source: IPv4Address
  /// Whom it is for.
  public var destination: IPv4Address

  /// 4 for a packet of this protocol.
  @inlinable public var version: UInt8 { versionAndLength >> 4 }
  /// Bytes in the header with its options: 20 to 60 where the packet is well formed, 0 to 16 where it is not.
  @inlinable public var headerLength: Int { Int(versionAndLength & 15) * 4 }
  /// Whether the packet may not be cut (`IP_DF`).
  @inlinable public var mayNotFragment: Bool { fragment.value & 0x4000 != 0 }
  /// Where the fragment's bytes belong in the whole packet, in bytes.
  @inlinable public var fragmentOffset: Int { Int(fragment.value & 0x1fff) * 8 }
  /// Whether this is a piece of a packet; only the first has the header of the next protocol.
  @inlinable public var isFragment: Bool { fragment.value & 0x3fff != 0 }
}
