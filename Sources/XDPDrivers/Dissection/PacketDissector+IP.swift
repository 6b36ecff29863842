import BTF
import XDPTypes

extension PacketDissector {
  mutating func ipv4() {
    guard let header = read(IPv4Header.self, "IPv4") else { return }
    let length = header.headerLength
    guard header.version == 4, length >= IPv4Header.byteCount else {
      return add(
        "IPv4",
        IPv4Header.byteCount,
        "",
        [("version", 0, 1, "\(header.version)"), ("header length", 0, 1, "\(length)")],
        then: .nothing,
        problem: header.version == 4 ? "a header of \(length) bytes" : "version \(header.version)"
      )
    }
    guard has(length) else { return cut("IPv4", length) }
    var facts = [
      "\(header.source) → \(header.destination)", "\(header.protocol)", "TTL \(header.timeToLive)",
    ]
    facts.append("length \(header.totalLength.value)")
    if header.mayNotFragment { facts.append("not to be fragmented") }
    if header.isFragment {
      let more = header.fragment.value & 0x2000 != 0 ? ", more follow" : ", the last"
      facts.append("fragment at \(header.fragmentOffset)\(more)")
    }
    let options = IPv4Options.text(bytes[offset + 20..<offset + length])
    if !options.isEmpty { facts.append("options \(options)") }
    var fields = [
      ("version", 0, 1, "\(header.version)"), ("header length", 0, 1, "\(length)"),
      ("type of service", 1, 1, "\(header.typeOfService)"), ("length", 2, 2, "\(header.totalLength.value)"),
      ("identification", 4, 2, "\(header.identification.value)"),
      ("fragmentation", 6, 2, header.isFragment ? "a piece at \(header.fragmentOffset)" : "none"),
      ("TTL", 8, 1, "\(header.timeToLive)"), ("protocol", 9, 1, "\(header.protocol)"),
      ("checksum", 10, 2, hexadecimal(header.checksum.value)), ("source", 12, 4, "\(header.source)"),
      ("destination", 16, 4, "\(header.destination)"),
    ]
    if length > 20 { fields.append(("options", 20, length - 20, options)) }
    add(
      "IPv4",
      length,
      facts.joined(separator: ", "),
      fields,
      // Only the first fragment has the next header.
      then: header.fragmentOffset == 0 ? .ip(header.protocol, isIPv6: false) : .nothing
    )
  }

  mutating func ipv6() {
    guard let header = read(IPv6Header.self, "IPv6") else { return }
    add(
      "IPv6",
      IPv6Header.byteCount,
      "\(header.source) → \(header.destination), \(Self.name(header.nextHeader)), hop limit \(header.hopLimit), "
        + "length \(header.payloadLength.value)",
      [
        ("version", 0, 1, "\(header.version)"), ("traffic class", 0, 2, "\(header.trafficClass)"),
        ("flow label", 1, 3, hexadecimal(header.flowLabel)),
        ("payload length", 4, 2, "\(header.payloadLength.value)"),
        ("next header", 6, 1, Self.name(header.nextHeader)), ("hop limit", 7, 1, "\(header.hopLimit)"),
        ("source", 8, 16, "\(header.source)"), ("destination", 24, 16, "\(header.destination)"),
      ],
      then: .ip(header.nextHeader, isIPv6: true),
      problem: header.version == 6 ? nil : "version \(header.version)"
    )
  }

  /// The names of IPv6's own headers too.
  static func name(_ kind: IPProtocol) -> String {
    switch kind {
    case .hopByHop: "hop-by-hop options"
    case .routing: "routing"
    case .fragment: "fragment"
    case .destinationOptions: "destination options"
    case .authentication: "authentication"
    case .ipv4: "IPv4"
    case .ipv6: "IPv6"
    case .none: "nothing"
    default: "\(kind)"
    }
  }

  /// An IPv6 extension header.
  mutating func extensionHeader(_ kind: IPProtocol) {
    let name = "IPv6 " + Self.name(kind)
    guard has(8) else { return cut(name, 8) }
    let next = IPProtocol(rawValue: bytes[offset])
    let nextField = ("next header", 0, 1, Self.name(next))
    if kind == .fragment {
      let word = UInt16(bytes[offset + 2]) << 8 | UInt16(bytes[offset + 3])
      let place = "at \(word & 0xfff8)" + (word & 1 == 1 ? ", more follow" : ", the last")
      return add(
        name,
        8,
        "\(place), \(Self.name(next))",
        [nextField, ("fragment", 2, 2, place)],
        then: word & 0xfff8 == 0 ? .ip(next, isIPv6: true) : .nothing
      )
    }
    let length = kind == .authentication ? Int(bytes[offset + 1]) * 4 + 8 : Int(bytes[offset + 1]) * 8 + 8
    guard has(length) else { return cut(name, length) }
    add(
      name,
      length,
      "\(length) bytes, \(Self.name(next))",
      [nextField, ("length", 1, 1, "\(length)")],
      then: .ip(next, isIPv6: true)
    )
  }
}

extension IPProtocol {
  /// An authentication header.
  static var authentication: IPProtocol { IPProtocol(rawValue: 51) }
}

/// A number as C writes it.
func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }

/// The options of an IPv4 header.
enum IPv4Options {
  /// Their names, or numbers.
  static func text(_ bytes: ArraySlice<UInt8>) -> String {
    var names: [String] = [], index = bytes.startIndex
    while index < bytes.endIndex {
      let kind = bytes[index]
      if kind == 0 { break }
      if kind == 1 {
        names.append("nop")
        index += 1
        continue
      }
      guard index + 1 < bytes.endIndex, bytes[index + 1] >= 2, index + Int(bytes[index + 1]) <= bytes.endIndex
      else {
        names.append("\(self.name(kind)) cut off")
        break
      }
      names.append(self.name(kind))
      index += Int(bytes[index + 1])
    }
    return names.joined(separator: ", ")
  }

  private static func name(_ kind: UInt8) -> String {
    switch kind {
    case 7: "record route"
    case 68: "timestamp"
    case 131: "loose source route"
    case 137: "strict source route"
    case 148: "router alert"
    default: "\(kind)"
    }
  }
}
