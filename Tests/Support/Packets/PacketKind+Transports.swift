import XDPTypes

/// What IPv4 carries: TCP's life, UDP, ICMP.
extension PacketKind {
  static let transports4: [PacketKind] = [
    tcp("TCP, SYN", .syn),
    tcp("TCP, SYN with a segment size", .syn, options: [2, 4, 5, 0xB4]),
    tcp("TCP, SYN with all usual options", .syn, options: usualOptions),
    tcp("TCP, SYN with a segment size at an odd place", .syn, options: [1, 2, 4, 0xFF, 0xFF, 3, 3, 9, 0]),
    tcp("TCP, SYN with an option of no length", .syn, options: [2, 0, 5, 0xB4]),
    tcp("TCP, SYN with an option beyond the header", .syn, options: [1, 1, 8, 40]),
    tcp("TCP, SYN and ACK", [.syn, .ack]), tcp("TCP, ACK", .ack), tcp("TCP, FIN and ACK", [.fin, .ack]),
    tcp("TCP, RST", .rst), tcp("TCP, all flags", TCPHeader.Flags(rawValue: 0xFF)),
    tcp("TCP, no flags", []),
    PacketKind("TCP from the other side") { flow, random in
      var back = flow
      (back.source, back.destination) = (flow.destination, flow.source)
      (back.sourcePort, back.destinationPort) = (flow.destinationPort, flow.sourcePort)
      return SamplePacket().tcp(back, random.pick([[.syn, .ack], .ack, [.fin, .ack], .rst]))
        .ipv4(back, .tcp).ethernet(back, .ipv4)
    },
    PacketKind("TCP with too few header words") { flow, _ in
      let packet = SamplePacket().tcp(flow, .syn).ipv4(flow, .tcp).ethernet(flow, .ipv4)
      return SamplePacket(packet.bytes.enumerated().map { $0.offset == 46 ? 0x40 : $0.element })
    },
    PacketKind("UDP without a checksum") { flow, random in
      SamplePacket(random.bytes(20)).udp(flow, checksum: 0).ipv4(flow, .udp).ethernet(flow, .ipv4)
    },
    PacketKind("UDP with a wrong checksum") { flow, random in
      SamplePacket(random.bytes(20)).udp(flow, checksum: random.pick([1, 0xFFFF, 0x1234]))
        .ipv4(flow, .udp).ethernet(flow, .ipv4)
    },
    PacketKind("UDP of an odd length") { flow, random in
      SamplePacket(random.bytes(random.pick([1, 3, 77]))).udp(flow).ipv4(flow, .udp).ethernet(flow, .ipv4)
    },
    PacketKind("UDP with nothing in it") { flow, _ in
      SamplePacket().udp(flow).ipv4(flow, .udp).ethernet(flow, .ipv4)
    },
    PacketKind("UDP with padding behind") { flow, _ in
      let packet = SamplePacket([1]).udp(flow).ipv4(flow, .udp).ethernet(flow, .ipv4)
      return SamplePacket(packet.bytes + [UInt8](repeating: 0, count: 60 - packet.bytes.count))
    },
    icmp("a ping", 8), icmp("a ping's answer", 0), icmp("a timestamp request", 13),
    PacketKind("port unreachable") { flow, _ in
      SamplePacket([]).udp(flow).ipv4(flow, .udp).icmp(3, code: 3, rest: 0).ipv4(flow, .icmp)
        .ethernet(flow, .ipv4)
    },
    PacketKind("time exceeded") { flow, _ in
      segment(flow).ipv4(flow, .tcp, hops: 1).icmp(11, rest: 0).ipv4(flow, .icmp).ethernet(flow, .ipv4)
    },
  ]

  private static let usualOptions: [UInt8] =
    [2, 4, 5, 0xB4, 4, 2, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0, 1, 3, 3, 7]

  private static func tcp(_ name: String, _ flags: TCPHeader.Flags, options: [UInt8] = []) -> PacketKind {
    PacketKind(name) { flow, random in
      SamplePacket(random.bytes(random.pick([0, 0, 6])))
        .tcp(flow, flags, options: options, sequence: random.pick([0, 1000, .max]))
        .ipv4(flow, .tcp).ethernet(flow, .ipv4)
    }
  }

  private static func icmp(_ name: String, _ type: UInt8) -> PacketKind {
    PacketKind(name) { flow, random in
      SamplePacket(random.bytes(random.pick([0, 1, 56]))).icmp(type).ipv4(flow, .icmp).ethernet(flow, .ipv4)
    }
  }
}
