import XDPTypes

/// Links and networks: Ethernet's neighbours, tags, IPv4 and IPv6 in all their shapes.
extension PacketKind {
  static let links: [PacketKind] = [
    arp("ARP request", operation: 1, target: [0, 0, 0, 0, 0, 0]),
    arp("ARP answer", operation: 2, target: [2, 0, 0, 0, 0, 1]),
    PacketKind("802.3 with a length, spanning tree") { flow, _ in
      SamplePacket([0x42, 0x42, 3] + [UInt8](repeating: 0, count: 40)).ethernet(flow, EtherType(38))
    },
    PacketKind("link layer discovery") { flow, random in
      SamplePacket([2, 7, 4] + random.bytes(40)).ethernet(flow, EtherType(0x88CC))
    },
    tagged("a tag before TCP") { $0.vlan($1, .ipv4).ethernet($2, .vlan) },
    tagged("a tag with a priority") { $0.vlan($1, priority: 5, .ipv4).ethernet($2, .vlan) },
    tagged("two tags, 802.1ad") { $0.vlan($1, .ipv4).vlan(200, .vlan).ethernet($2, EtherType(0x88A8)) },
    tagged("two tags, both 802.1Q") { $0.vlan($1, .ipv4).vlan(200, .vlan).ethernet($2, .vlan) },
    tagged("three tags") { $0.vlan($1, .ipv4).vlan(1, .vlan).vlan(2, .vlan).ethernet($2, .vlan) },
    PacketKind("a tag before IPv6") { flow, _ in
      SamplePacket().udp(flow, over6: true).ipv6(flow, .udp).vlan(5, .ipv6).ethernet(flow, .vlan)
    },
    labelled("an MPLS label", [7 << 12 | 0x1FF]),
    labelled("three MPLS labels", [7 << 12 | 64, 9 << 12 | 64, 3 << 12 | 0x140]),
    labelled("MPLS without a last label", [UInt32](repeating: 5 << 12 | 64, count: 8)),
    PacketKind("an MPLS label before IPv6") { flow, _ in
      SamplePacket().udp(flow, over6: true).ipv6(flow, .udp).behind((UInt32(1) << 12 | 0x140).networkBytes)
        .ethernet(flow, EtherType(0x8847))
    },
    PacketKind("a PPPoE session") { flow, random in
      let inner = SamplePacket([1, 2, 3, 4]).udp(flow).ipv4(flow, .udp)
      let length = UInt16(inner.bytes.count + 2).networkBytes
      return inner.behind([0x11, 0, 0, random.pick([1, 2, 3])] + length + [0, 0x21])
        .ethernet(flow, EtherType(0x8864))
    },
    PacketKind("PPPoE discovery") { flow, _ in
      SamplePacket([0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0]).ethernet(flow, EtherType(0x8863))
    },
  ]

  static let networks4: [PacketKind] = [
    PacketKind("IPv4 with record route") { flow, _ in
      segment(flow).ipv4(flow, .tcp, options: [7, 11, 4] + [UInt8](repeating: 0, count: 9))
        .ethernet(flow, .ipv4)
    },
    PacketKind("IPv4 with as many options as fit") { flow, random in
      segment(flow).ipv4(flow, .tcp, options: [UInt8](repeating: 1, count: 40), hops: random.pick([1, 2]))
        .ethernet(flow, .ipv4)
    },
    fragment("IPv4, first fragment", field: 0x2000), fragment("IPv4, middle fragment", field: 0x2005),
    fragment("IPv4, last fragment", field: 5), fragment("IPv4, fragment over TCP's flags", field: 1),
    PacketKind("IPv4 with too few header words") { flow, _ in
      let packet = segment(flow).ipv4(flow, .tcp).ethernet(flow, .ipv4)
      return SamplePacket(packet.bytes.enumerated().map { $0.offset == 14 ? 0x44 : $0.element })
    },
    PacketKind("IPv4 that says it is of version 6") { flow, _ in
      let packet = segment(flow).ipv4(flow, .tcp).ethernet(flow, .ipv4)
      return SamplePacket(packet.bytes.enumerated().map { $0.offset == 14 ? 0x65 : $0.element })
    },
    PacketKind("IPv4 at its last hop") { flow, random in
      segment(flow).ipv4(flow, .tcp, hops: random.pick([0, 1])).ethernet(flow, .ipv4)
    },
    PacketKind("IPv4 with a wrong checksum") { flow, random in
      segment(flow).ipv4(flow, .tcp, checksum: UInt16.random(in: 0...UInt16.max, using: &random))
        .ethernet(flow, .ipv4)
    },
    PacketKind("IPv4 with congestion seen") { flow, random in
      segment(flow).ipv4(flow, .tcp, service: random.pick([1, 2, 3, 0xB8, 0xFF])).ethernet(flow, .ipv4)
    },
    PacketKind("IGMP") { flow, _ in
      SamplePacket([0x16, 0, 9, 4, 224, 0, 0, 251]).ipv4(flow, .igmp, options: [0x94, 4, 0, 0])
        .ethernet(flow, .ipv4)
    },
    PacketKind("SCTP") { flow, random in
      SamplePacket(random.bytes(20)).behind(
        flow.sourcePort.networkBytes + flow.destinationPort.networkBytes + random.bytes(8)
      ).ipv4(flow, .sctp).ethernet(flow, .ipv4)
    },
    PacketKind("an authentication header over IPv4") { flow, random in
      segment(flow).behind([6, 4, 0, 0] + random.bytes(20)).ipv4(flow, IPProtocol(rawValue: 51))
        .ethernet(flow, .ipv4)
    },
    PacketKind("encapsulated security payload") { flow, random in
      SamplePacket(random.bytes(40)).behind(random.bytes(8)).ipv4(flow, .esp).ethernet(flow, .ipv4)
    },
  ]

