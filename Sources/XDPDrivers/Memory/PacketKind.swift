/// What the headers of a made-up packet are.
struct PacketKind: Hashable, Sendable {
  /// What IP carries, or ARP.
  var transport: TrafficProtocol
  /// Whether the network's header is IPv6's.
  var isIPv6: Bool
  /// Whether there is a VLAN tag.
  var isTagged: Bool

  /// Where the network's header begins.
  var network: Int { isTagged ? 18 : 14 }

  /// Where what IP carries begins; in ARP, where its own header begins.
  var payload: Int { transport == .arp ? network : network + (isIPv6 ? 40 : 20) }

  /// Bytes of all headers.
  var headerByteCount: Int { payload + transport.headerByteCount }
}
