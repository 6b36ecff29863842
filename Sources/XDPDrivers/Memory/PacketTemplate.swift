import XDPTypes

/// A packet whose headers are written, and what to put into it for each flow.
struct PacketTemplate {
  /// The packet, with zeros for everything that a flow decides.
  private(set) var bytes: [UInt8]

  private let source: AddressRange
  private let destination: AddressRange
  /// Where IP's header begins, and what it carries.
  private let network: Int
  private let transport: Int
  /// Where the transport's checksum stands, from `transport`.
  private let checksumOffset: Int
  /// Whether its checksum counts the addresses.
  private let hasPseudoHeader: Bool
  /// Whether the flow's number goes into an echo's identifier, and not into a source port.
  private let isEcho: Bool
  /// The sums of all that no flow changes.
  private var networkSum = InternetChecksum()
  private var transportSum = InternetChecksum()

  /// Writes the headers of the packets of a description.
  init(_ traffic: TrafficDescription) {
    source = traffic.source
    destination = traffic.destination
    network = traffic.vlan == nil ? 14 : 18
    transport = network + (traffic.source.isIPv6 ? 40 : 20)
    isEcho = traffic.transport == .icmp
    hasPseudoHeader = !isEcho || traffic.source.isIPv6
    checksumOffset =
      switch traffic.transport {
      case .udp: 6
      case .tcp: 16
      case .icmp: 2
      }
    bytes = [UInt8](repeating: 0, count: traffic.size)

    let number = Self.protocolNumber(traffic)
    writeEthernet(vlan: traffic.vlan)
    writeNetwork(number)
    writeTransport(traffic)
    transportSum.add(bytes[transport...])
    if hasPseudoHeader {
      transportSum.add(UInt32(number))
      transportSum.add(UInt32(bytes.count - transport))
    }
    networkSum.add(bytes[network..<transport])
  }

  private static func protocolNumber(_ traffic: TrafficDescription) -> UInt8 {
    switch traffic.transport {
    case .udp: IPProtocol.udp.rawValue
    case .tcp: IPProtocol.tcp.rawValue
    case .icmp: traffic.source.isIPv6 ? IPProtocol.icmpv6.rawValue : IPProtocol.icmp.rawValue
    }
  }

  // MARK: What every packet has

  /// Locally administered addresses, then the tag, then the type.
  private mutating func writeEthernet(vlan: UInt16?) {
    bytes[0] = 2
    bytes[5] = 2
    bytes[6] = 2
    bytes[11] = 1
    if let vlan {
      put(EtherType.vlan.number, at: 12)
      put(vlan, at: 14)
    }
    put(source.isIPv6 ? EtherType.ipv6.number : EtherType.ipv4.number, at: network - 2)
  }

  private mutating func writeNetwork(_ number: UInt8) {
    if source.isIPv6 {
      bytes[network] = 6 << 4
      put(UInt16(clamping: bytes.count - transport), at: network + 4)
      bytes[network + 6] = number
      bytes[network + 7] = 64
    } else {
      bytes[network] = 4 << 4 | 5
      put(UInt16(clamping: bytes.count - network), at: network + 2)
      bytes[network + 8] = 64
      bytes[network + 9] = number
    }
  }

  private mutating func writeTransport(_ traffic: TrafficDescription) {
    switch traffic.transport {
    case .udp:
      put(traffic.port, at: transport + 2)
      put(UInt16(bytes.count - transport), at: transport + 4)
    case .tcp:
      put(traffic.port, at: transport + 2)
      bytes[transport + 12] = 5 << 4
      bytes[transport + 13] = 0x10
      put(UInt16.max, at: transport + 14)
    case .icmp:
      bytes[transport] = source.isIPv6 ? 128 : 8
    }
  }

  private mutating func put(_ number: UInt16, at offset: Int) {
    var bytes = bytes.mutableSpan
    Self.put(number, at: offset, in: &bytes)
  }

  // MARK: What a flow has

  /// Writes a flow's addresses, source port and the checksums into a packet made from this template.
  ///
  /// The hosts are random bits, high half first, that fill what the prefixes leave open.
  func write(
    to bytes: inout [UInt8],
    sourceHost: (UInt64, UInt64),
    destinationHost: (UInt64, UInt64),
    sourcePort: UInt16
  ) {
    var packet = bytes.mutableSpan
    var addresses = InternetChecksum()
    if source.isIPv6 {
      Self.put(source, host: sourceHost, at: network + 8, in: &packet, &addresses)
      Self.put(destination, host: destinationHost, at: network + 24, in: &packet, &addresses)
    } else {
      Self.put(source, host: sourceHost, at: network + 12, in: &packet, &addresses)
      Self.put(destination, host: destinationHost, at: network + 16, in: &packet, &addresses)
      Self.put((networkSum + addresses).value, at: network + 10, in: &packet)
    }
    var sum = hasPseudoHeader ? transportSum + addresses : transportSum
    Self.put(sourcePort, at: transport + (isEcho ? 4 : 0), in: &packet)
    sum.add(UInt32(sourcePort))
    // In UDP zero stands for no checksum; all ones is the same number.
    Self.put(sum.value == 0 && !isEcho ? .max : sum.value, at: transport + checksumOffset, in: &packet)
  }

  private static func put(
    _ range: AddressRange,
    host: (UInt64, UInt64),
    at offset: Int,
    in packet: inout MutableSpan<UInt8>,
    _ sum: inout InternetChecksum
  ) {
    switch range {
    case .v4(let address, let length):
      let mask = AddressRange.hostMask(UInt32.self, bits: 32 - length)
      let number = address.number | UInt32(truncatingIfNeeded: host.0) & mask
      put(UInt16(number >> 16), at: offset, in: &packet)
      put(UInt16(truncatingIfNeeded: number), at: offset + 2, in: &packet)
      sum.add(number)
    case .v6(let address, let length):
      let network = address.network.value | host.0 & AddressRange.hostMask(UInt64.self, bits: 64 - length)
      let interface =
        address.interface.value | host.1 & AddressRange.hostMask(UInt64.self, bits: 128 - length)
      put(network, at: offset, in: &packet)
      put(interface, at: offset + 8, in: &packet)
      sum.add(network)
      sum.add(interface)
    }
  }

  private static func put<Number: FixedWidthInteger>(
    _ number: Number,
    at offset: Int,
    in bytes: inout MutableSpan<UInt8>
  ) {
    for place in 0..<Number.bitWidth / 8 {
      bytes[offset + place] = UInt8(truncatingIfNeeded: number >> (Number.bitWidth - 8 - 8 * place))
    }
  }
}
