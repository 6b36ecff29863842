/// What a made-up packet is, read byte by byte and apart from the generator, and what is wrong with it.
struct DissectedPacket {
  /// The transport, and what else is counted.
  private(set) var names: Set<String> = []
  private(set) var flaws: [String] = []

  init?(_ packet: [UInt8]) {
    func half(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> Int {
      Int(bytes[bytes.startIndex + offset]) << 8 | Int(bytes[bytes.startIndex + offset + 1])
    }
    var type = half(packet[...], 12), network = packet[14...]
    if type == 0x8100 {
      names.insert("tagged")
      if !(100...109).contains(half(network, 0)) { flaws.append("VLAN") }
      type = half(network, 2)
      network = network.dropFirst(4)
    }
    names.insert(packet.count < 590 ? "small" : packet.count < 1514 ? "middle" : "large")
    if type == 0x0806 {
      names.insert("arp")
      if Array(network.prefix(8)) != [0, 1, 8, 0, 6, 4, 0, 1]
        || packet[..<6] != [255, 255, 255, 255, 255, 255]
      {
        flaws.append("ARP")
      }
      return
    }
    let isIPv6 = type == 0x86dd
    guard isIPv6 || type == 0x0800 else { return nil }
    if isIPv6 { names.insert("ipv6") }
    let header = network.prefix(isIPv6 ? 40 : 20), payload = network.dropFirst(isIPv6 ? 40 : 20)
    if half(network, isIPv6 ? 4 : 2) != (isIPv6 ? payload.count : network.count) { flaws.append("length") }
    if !isIPv6, Self.sum(Array(header)) != 0xffff { flaws.append("IPv4's checksum") }
    let number = header[header.startIndex + (isIPv6 ? 6 : 9)]
    let addresses = Array(header.dropFirst(isIPv6 ? 8 : 12))
    let pseudo = addresses + [0, number, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
    switch number {
    case 17:
      names.insert("udp")
      if half(payload, 4) != payload.count { flaws.append("UDP's length") }
    case 6:
      names.insert("tcp")
      let flags = payload[payload.startIndex + 13]
      if flags == 2 { names.insert("syn") } else if flags != 16 { flaws.append("flags") }
    case 1, 58: names.insert("icmp")
    default: return nil
    }
    if Self.sum(number == 1 ? Array(payload) : pseudo + payload) != 0xffff {
      flaws.append("the transport's checksum")
    }
  }

  /// The sum of all words, which is all ones where the checksum among them is right.
  private static func sum(_ bytes: [UInt8]) -> Int {
    var sum = 0
    for (index, byte) in bytes.enumerated() { sum += Int(byte) << (index % 2 == 0 ? 8 : 0) }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return sum
  }
}
