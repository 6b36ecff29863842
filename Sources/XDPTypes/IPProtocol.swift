/// What an IP header carries (`IPPROTO_…`): the protocol of IPv4, the next header of IPv6.
@frozen public struct IPProtocol: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
  /// The number that IANA assigned.
  public var rawValue: UInt8

  /// Makes a protocol from its number.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Options for every node on the way (IPv6).
  @inlinable public static var hopByHop: IPProtocol { IPProtocol(rawValue: 0) }
  /// Internet Control Message Protocol.
  @inlinable public static var icmp: IPProtocol { IPProtocol(rawValue: 1) }
  /// Internet Group Management Protocol.
  @inlinable public static var igmp: IPProtocol { IPProtocol(rawValue: 2) }
  /// An IPv4 packet within (`IPPROTO_IPIP`).
  @inlinable public static var ipv4: IPProtocol { IPProtocol(rawValue: 4) }
  /// Transmission Control Protocol.
  @inlinable public static var tcp: IPProtocol { IPProtocol(rawValue: 6) }
  /// User Datagram Protocol.
  @inlinable public static var udp: IPProtocol { IPProtocol(rawValue: 17) }
  /// An IPv6 packet within.
  @inlinable public static var ipv6: IPProtocol { IPProtocol(rawValue: 41) }
  /// A routing header (IPv6).
  @inlinable public static var routing: IPProtocol { IPProtocol(rawValue: 43) }
  /// A fragment header (IPv6).
  @inlinable public static var fragment: IPProtocol { IPProtocol(rawValue: 44) }
  /// Generic routing encapsulation.
  @inlinable public static var gre: IPProtocol { IPProtocol(rawValue: 47) }
  /// Encapsulating security payload.
  @inlinable public static var esp: IPProtocol { IPProtocol(rawValue: 50) }
  /// Internet Control Message Protocol for IPv6.
  @inlinable public static var icmpv6: IPProtocol { IPProtocol(rawValue: 58) }
  /// Nothing follows (IPv6).
  @inlinable public static var none: IPProtocol { IPProtocol(rawValue: 59) }
  /// Options for the destination (IPv6).
  @inlinable public static var destinationOptions: IPProtocol { IPProtocol(rawValue: 60) }
  /// Stream Control Transmission Protocol.
  @inlinable public static var sctp: IPProtocol { IPProtocol(rawValue: 132) }
}
