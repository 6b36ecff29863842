/// What follows an Ethernet or VLAN header, in network order as it lies in the packet.
@frozen public struct EtherType: BitwiseCopyable, Hashable, Sendable {
  /// The field as it lies in the packet.
  public var field: BigEndian<UInt16>

  /// Makes a type from its number, such as 0x0800.
  @inlinable public init(_ number: UInt16) { field = BigEndian(number) }

  /// The number in the host's order.
  @inlinable public var number: UInt16 { field.value }

  /// Internet Protocol version 4 (`ETH_P_IP`).
  @inlinable public static var ipv4: EtherType { EtherType(0x0800) }
  /// Address resolution (`ETH_P_ARP`).
  @inlinable public static var arp: EtherType { EtherType(0x0806) }
  /// Internet Protocol version 6 (`ETH_P_IPV6`).
  @inlinable public static var ipv6: EtherType { EtherType(0x86dd) }
  /// An 802.1Q tag (`ETH_P_8021Q`).
  @inlinable public static var vlan: EtherType { EtherType(0x8100) }
  /// An 802.1ad service tag (`ETH_P_8021AD`).
  @inlinable public static var serviceVLAN: EtherType { EtherType(0x88a8) }

  /// Whether a VLAN header follows.
  @inlinable public var isVLAN: Bool { self == .vlan || self == .serviceVLAN }
}
