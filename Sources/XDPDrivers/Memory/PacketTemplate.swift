import XDPTypes

/// A packet of one kind whose headers are written, and what to put into it for each flow and length.
struct PacketTemplate {
  /// What one flow has of its own.
  struct Flow {
    /// Random bits, high half first, that fill what the source's prefix leaves open.
    var source: (UInt64, UInt64)
    /// The same for the destination.
    var destination: (UInt64, UInt64)
    /// The source's port, an echo's identifier, or the end of the asking station's Ethernet address.
    var port: UInt16
    /// The VLAN, for packets with a tag.
    var vlan: UInt16
  }

  /// The longest packet, with zeros for everything that a flow or the length decides.
  private(set) var bytes: [UInt8]
  /// What the headers are.
  let kind: PacketKind

  private let source: AddressRange
  private let destination: AddressRange
  /// Where the transport's checksum stands.
  private let checksum: Int
  /// How often the length of what IP carries is in the transport's sum: in the pseudo header, and in UDP's own.
  private let lengthCount: UInt32
  /// The sums of all that no flow changes.
  private var networkSum = InternetChecksum()
  private var transportSum = InternetChecksum()

  /// Writes the headers of the packets of one kind, of up to `longest` bytes.
  init(_ kind: PacketKind, of traffic: TrafficDescription, longest: Int) {
    self.kind = kind
    let isSecond = kind.isIPv6 && !traffic.source.isIPv6
    source = isSecond ? traffic.source6 : traffic.source
    destination = isSecond ? traffic.destination6 : traffic.destination
    bytes = [UInt8](repeating: 0, count: max(longest, kind.headerByteCount))
    var number = IPProtocol.udp, place = 6, lengths: UInt32 = 0
    switch kind.transport {
    case .udp: lengths = 2
    case .tcp: (number, place, lengths) = (.tcp, 16, 1)
    case .icmp: (number, place, lengths) = (kind.isIPv6 ? .icmpv6 : .icmp, 2, kind.isIPv6 ? 1 : 0)
    case .arp: break
    }
    checksum = kind.payload + place
    lengthCount = lengths
    writeEthernet()
    guard kind.transport != .arp else {
      writeQuestion()
      return
    }
    writeNetwork(number.rawValue)
    writeTransport(port: traffic.port)
    networkSum.add(bytes[kind.network..<kind.payload])
    transportSum.add(bytes[kind.payload..<kind.headerByteCount])
    if lengths > 0 { transportSum.add(UInt32(number.rawValue)) }
  }

  // MARK: What every packet has

  /// Locally administered addresses, or the broadcast's, then the tag, then the type.
  private mutating func writeEthernet() {
    bytes.replaceSubrange(0..<12, with: [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1])
    if kind.transport == .arp { for index in 0..<6 { bytes[index] = 0xff } }
    if kind.isTagged { put(EtherType.vlan.number, at: 12) }
    let type: EtherType = kind.transport == .arp ? .arp : kind.isIPv6 ? .ipv6 : .ipv4
    put(type.number, at: kind.network - 2)
  }

  private mutating func writeNetwork(_ number: UInt8) {
    if kind.isIPv6 {
      bytes[kind.network] = 6 << 4
      bytes[kind.network + 6] = number
      bytes[kind.network + 7] = 64
    } else {
      bytes[kind.network] = 4 << 4 | 5
      bytes[kind.network + 8] = 64
      bytes[kind.network + 9] = number
    }
  }

  private mutating func writeTransport(port: UInt16) {
    let start = kind.payload
    switch kind.transport {
    case .udp: put(port, at: start + 2)
    case .tcp(let flags):
      put(port, at: start + 2)
      bytes[start + 12] = 5 << 4
      bytes[start + 13] = flags.rawValue
      put(UInt16.max, at: start + 14)
    case .icmp: bytes[start] = kind.isIPv6 ? 128 : 8
    case .arp: break
    }
  }

