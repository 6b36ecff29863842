import XDPTypes

/// What made-up packets are like: `count=1000000,size=64,flows=1024,proto=udp,src=10.0.0.0/8,dst=192.0.2.1,port=53`.
///
/// The same description always gives the same packets. Whatever is left out has its default.
public struct TrafficDescription: Hashable, Sendable {
  /// Transport protocols that can be made up.
  public enum Transport: String, Hashable, Sendable, CaseIterable {
    /// UDP, with a checksum.
    case udp
    /// TCP segments of an established connection (ACK).
    case tcp
    /// Echo requests, of ICMPv6 between IPv6 addresses.
    case icmp
  }

  /// How many packets there are, nil for no end.
  public var count: UInt64?
  /// Bytes of a frame, from the Ethernet header on, without the check sequence.
  public var size: Int
  /// How many different pairs of addresses and source port; each packet belongs to one by chance.
  public var flows: UInt64
  /// What IP carries.
  public var transport: Transport
  /// Decides everything that is left to chance.
  public var seed: UInt64
  /// Where packets come from.
  public var source: AddressRange
  /// Where they go.
  public var destination: AddressRange
  /// The destination's port.
  public var port: UInt16
  /// Packets a second, by their timestamps: nobody waits for them.
  public var rate: UInt64
  /// The VLAN that they are tagged with, nil for no tag.
  public var vlan: UInt16?

  /// The largest frame that IPv4's length field allows, with a tag.
  static let sizeLimit = 14 + 4 + 65_535

  /// The least bytes that the headers take.
  public var headerByteCount: Int {
    let transportHeader = transport == .tcp ? 20 : 8
    return 14 + (vlan == nil ? 0 : 4) + (source.isIPv6 ? 40 : 20) + transportHeader
  }

  /// Endless UDP in 64-byte frames, a million a second, of 1,024 flows, from 10.0.0.0/8 to port 53 of 192.0.2.1.
  public init() { self = Self.standard }

  private static let standard = TrafficDescription(
    count: nil,
    size: 64,
    flows: 1024,
    transport: .udp,
    seed: 1,
    source: .v4(IPv4Address(10, 0, 0, 0), length: 8),
    destination: .v4(IPv4Address(192, 0, 2, 1), length: 32),
    port: 53,
    rate: 1_000_000,
    vlan: nil
  )

  private init(
    count: UInt64?,
    size: Int,
    flows: UInt64,
    transport: Transport,
    seed: UInt64,
    source: AddressRange,
    destination: AddressRange,
    port: UInt16,
    rate: UInt64,
    vlan: UInt16?
  ) {
    self.count = count
    self.size = size
    self.flows = flows
    self.transport = transport
    self.seed = seed
    self.source = source
    self.destination = destination
    self.port = port
    self.rate = rate
    self.vlan = vlan
  }
}

// MARK: - Text

extension TrafficDescription {
  /// The names in a description.
  private enum Key: String, CaseIterable {
    case count, size, flows, proto, seed, src, dst, port, rate, vlan
  }

  /// Reads a description, without `memory:`.
  ///
  /// An empty one is the standard traffic.
  public init(parsing text: String) throws(InterfaceArgumentError) {
    self.init()
    var given: Set<Key> = []
    for item in text.split(separator: ",", omittingEmptySubsequences: true) {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let key = Key(rawValue: String(parts[0])) else {
        let known = Key.allCases.map(\.rawValue).joined(separator: ", ")
        throw Self.refusal(of: text, "there is no '\(parts[0])'; possible are \(known)")
      }
      guard parts.count == 2, !parts[1].isEmpty else {
        throw Self.refusal(of: text, "'\(key.rawValue)' has no value; write \(key.rawValue)=VALUE")
      }
      guard given.insert(key).inserted else {
        throw Self.refusal(of: text, "'\(key.rawValue)' stands there twice")
      }
      if let problem = set(key, to: parts[1]) {
        throw Self.refusal(of: text, "\(key.rawValue)=\(parts[1]): \(problem)")
      }
    }
    if let problem = complete(given) { throw Self.refusal(of: text, problem) }
  }

  private static func refusal(of text: String, _ reason: String) -> InterfaceArgumentError {
    InterfaceArgumentError(argument: "memory:\(text)", reason: reason)
  }

  /// Sets what a key stands for, and says what is wrong with the value.
  private mutating func set(_ key: Key, to value: Substring) -> String? {
    switch key {
    case .count: Self.read(value, 0...UInt64.max) { count = $0 }
    case .size: Self.read(value, 1...Self.sizeLimit) { size = $0 }
    case .flows: Self.read(value, 1...1 << 32) { flows = $0 }
    case .seed: Self.read(value, 0...UInt64.max) { seed = $0 }
    case .port: Self.read(value, 0...UInt16.max) { port = $0 }
    case .rate: Self.read(value, 1...1_000_000_000) { rate = $0 }
    case .vlan: Self.read(value, 0...4094) { vlan = $0 }
    case .src: Self.read(value) { source = $0 }
    case .dst: Self.read(value) { destination = $0 }
    case .proto: readTransport(value)
    }
  }

  private static func read<Number: FixedWidthInteger>(
    _ text: Substring,
    _ range: ClosedRange<Number>,
    into place: (Number) -> Void
  ) -> String? {
    guard text.utf8.first != UInt8(ascii: "+"), let number = Number(text), range.contains(number) else {
      return "not a number from \(range.lowerBound) to \(range.upperBound)"
    }
    place(number)
    return nil
  }

  private static func read(_ text: Substring, into place: (AddressRange) -> Void) -> String? {
    guard let range = AddressRange(text) else {
      return "not an address or a prefix, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"
    }
    place(range)
    return nil
  }

  private mutating func readTransport(_ text: Substring) -> String? {
    guard let known = Transport(rawValue: String(text)) else {
      return "possible are " + Transport.allCases.map(\.rawValue).joined(separator: ", ")
    }
    transport = known
    return nil
  }

  /// Gives what was not said the value that goes with the rest, and says what does not go together.
  private mutating func complete(_ given: Set<Key>) -> String? {
    if !given.contains(.src), destination.isIPv6 {
      source = .v6(IPv6Address(network: 0x2001_0db8_0000_0000, interface: 0), length: 48)
    }
    if !given.contains(.dst), source.isIPv6 {
      destination = .v6(IPv6Address(network: 0x2001_0db8_ffff_0000, interface: 1), length: 128)
    }
    if source.isIPv6 != destination.isIPv6 { return "src and dst are of different IP versions" }
    if !given.contains(.size) { size = max(size, headerByteCount) }
    if size < headerByteCount { return "size=\(size): the headers alone take \(headerByteCount) bytes" }
    return nil
  }
}

extension TrafficDescription: CustomStringConvertible {
  /// The description in full, which reads back as the same.
  public var description: String {
    var items = ["size=\(size)", "flows=\(flows)", "proto=\(transport.rawValue)", "seed=\(seed)"]
    items += ["src=\(source)", "dst=\(destination)", "port=\(port)", "rate=\(rate)"]
    if let count { items.insert("count=\(count)", at: 0) }
    if let vlan { items.append("vlan=\(vlan)") }
    return items.joined(separator: ",")
  }
}
