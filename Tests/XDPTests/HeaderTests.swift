import BTF
import Testing
import XDPTypes

/// Bytes of a packet written in hexadecimal, blanks wherever they help.
private func bytes(_ text: String) -> [UInt8] {
  let digits = Array(text.filter { !$0.isWhitespace })
  return stride(from: 0, to: digits.count, by: 2).compactMap {
    UInt8(String(digits[$0...($0 + 1)]), radix: 16)
  }
}

/// The header at an offset of a packet, nil where it is too short.
private func header<Header: PacketHeader>(
  _ type: Header.Type,
  in packet: [UInt8],
  at offset: Int = 0
) -> Header? {
  Header(packet.rawBytes, at: offset)
}

@Suite struct `Packet headers` {
  @Test func `are as long in memory as in the packet`() {
    #expect(EthernetHeader.byteCount == 14)
    #expect(VLANHeader.byteCount == 4)
    #expect(ARPHeader.byteCount == 28)
    #expect(IPv4Header.byteCount == 20)
    #expect(IPv6Header.byteCount == 40)
    #expect(UDPHeader.byteCount == 8)
    #expect(TCPHeader.byteCount == 20)
    #expect(ICMPHeader.byteCount == 8)
  }

  @Test func `a tagged UDP datagram reads as it was sent`() throws {
    let packet = bytes(
      """
      ffffffffffff 021122334455 8100 a064 0800
      45 b8 0021 1234 4000 40 11 abcd c0000201 cb007107
      d431 0035 000d beef 0102030405
      """
    )
    let ethernet = try #require(header(EthernetHeader.self, in: packet))
    #expect(ethernet.destination == .broadcast)
    #expect(ethernet.source.description == "02:11:22:33:44:55")
    #expect(ethernet.etherType == .vlan)
    let tag = try #require(header(VLANHeader.self, in: packet, at: 14))
    #expect(tag.vlan == 100)
    #expect(tag.priority == 5)
    #expect(tag.etherType == .ipv4)
    #expect(tag == VLANHeader(vlan: 100, priority: 5, etherType: .ipv4))
    let ip = try #require(header(IPv4Header.self, in: packet, at: 18))
    #expect(ip.version == 4)
    #expect(ip.headerLength == 20)
    #expect(ip.typeOfService == 0xb8)
    #expect(ip.totalLength.value == 33)
    #expect(ip.identification.value == 0x1234)
    #expect(ip.mayNotFragment)
    #expect(!ip.isFragment)
    #expect(ip.timeToLive == 64)
    #expect(ip.protocol == .udp)
    #expect(ip.checksum.value == 0xabcd)
    #expect(ip.source == IPv4Address(192, 0, 2, 1))
    #expect(ip.destination.description == "203.0.113.7")
    let udp = try #require(header(UDPHeader.self, in: packet, at: 38))
    #expect(udp.sourcePort == 54321)
    #expect(udp.destinationPort == 53)
    #expect(udp.length.value == 13)
    #expect(udp.checksum.value == 0xbeef)
  }

  @Test func `a TCP segment over IPv6 reads as it was sent`() throws {
    let packet = bytes(
      """
      6 2f 12345 0014 06 3f 20010db8000000000000000000000001 fe800000000000000000000000000002
      01bb c350 11223344 55667788 a0 12 ffff 1234 0007
      """
    )
    let ip = try #require(header(IPv6Header.self, in: packet))
    #expect(ip.version == 6)
    #expect(ip.trafficClass == 0x2f)
    #expect(ip.flowLabel == 0x12345)
    #expect(ip.payloadLength.value == 20)
    #expect(ip.nextHeader == .tcp)
    #expect(ip.hopLimit == 63)
    #expect(ip.source.description == "2001:db8::1")
    #expect(ip.destination.isLinkLocal)
    #expect(ip.destination.group(7) == 2)
    let tcp = try #require(header(TCPHeader.self, in: packet, at: 40))
    #expect(tcp.sourcePort == 443)
    #expect(tcp.destinationPort == 50000)
    #expect(tcp.sequence.value == 0x1122_3344)
    #expect(tcp.acknowledgement.value == 0x5566_7788)
    #expect(tcp.headerLength == 40)
    #expect(tcp.flags == [.syn, .ack])
    #expect(tcp.window.value == 0xffff)
    #expect(tcp.checksum.value == 0x1234)
    #expect(tcp.urgent.value == 7)
  }

  @Test func `an ARP request and an echo read as they were sent`() throws {
    let request = bytes("0001 0800 06 04 0001 021122334455 c0000201 000000000000 c00002fe")
    let arp = try #require(header(ARPHeader.self, in: request))
    #expect(arp.operation.value == 1)
    #expect(arp.protocolType == .ipv4)
    #expect(arp.senderHardware.description == "02:11:22:33:44:55")
    #expect(arp.sender.description == "192.0.2.1")
    #expect(arp.target.description == "192.0.2.254")
    let echo = try #require(header(ICMPHeader.self, in: bytes("08 00 1234 0007 002a")))
    #expect(echo.type == 8)
    #expect(echo.identifier.value == 7)
    #expect(echo.sequence.value == 42)
  }

  @Test(arguments: [
    ("0000", 0, false), ("2000", 0, true), ("00b9", 1480, true), ("4000", 0, false), ("3fff", 65528, true),
  ])
  func `a fragment is told from a whole packet`(field: String, offset: Int, isFragment: Bool) throws {
    let ip = try #require(
      header(IPv4Header.self, in: bytes("45000014 0000 \(field) 4001 0000 01020304 05060708"))
    )
    #expect(ip.fragmentOffset == offset)
    #expect(ip.isFragment == isFragment)
  }

  @Test(arguments: [(13, 0), (14, 1), (14, -1), (0, 0), (14, .max), (20, 7)])
  func `a header that the packet does not hold whole is none`(length: Int, offset: Int) {
    #expect(header(EthernetHeader.self, in: [UInt8](repeating: 0, count: length), at: offset) == nil)
  }

  @Test func `a header at an odd place reads the same`() throws {
    let packet = [0] + bytes("021122334455 0a0b0c0d0e0f 86dd")
    let ethernet = try #require(header(EthernetHeader.self, in: packet, at: 1))
    #expect(ethernet.etherType == .ipv6)
    #expect(ethernet.destination.byte5 == 0x55)
  }
}
