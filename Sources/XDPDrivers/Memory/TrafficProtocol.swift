public import XDPTypes

/// What a made-up packet is of: `udp`, `tcp`, `tcp-syn`, `tcp-synack`, `icmp`, `arp`.
public enum TrafficProtocol: Hashable, Sendable {
  /// UDP, with a checksum.
  case udp
  /// TCP segments with these control bits: `tcp` alone is ACK, as in an established connection.
  case tcp(TCPHeader.Flags)
  /// Echo requests, of ICMPv6 between IPv6 addresses.
  case icmp
  /// Questions for an IPv4 address.
  case arp

  /// Bytes of the transport's header, or of all behind Ethernet in ARP.
  var headerByteCount: Int {
    switch self {
    case .udp, .icmp: 8
    case .tcp: 20
    case .arp: 28
    }
  }

  /// The control bits in the order in which they are written.
  private static let flags: [(name: String, flag: TCPHeader.Flags)] = [
    ("syn", .syn), ("fin", .fin), ("rst", .rst), ("psh", .psh), ("urg", .urg), ("ece", .ece), ("cwr", .cwr),
    ("ack", .ack),
  ]
}

extension TrafficProtocol: LosslessStringConvertible {
  /// Reads a name; TCP's control bits are written one after the other behind `tcp-`.
  public init?(_ text: String) {
    switch text {
    case "udp": self = .udp
    case "tcp": self = .tcp(.ack)
    case "icmp": self = .icmp
    case "arp": self = .arp
    default:
      guard text.hasPrefix("tcp-") else { return nil }
      var rest = text.dropFirst(4), flags: TCPHeader.Flags = []
      while !rest.isEmpty {
        guard let known = Self.flags.first(where: { rest.hasPrefix($0.name) }), !flags.contains(known.flag)
        else { return nil }
        flags.insert(known.flag)
        rest = rest.dropFirst(3)
      }
      self = .tcp(flags)
    }
  }

  /// The name, which reads back as the same.
  public var description: String {
    switch self {
    case .udp: "udp"
    case .tcp(.ack): "tcp"
    case .tcp(let flags): "tcp-" + Self.flags.filter { flags.contains($0.flag) }.map(\.name).joined()
    case .icmp: "icmp"
    case .arp: "arp"
    }
  }
}
