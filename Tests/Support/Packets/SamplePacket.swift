public import XDPTypes

/// A packet that is built from the inside out, and remembers where each of its headers ends.
///
///     SamplePacket(payload).udp(flow).ipv4(flow, .udp).ethernet(flow, .ipv4)
public struct SamplePacket: Hashable, Sendable {
  /// The bytes from the outermost header on.
  public private(set) var bytes: [UInt8]
  /// Where headers end, in bytes from the start, in order.
  public private(set) var boundaries: [Int] = []

  /// What the innermost header carries.
  public init(_ payload: [UInt8] = []) { bytes = payload }

  /// Puts a header in front.
  public func behind(_ header: [UInt8]) -> SamplePacket {
    var whole = self
    whole.bytes = header + bytes
    whole.boundaries = [header.count] + boundaries.map { $0 + header.count }
    return whole
  }

  /// The packet without what begins at an offset.
  public func truncated(to count: Int) -> SamplePacket {
    var part = self
    part.bytes = Array(bytes.prefix(count))
    part.boundaries.removeAll { $0 > count }
    return part
  }

  /// The packet with some bytes changed by chance.
  public func damaged(_ random: inout SplitMix) -> SamplePacket {
    var damaged = self
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<min(bytes.count, 128), using: &random)
      damaged.bytes[place] = random.pick([0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)])
    }
    return damaged
  }

  // MARK: Layers

  /// Behind an Ethernet header.
  public func ethernet(_ flow: PacketFlow, _ type: EtherType) -> SamplePacket {
    behind(flow.destinationHardware + flow.sourceHardware + type.number.networkBytes)
  }

  /// Behind a tag, without the Ethernet type before it.
  public func vlan(_ number: UInt16, priority: UInt16 = 0, _ type: EtherType) -> SamplePacket {
    behind((priority << 13 | number).networkBytes + type.number.networkBytes)
  }

  /// Behind an IPv4 header with options, whose checksum is right unless another one is given.
  ///
  /// `fragment` is the whole field: three flags, and the offset in units of 8 bytes.
  public func ipv4(
    _ flow: PacketFlow,
    _ number: IPProtocol,
    options: [UInt8] = [],
    fragment: UInt16 = 0,
    identification: UInt16 = 7,
    hops: UInt8 = 64,
    service: UInt8 = 0,
    checksum: UInt16? = nil
  ) -> SamplePacket {
    let count = 20 + options.count
    var header: [UInt8] = [0x40 | UInt8(count / 4), service]
    header += UInt16(clamping: count + bytes.count).networkBytes
    header += identification.networkBytes + fragment.networkBytes + [hops, number.rawValue, 0, 0]
    header += flow.source.networkBytes + flow.destination.networkBytes + options
    header.replaceSubrange(10..<12, with: (checksum ?? Self.checksum(of: header)).networkBytes)
    return behind(header)
  }

  /// Behind an IPv6 header.
  public func ipv6(_ flow: PacketFlow, _ next: IPProtocol, hops: UInt8 = 64) -> SamplePacket {
    behind(
      [0x60, 0, 0, 0] + UInt16(clamping: bytes.count).networkBytes + [next.rawValue, hops] + flow.source6
        + flow.destination6
    )
  }

  /// Behind an extension header of so many units of 8 bytes beyond the first.
  public func extensionHeader(next: IPProtocol, units: UInt8 = 0, body: [UInt8] = []) -> SamplePacket {
    let size = 6 + 8 * Int(units)
    return behind([next.rawValue, units] + (body + [UInt8](repeating: 0, count: size)).prefix(size))
  }

  /// Behind a UDP header; a checksum of 0 stands for none.
  public func udp(_ flow: PacketFlow, over6: Bool = false, checksum: UInt16? = nil) -> SamplePacket {
    var header = flow.sourcePort.networkBytes + flow.destinationPort.networkBytes
    header += UInt16(clamping: 8 + bytes.count).networkBytes + [0, 0]
    let sum = Self.checksum(of: pseudoHeader(flow, .udp, over6: over6, 8 + bytes.count) + header + bytes)
    header.replaceSubrange(6..<8, with: (checksum ?? (sum == 0 ? .max : sum)).networkBytes)
    return behind(header)
  }

  /// Behind a TCP header with options, which are filled up to a multiple of 4 bytes.
  public func tcp(
    _ flow: PacketFlow,
    _ flags: TCPHeader.Flags,
    options: [UInt8] = [],
    sequence: UInt32 = 1000,
    acknowledgement: UInt32 = 0,
    over6: Bool = false
  ) -> SamplePacket {
    let options = options + [UInt8](repeating: 0, count: -options.count & 3), count = 20 + options.count
    var header = flow.sourcePort.networkBytes + flow.destinationPort.networkBytes
    header += sequence.networkBytes + acknowledgement.networkBytes
    header += [UInt8(count / 4) << 4, flags.rawValue, 0xFF, 0xFF, 0, 0, 0, 0] + options
    let pseudo = pseudoHeader(flow, .tcp, over6: over6, count + bytes.count)
    header.replaceSubrange(16..<18, with: Self.checksum(of: pseudo + header + bytes).networkBytes)
    return behind(header)
  }

  /// Behind an ICMP header.
  public func icmp(_ type: UInt8, code: UInt8 = 0, rest: UInt32 = 0x0001_0002) -> SamplePacket {
    var header = [type, code, 0, 0] + rest.networkBytes
    header.replaceSubrange(2..<4, with: Self.checksum(of: header + bytes).networkBytes)
    return behind(header)
  }

  /// Behind an ICMPv6 header.
  public func icmpv6(_ flow: PacketFlow, _ type: UInt8, rest: UInt32 = 0x0001_0002) -> SamplePacket {
    var header = [type, 0, 0, 0] + rest.networkBytes
    let pseudo = pseudoHeader(flow, .icmpv6, over6: true, 8 + bytes.count)
    header.replaceSubrange(2..<4, with: Self.checksum(of: pseudo + header + bytes).networkBytes)
    return behind(header)
  }

  private func pseudoHeader(
    _ flow: PacketFlow,
    _ number: IPProtocol,
    over6: Bool,
    _ count: Int
  ) -> [UInt8] {
    let addresses =
      over6 ? flow.source6 + flow.destination6 : flow.source.networkBytes + flow.destination.networkBytes
    return addresses + UInt32(count).networkBytes + [0, 0, 0, number.rawValue]
  }

  /// The Internet checksum (RFC 1071).
  public static func checksum(of bytes: [UInt8]) -> UInt16 {
    var sum: UInt64 = 0
    for index in stride(from: 0, to: bytes.count, by: 2) {
      sum += UInt64(bytes[index]) << 8 | UInt64(index + 1 < bytes.count ? bytes[index + 1] : 0)
    }
    while sum >> 16 != 0 { sum = sum & 0xFFFF + sum >> 16 }
    return ~UInt16(truncatingIfNeeded: sum)
  }
}
