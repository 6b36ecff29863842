import Testing
import XDPTypes

@Suite struct `Addresses as text` {
  @Test(
    arguments: [
      "0.0.0.0": 0, "192.0.2.1": 0xc000_0201, "255.255.255.255": 0xffff_ffff, "10.0.0.7": 0x0a00_0007,
    ] as [String: UInt32]
  )
  func `an IPv4 address is read and written`(text: String, number: UInt32) {
    #expect(IPv4Address(text)?.number == number)
    #expect(IPv4Address(number).description == text)
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.", "+1.2.3.4", " 1.2.3.4", "1.2.3.٤",
  ])
  func `what is no IPv4 address is refused`(text: String) {
    #expect(IPv4Address(text) == nil)
  }

  @Test(arguments: [
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:db8::1", "2001:db8::1"),
    ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
    ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
    ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ("::192.0.2.1", "::c000:201"),
    ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("fe80::1:2", "fe80::1:2"),
    ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
  ])
  func `an IPv6 address is read, and written in its shortest form`(text: String, canonical: String) {
    #expect(IPv6Address(text)?.description == canonical)
  }

  @Test(arguments: [
    "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::",
    "1:2:3:4:5:6:7:8::", ":1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:", "1.2.3.4::", "::1.2.3", "::1.2.3.4:5", "+1::", "1:2:3:4:5:6:7:1.2.3.4", " ::1",
    "::1%eth0",
  ])
  func `what is no IPv6 address is refused`(text: String) {
    #expect(IPv6Address(text) == nil)
  }

  @Test(arguments: ["02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", "00:1a:2b:3c:4d:5e"])
  func `an Ethernet address is read and written`(text: String) {
    #expect(MACAddress(text)?.description == text)
    #expect(MACAddress(text.uppercased()) == MACAddress(text))
    #expect(MACAddress(text.split(separator: ":").joined(separator: "-")) == MACAddress(text))
  }

  @Test(arguments: [
    "", "02:00:00:00:00", "02:00:00:00:00:01:02", "2:0:0:0:0:1", "0g:00:00:00:00:01", "+2:00:00:00:00:01",
  ])
  func `what is no Ethernet address is refused`(text: String) {
    #expect(MACAddress(text) == nil)
  }

  @Test func `ports and actions are read and written`() {
    #expect(Port("443") == 443)
    #expect(Port("65536") == nil)
    #expect(Port("+1") == nil)
    #expect(Port(53).description == "53")
    for action in XDPAction.allCases { #expect(XDPAction(action.description) == action) }
    #expect(XDPAction("XDP_DROP") == nil)
    #expect(XDPAction.drop.cName == "XDP_DROP")
  }

  @Test(arguments: [(0, true), (8, true), (9, false), (32, false), (40, false), (-1, true)])
  func `a prefix is compared bit by bit`(length: Int, matches: Bool) {
    #expect(IPv4Address(10, 0, 0, 1).matches(IPv4Address(10, 128, 0, 1), prefixLength: length) == matches)
  }
}
