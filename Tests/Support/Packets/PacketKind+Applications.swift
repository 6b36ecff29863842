import XDPTypes

/// Tunnels, and what applications say.
extension PacketKind {
  static let tunnels: [PacketKind] = [
    PacketKind("IPv4 in IPv4") { flow, random in
      segment(flow).ipv4(flow, .tcp, service: random.pick([0, 1, 2]))
        .ipv4(flow, .ipv4, service: random.pick([0, 3])).ethernet(flow, .ipv4)
    },
    PacketKind("IPv6 in IPv4") { flow, _ in
      segment(flow, over6: true).ipv6(flow, .tcp).ipv4(flow, .ipv6).ethernet(flow, .ipv4)
    },
    PacketKind("IPv4 in IPv6") { flow, _ in
      segment(flow).ipv4(flow, .tcp).ipv6(flow, .ipv4).ethernet(flow, .ipv6)
    },
    gre("GRE", [0, 0]), gre("GRE with its key", [0x20, 0, 0, 0, 0, 42]),
    gre("GRE with another key", [0x20, 0, 0, 0, 0, 43]),
    gre("GRE with checksum, key and sequence", [0xB0, 0, 0, 0, 0, 0, 0, 0, 0, 42, 0, 0, 0, 9]),
    gre("GRE of another version", [0, 1]),
    PacketKind("GRE with a whole frame") { flow, _ in
      segment(flow).ipv4(flow, .tcp).ethernet(flow, .ipv4).behind([0, 0, 0x65, 0x58]).ipv4(flow, .gre)
        .ethernet(flow, .ipv4)
    },
    overUDP("VXLAN", port: 4789, [8, 0, 0, 0, 0, 0, 7, 0], isFrame: true),
    overUDP("VXLAN of another network", port: 4789, [8, 0, 0, 0, 0, 0, 9, 0], isFrame: true),
    overUDP("VXLAN without its flag", port: 4789, [0, 0, 0, 0, 0, 0, 7, 0], isFrame: true),
    overUDP("Geneve", port: 6081, [1, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 0], isFrame: true),
    overUDP("GTP-U", port: 2152, [0x30, 255, 0, 44, 0, 0, 0, 5], isFrame: false),
    overUDP(
      "GTP-U with an extension header",
      port: 2152,
      [0x34, 255, 0, 52, 0, 0, 0, 6, 0, 0, 0, 0x85, 1, 0, 9, 0],
      isFrame: false
    ),
    overUDP("a GTP-U echo", port: 2152, [0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0], isFrame: false),
  ]

  static let applications: [PacketKind] = [
    text("a GET request", "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"),
    text("a GET request for what is forbidden", "GET /admin/users?id=1 HTTP/1.1\r\n\r\n"),
    text("a POST request", "POST /form HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b"),
    text("half a request", "GET /very-long-path-without-an-end-in-sight"),
    text("an attack", "hello attack world, there was an attack here"),
    PacketKind("a TLS client hello") { flow, random in
      hello(flow, name: random.pick(["example.org", "blocked.example", "a"]))
    },
    PacketKind("a TLS client hello without a name") { flow, _ in hello(flow, name: nil) },
    question("a DNS query", ["www", "example", "org"], type: 1),
    question("a DNS query in capitals", ["WWW", "Blocked", "EXAMPLE"], type: 28),
    question("a DNS query for a long name", [String](repeating: "abcdefghij", count: 8), type: 16),
    question("a DNS query for the root", [], type: 2),
    PacketKind("a DNS answer") { flow, random in
      dns(
        flow,
        [0, 9, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0],
        labels(["a", "b"]) + [0, 1, 0, 1] + random.bytes(16)
      )
    },
    PacketKind("a DNS query with a compressed name") { flow, _ in
      dns(flow, [0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], [0xC0, 12, 0, 1, 0, 1])
    },
    quic("a QUIC initial", [0xC3, 0, 0, 0, 1, 8]), quic("QUIC with a short header", [0x43]),
    quic("QUIC with a short id", [0xC3, 0, 0, 0, 1, 4]),
    PacketKind("network time") { flow, random in
      var flow = flow
      flow.destinationPort = 123
      return SamplePacket([0x23, 0, 6, 0xEC] + random.bytes(44)).udp(flow).ipv4(flow, .udp)
        .ethernet(flow, .ipv4)
    },
    PacketKind("DHCP discovery") { flow, random in
      var flow = flow
      (flow.source, flow.destination, flow.sourcePort, flow.destinationPort) = (0, .max, 68, 67)
      return SamplePacket([1, 1, 6, 0] + random.bytes(236) + [0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255])
        .udp(flow).ipv4(flow, .udp).ethernet(flow, .ipv4)
    },
  ]

