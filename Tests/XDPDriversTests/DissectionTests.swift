import TestSupport
import Testing
import XDPDrivers

@Suite struct `Naming the headers of a packet` {
  private let ethernet: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]

  /// An IPv4 header of this protocol, with options.
  private func ipv4(_ kind: UInt8, fragment: [UInt8] = [0, 0], options: [UInt8] = []) -> [UInt8] {
    let words = UInt8(5 + options.count / 4)
    return [0x40 | words, 0, 0, 60, 0x12, 0x34] + fragment + [64, kind, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]
      + options
  }

  private func ipv6(_ next: UInt8) -> [UInt8] {
    [0x60, 0, 0, 0, 0, 20, next, 64] + [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
      + [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [2]
  }

  private let tcp: [UInt8] = [
    0xc0, 1, 0, 80, 0, 0, 0, 7, 0, 0, 0, 9, 0x60, 0x12, 1, 0, 0, 0, 0, 0, 2, 4, 5, 0xb4,
  ]
  private let udp: [UInt8] = [0xc0, 1, 0, 53, 0, 8, 0, 0]

  @Test func `goes through tags, options and extension headers`() {
    let tagged = PacketDissection(
      ethernet + [0x88, 0xa8, 0x20, 5, 0x81, 0, 0, 7, 8, 0] + ipv4(6, options: [148, 4, 0, 0]) + tcp + [
        1, 2, 3,
      ]
    )
    #expect(tagged.title == "Ethernet, VLAN, VLAN, IPv4, TCP")
    #expect(
      tagged.layers.map(\.summary) == [
        "02:00:00:00:00:02 → 02:00:00:00:00:01, service VLAN", "5, priority 1, VLAN", "7, priority 0, IPv4",
        "192.0.2.1 → 192.0.2.2, TCP, TTL 64, length 60, options router alert",
        "49153 → 80, SYN ACK, sequence 7, acknowledges 9, window 256, MSS 1460",
      ]
    )
    #expect(tagged.rest.count == 3)
    let extended = PacketDissection(
      ethernet + [0x86, 0xdd] + ipv6(0) + [60, 0, 0, 0, 0, 0, 0, 0] + [44, 1]
        + [UInt8](repeating: 0, count: 14)
        + [17, 0, 0, 1, 0, 0, 0, 1] + udp
    )
    #expect(
      extended.title
        == "Ethernet, IPv6, IPv6 hop-by-hop options, IPv6 destination options, IPv6 fragment, UDP"
    )
    #expect(extended.layers[4].summary == "at 0, more follow, UDP")
  }

  @Test func `stops where a later fragment begins, and goes into tunnels`() {
    let later = PacketDissection(ethernet + [8, 0] + ipv4(17, fragment: [0, 185]) + udp)
    #expect(later.title == "Ethernet, IPv4")
    #expect(later.layers[1].summary.hasSuffix("fragment at 1480, the last"))
    let tunnel = PacketDissection(
      ethernet + [8, 0] + ipv4(4) + ipv4(47) + [0x20, 0, 0x86, 0xdd, 0, 0, 0, 1] + ipv6(6) + tcp
    )
    #expect(tunnel.title == "Ethernet, IPv4, IPv4, GRE, IPv6, TCP")
    let ping = PacketDissection(ethernet + [8, 0] + ipv4(1) + [8, 0, 0, 0, 0, 5, 0, 6])
    #expect(ping.layers[2].summary == "echo request, identifier 5, sequence 6")
  }

  @Test func `names fields by their place, all that share a byte`() throws {
    let packet = PacketDissection(ethernet + [8, 0] + ipv4(6) + tcp)
    func names(_ range: Range<Int>) -> [String]? {
      packet.fields(at: range).map { found in
        found.fields.map { "\(found.layer.name) \($0.name) = \($0.text)" }
      }
    }
    #expect(names(26..<30) == ["IPv4 source = 192.0.2.1"])
    #expect(names(28..<30) == ["IPv4 source = 192.0.2.1"])
    #expect(names(14..<15) == ["IPv4 version = 4", "IPv4 header length = 20"])
    #expect(names(36..<38) == ["TCP destination port = 80"])
    #expect(names(32..<36) == nil)
    #expect(names(1000..<1001) == nil)
  }

  @Test func `says where a packet is cut off or makes no sense`() {
    let whole = ethernet + [8, 0] + ipv4(6, options: [1, 1, 1, 0]) + tcp
    for length in 0...whole.count {
      let dissection = PacketDissection(Array(whole.prefix(length)))
      let isWhole = [14, 38, whole.count].contains(length)
      // Right behind a header the next one is wanted, of which nothing is there.
      let last = dissection.layers.last
      #expect((last?.problem == nil) == (length == whole.count), "\(length) bytes")
      if !isWhole { #expect(last?.problem?.hasPrefix("cut off after") == true, "\(length) bytes") }
      #expect(dissection.layers.allSatisfy { $0.range.upperBound <= length })
    }
    var odd = ethernet + [8, 0] + ipv4(6)
    odd[14] = 0x43
    #expect(PacketDissection(odd).layers.last?.problem == "a header of 12 bytes")
    odd[14] = 0x65
    #expect(PacketDissection(odd).layers.last?.problem == "version 6")
  }

  @Test func `makes something of any bytes, within them and in bounded depth`() {
    var random = SplitMix(seed: 11)
    let starts = [
      ethernet + [8, 0] + ipv4(6) + tcp, ethernet + [0x86, 0xdd] + ipv6(0),
      ethernet + [8, 0] + ipv4(47) + [0, 0, 0x65, 0x58], ethernet + [8, 6],
    ]
    for _ in 0..<20_000 {
      var bytes = starts.randomElement(using: &random) ?? []
      bytes += (0..<Int.random(in: 0...80, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let dissection = PacketDissection(bytes)
      #expect(dissection.layers.count <= PacketDissection.layerLimit)
      #expect(dissection.rest.upperBound == bytes.count)
      for layer in dissection.layers {
        #expect(layer.range.upperBound <= bytes.count)
        #expect(layer.fields.allSatisfy { $0.range.upperBound <= layer.range.upperBound })
      }
    }
    // A tunnel in a tunnel in a tunnel…
    let nested = ethernet + [8, 0] + (0..<200).flatMap { _ in ipv4(4) }
    #expect(PacketDissection(nested).layers.count == PacketDissection.layerLimit)
  }
}
