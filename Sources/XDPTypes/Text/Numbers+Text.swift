extension Port: LosslessStringConvertible {
  /// The number in decimal.
  public var description: String { "\(number)" }
  /// Reads a decimal number of 0 to 65535.
  public init?(_ text: String) {
    guard text.utf8.first != UInt8(ascii: "+"), let number = UInt16(text) else { return nil }
    self.init(number)
  }
}

extension EtherType: CustomStringConvertible {
  /// The protocol's name, or the number in hexadecimal.
  public var description: String {
    switch self {
    case .ipv4: "IPv4"
    case .ipv6: "IPv6"
    case .arp: "ARP"
    case .vlan: "VLAN"
    case .serviceVLAN: "service VLAN"
    default: "0x" + String(number, radix: 16)
    }
  }
}

extension IPProtocol: CustomStringConvertible {
  /// The protocol's name, or its number.
  public var description: String {
    switch self {
    case .icmp: "ICMP"
    case .igmp: "IGMP"
    case .tcp: "TCP"
    case .udp: "UDP"
    case .icmpv6: "ICMPv6"
    case .sctp: "SCTP"
    case .gre: "GRE"
    case .esp: "ESP"
    default: "protocol \(rawValue)"
    }
  }
}