  private static func gre(_ name: String, _ header: [UInt8]) -> PacketKind {
    PacketKind(name) { flow, _ in
      segment(flow).ipv4(flow, .tcp).behind(header.prefix(2) + [8, 0] + header.dropFirst(2))
        .ipv4(flow, .gre).ethernet(flow, .ipv4)
    }
  }

  private static func overUDP(
    _ name: String,
    port: UInt16,
    _ header: [UInt8],
    isFrame: Bool
  ) -> PacketKind {
    PacketKind(name) { flow, random in
      var outer = flow
      outer.destinationPort = port
      let inner = segment(flow).ipv4(flow, .tcp)
      return (isFrame ? inner.ethernet(flow, .ipv4) : inner).behind(header)
        .udp(outer, checksum: random.pick([nil, 0])).ipv4(outer, .udp).ethernet(outer, .ipv4)
    }
  }

  private static func text(_ name: String, _ text: String) -> PacketKind {
    PacketKind(name) { flow, random in
      var flow = flow
      flow.destinationPort = random.pick([80, 80, 8080])
      return SamplePacket(Array(text.utf8))
        .tcp(flow, [.ack, .psh], options: random.pick([[], [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]]))
        .ipv4(flow, .tcp).ethernet(flow, .ipv4)
    }
  }

  private static func hello(_ flow: PacketFlow, name: String?) -> SamplePacket {
    var flow = flow
    flow.destinationPort = 443
    var extensions: [UInt8] = [0, 43, 0, 3, 2, 3, 4]
    if let name {
      let count = name.utf8.count
      extensions += [0, 0] + UInt16(count + 5).networkBytes + UInt16(count + 3).networkBytes + [0]
      extensions += UInt16(count).networkBytes + name.utf8
    }
    extensions += [0, 16, 0, 5, 0, 3, 2, 0x68, 0x32]
    var body: [UInt8] = [3, 3] + [UInt8](repeating: 0xAB, count: 32) + [2, 1, 2]
    body += [0, 4, 0x13, 1, 0x13, 2, 1, 0] + UInt16(extensions.count).networkBytes + extensions
    let record = [22, 3, 1] + UInt16(body.count + 4).networkBytes + [1, 0] + UInt16(body.count).networkBytes
    return SamplePacket(record + body).tcp(flow, [.ack, .psh]).ipv4(flow, .tcp).ethernet(flow, .ipv4)
  }

  private static func labels(_ labels: [String]) -> [UInt8] {
    labels.flatMap { [UInt8($0.utf8.count)] + $0.utf8 } + [0]
  }

  private static func question(_ name: String, _ parts: [String], type: UInt16) -> PacketKind {
    PacketKind(name) { flow, random in
      let header: [UInt8] = [0, 9, 1, 0, 0, random.pick([1, 1, 2]), 0, 0, 0, 0, 0, 0]
      return dns(flow, header, labels(parts) + type.networkBytes + [0, 1])
    }
  }

  private static func dns(_ flow: PacketFlow, _ header: [UInt8], _ body: [UInt8]) -> SamplePacket {
    var flow = flow
    flow.destinationPort = 53
    return SamplePacket(body).behind(header).udp(flow).ipv4(flow, .udp).ethernet(flow, .ipv4)
  }

  private static func quic(_ name: String, _ start: [UInt8]) -> PacketKind {
    PacketKind(name) { flow, random in
      var flow = flow
      flow.destinationPort = 443
      return SamplePacket(start + random.bytes(40)).udp(flow).ipv4(flow, .udp).ethernet(flow, .ipv4)
    }
  }
}