  static let networks6: [PacketKind] = [
    PacketKind("TCP over IPv6") { flow, random in
      SamplePacket().tcp(flow, .syn, options: [2, 4, 5, 0xA0, 1, 3, 3, 7], over6: true)
        .ipv6(flow, .tcp, hops: random.pick([0, 1, 2, 64])).ethernet(flow, .ipv6)
    },
    PacketKind("UDP over IPv6") { flow, random in
      SamplePacket(random.bytes(30)).udp(flow, over6: true).ipv6(flow, .udp).ethernet(flow, .ipv6)
    },
    PacketKind("a ping over IPv6") { flow, random in
      SamplePacket(random.bytes(56)).icmpv6(flow, 128).ipv6(flow, .icmpv6).ethernet(flow, .ipv6)
    },
    PacketKind("neighbour solicitation") { flow, _ in
      SamplePacket(flow.destination6 + [1, 1] + flow.sourceHardware).icmpv6(flow, 135, rest: 0)
        .ipv6(flow, .icmpv6, hops: 255).ethernet(flow, .ipv6)
    },
    PacketKind("hop-by-hop options") { flow, random in
      segment(flow, over6: true).extensionHeader(next: .tcp, units: random.pick([0, 1, 3]))
        .ipv6(flow, .hopByHop).ethernet(flow, .ipv6)
    },
    PacketKind("hop-by-hop, routing and destination options") { flow, random in
      segment(flow, over6: true).extensionHeader(next: .tcp, units: 1)
        .extensionHeader(
          next: .destinationOptions,
          units: 2,
          body: [random.pick([0, 2, 4]), random.pick([0, 1])]
        )
        .extensionHeader(next: .routing).ipv6(flow, .hopByHop).ethernet(flow, .ipv6)
    },
    fragment6("IPv6, first fragment", field: 1), fragment6("IPv6, later fragment", field: 0x0059),
    fragment6("IPv6, last fragment", field: 0x0058), fragment6("IPv6, atomic fragment", field: 0),
    PacketKind("an authentication header over IPv6") { flow, random in
      segment(flow, over6: true).behind([6, 4, 0, 0] + random.bytes(20))
        .ipv6(flow, IPProtocol(rawValue: 51)).ethernet(flow, .ipv6)
    },
    PacketKind("IPv6 with nothing behind") { flow, _ in
      SamplePacket().ipv6(flow, .none).ethernet(flow, .ipv6)
    },
    PacketKind("a dozen extension headers") { flow, _ in
      var packet = segment(flow, over6: true).extensionHeader(next: .tcp)
      for _ in 0..<11 { packet = packet.extensionHeader(next: .destinationOptions) }
      return packet.ipv6(flow, .destinationOptions).ethernet(flow, .ipv6)
    },
    PacketKind("an extension header longer than the packet") { flow, _ in
      let headers = SamplePacket().behind([6, 255, 0, 0, 0, 0, 0, 0])
      return headers.ipv6(flow, .destinationOptions).ethernet(flow, .ipv6)
    },
  ]

  /// A small segment of TCP.
  static func segment(_ flow: PacketFlow, over6: Bool = false) -> SamplePacket {
    SamplePacket([1, 2, 3, 4, 5]).tcp(flow, [.ack, .psh], over6: over6)
  }

  private static func arp(_ name: String, operation: UInt16, target: [UInt8]) -> PacketKind {
    PacketKind(name) { flow, _ in
      let header: [UInt8] = [0, 1, 8, 0, 6, 4]
      return SamplePacket().behind(
        header + operation.networkBytes + flow.sourceHardware + flow.source.networkBytes + target
          + flow.destination.networkBytes
      ).ethernet(flow, .arp)
    }
  }

  private static func tagged(
    _ name: String,
    _ tag: @escaping @Sendable (SamplePacket, UInt16, PacketFlow) -> SamplePacket
  ) -> PacketKind {
    PacketKind(name) { flow, random in
      tag(segment(flow).ipv4(flow, .tcp), random.pick([1, 5, 100, 4095]), flow)
    }
  }

  private static func labelled(_ name: String, _ labels: [UInt32]) -> PacketKind {
    PacketKind(name) { flow, _ in
      var packet = segment(flow).ipv4(flow, .tcp)
      for label in labels.reversed() { packet = packet.behind(label.networkBytes) }
      return packet.ethernet(flow, EtherType(0x8847))
    }
  }

  private static func fragment(_ name: String, field: UInt16) -> PacketKind {
    PacketKind(name) { flow, random in
      SamplePacket(random.bytes(24)).udp(flow)
        .ipv4(flow, random.pick([.udp, .tcp]), fragment: field, identification: random.pick([1, 2]))
        .ethernet(flow, .ipv4)
    }
  }

  private static func fragment6(_ name: String, field: UInt16) -> PacketKind {
    PacketKind(name) { flow, random in
      SamplePacket(random.bytes(24)).udp(flow, over6: true)
        .behind([17, 0] + field.networkBytes + [0, 0, 0, random.pick([1, 2])])
        .ipv6(flow, .fragment).ethernet(flow, .ipv6)
    }
  }
}
