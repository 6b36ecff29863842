/// An ARP packet for IPv4 over Ethernet (RFC 826), 28 bytes.
@frozen public struct ARPHeader: PacketHeader, Hashable {
  /// 1 for Ethernet.
  public var hardwareType: BigEndian<UInt16>
  /// The protocol whose addresses are resolved.
  public var protocolType: EtherType
  /// 6 for Ethernet.
  public var hardwareLength: UInt8
  /// 4 for IPv4.
  public var protocolLength: UInt8
  /// 1 asks, 2 answers.
  public var operation: BigEndian<UInt16>
  /// The sender's Ethernet address.
  public var senderHardware: MACAddress
  private var senderHigh, senderLow: BigEndian<UInt16>
  /// The target's Ethernet address, zero when it is asked for.
  public var targetHardware: MACAddress
  private var targetHigh, targetLow: BigEndian<UInt16>

  /// The sender's IPv4 address.
  public var sender: IPv4Address { IPv4Address(UInt32(senderHigh.value) << 16 | UInt32(senderLow.value)) }
  /// The target's IPv4 address.
  public var target: IPv4Address { IPv4Address(UInt32(targetHigh.value) << 16 | UInt32(targetLow.value)) }
}