  /// Who has an IPv4 address, asked over Ethernet.
  private mutating func writeQuestion() {
    put(UInt16(1), at: kind.network)
    put(EtherType.ipv4.number, at: kind.network + 2)
    bytes[kind.network + 4] = 6
    bytes[kind.network + 5] = 4
    bytes[kind.network + 7] = 1
    bytes[kind.network + 8] = 2
  }

  private mutating func put(_ number: UInt16, at offset: Int) {
    bytes[offset] = UInt8(number >> 8)
    bytes[offset + 1] = UInt8(truncatingIfNeeded: number)
  }

  // MARK: What a flow has

  /// Writes a whole packet of a flow, as long as the span: at least the headers, at most `bytes`.
  @inline(__always) func write(_ flow: Flow, to packet: inout MutableRawSpan) {
    copy(to: &packet)
    let length = packet.byteCount
    if kind.isTagged { Self.put(flow.vlan, at: 14, in: &packet) }
    if kind.transport == .arp { return ask(flow, in: &packet) }
    let start = kind.network, carried = length - kind.payload
    var addresses = InternetChecksum()
    if kind.isIPv6 {
      Self.put(UInt16(clamping: carried), at: start + 4, in: &packet)
      Self.put(source, flow.source, at: start + 8, in: &packet, &addresses)
      Self.put(destination, flow.destination, at: start + 24, in: &packet, &addresses)
    } else {
      Self.put(UInt16(clamping: length - start), at: start + 2, in: &packet)
      Self.put(source, flow.source, at: start + 12, in: &packet, &addresses)
      Self.put(destination, flow.destination, at: start + 16, in: &packet, &addresses)
      var sum = networkSum + addresses
      sum.add(UInt32(UInt16(clamping: length - start)))
      Self.put(sum.value, at: start + 10, in: &packet)
    }
    let isEcho = kind.transport == .icmp
    if kind.transport == .udp { Self.put(UInt16(carried), at: kind.payload + 4, in: &packet) }
    Self.put(flow.port, at: kind.payload + (isEcho ? 4 : 0), in: &packet)
    var sum = lengthCount > 0 ? transportSum + addresses : transportSum
    sum.add(UInt32(carried) * lengthCount)
    sum.add(UInt32(flow.port))
    // In UDP zero stands for no checksum; all ones is the same number.
    Self.put(sum.value == 0 && !isEcho ? .max : sum.value, at: checksum, in: &packet)
  }

  /// Copies as much of the template as the packet has room for.
  @inline(__always) private func copy(to packet: inout MutableRawSpan) {
    let count = packet.byteCount
    precondition(count >= kind.headerByteCount && count <= bytes.count, "not a length of this template")
    unsafe packet.withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes { source in
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
      }
    }
  }

  private func ask(_ flow: Flow, in packet: inout MutableRawSpan) {
    var unused = InternetChecksum()
    Self.put(flow.port, at: 10, in: &packet)
    Self.put(flow.port, at: kind.network + 12, in: &packet)
    Self.put(source, flow.source, at: kind.network + 14, in: &packet, &unused)
    Self.put(destination, flow.destination, at: kind.network + 24, in: &packet, &unused)
  }

  @inline(__always) private static func put(
    _ range: AddressRange,
    _ host: (UInt64, UInt64),
    at offset: Int,
    in packet: inout MutableRawSpan,
    _ sum: inout InternetChecksum
  ) {
    switch range {
    case .v4(let address, let length):
      let mask = AddressRange.hostMask(UInt32.self, bits: 32 - length)
      let number = address.number | UInt32(truncatingIfNeeded: host.0) & mask
      put(number, at: offset, in: &packet)
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

  @inline(__always) private static func put<Number: FixedWidthInteger & BitwiseCopyable>(
    _ number: Number,
    at offset: Int,
    in packet: inout MutableRawSpan
  ) {
    packet.storeBytes(of: number.bigEndian, toByteOffset: offset, as: Number.self)
  }
}
