import BTF
import XDPTypes

extension PacketDissector {
  /// What an IP header or an extension header announced.
  mutating func transport(_ kind: IPProtocol, _ isIPv6: Bool) {
    switch kind {
    case .tcp: tcp()
    case .udp: udp()
    case .icmp where !isIPv6: icmp("ICMP")
    case .icmpv6 where isIPv6: icmp("ICMPv6")
    case .ipv4: ipv4()
    case .ipv6: ipv6()
    case .gre: gre()
    case .hopByHop where isIPv6, .routing where isIPv6, .fragment where isIPv6,
      .destinationOptions where isIPv6, .authentication:
      extensionHeader(kind)
    default: end()
    }
  }

  private mutating func tcp() {
    guard let header = read(TCPHeader.self, "TCP") else { return }
    let length = header.headerLength
    var facts = ["\(header.sourcePort) → \(header.destinationPort)", Self.text(header.flags)]
    facts.append("sequence \(header.sequence.value)")
    if header.flags.contains(.ack) { facts.append("acknowledges \(header.acknowledgement.value)") }
    facts.append("window \(header.window.value)")
    var fields = [
      ("source port", 0, 2, "\(header.sourcePort)"), ("destination port", 2, 2, "\(header.destinationPort)"),
      ("sequence", 4, 4, "\(header.sequence.value)"),
      ("acknowledgement", 8, 4, "\(header.acknowledgement.value)"), ("header length", 12, 1, "\(length)"),
      ("flags", 13, 1, Self.text(header.flags)), ("window", 14, 2, "\(header.window.value)"),
      ("checksum", 16, 2, hexadecimal(header.checksum.value)), ("urgent", 18, 2, "\(header.urgent.value)"),
    ]
    guard length >= TCPHeader.byteCount else {
      return add(
        "TCP",
        TCPHeader.byteCount,
        facts.joined(separator: ", "),
        fields,
        then: .nothing,
        problem: "a header of \(length) bytes"
      )
    }
    guard has(length) else { return cut("TCP", length) }
    if length > 20 {
      let options = TCPOptions.text(bytes[offset + 20..<offset + length])
      fields.append(("options", 20, length - 20, options))
      if !options.isEmpty { facts.append(options) }
    }
    add("TCP", length, facts.joined(separator: ", "), fields, then: .nothing)
  }

  private static func text(_ flags: TCPHeader.Flags) -> String {
    let names: [(TCPHeader.Flags, String)] = [
      (.fin, "FIN"), (.syn, "SYN"), (.rst, "RST"), (.psh, "PSH"), (.ack, "ACK"), (.urg, "URG"), (.ece, "ECE"),
      (.cwr, "CWR"),
    ]
    let set = names.filter { flags.contains($0.0) }.map(\.1)
    return set.isEmpty ? "no flags" : set.joined(separator: " ")
  }

  private mutating func udp() {
    guard let header = read(UDPHeader.self, "UDP") else { return }
    add(
      "UDP",
      UDPHeader.byteCount,
      "\(header.sourcePort) → \(header.destinationPort), length \(header.length.value)",
      [
        ("source port", 0, 2, "\(header.sourcePort)"),
        ("destination port", 2, 2, "\(header.destinationPort)"),
        ("length", 4, 2, "\(header.length.value)"), ("checksum", 6, 2, hexadecimal(header.checksum.value)),
      ],
      then: .nothing
    )
  }

  private mutating func icmp(_ name: String) {
    guard let header = read(ICMPHeader.self, name) else { return }
    let isEcho = name == "ICMP" ? [0, 8].contains(header.type) : [128, 129].contains(header.type)
    let meaning = Self.meaning(header.type, name) ?? "type \(header.type)"
    var facts = [meaning + (header.code == 0 ? "" : ", code \(header.code)")]
    var fields = [
      ("type", 0, 1, meaning), ("code", 1, 1, "\(header.code)"),
      ("checksum", 2, 2, hexadecimal(header.checksum.value)),
    ]
    if isEcho {
      facts.append("identifier \(header.identifier.value), sequence \(header.sequence.value)")
      fields.append(("identifier", 4, 2, "\(header.identifier.value)"))
      fields.append(("sequence", 6, 2, "\(header.sequence.value)"))
    }
    add(name, ICMPHeader.byteCount, facts.joined(separator: ", "), fields, then: .nothing)
  }

  private static func meaning(_ type: UInt8, _ name: String) -> String? {
    name == "ICMP"
      ? [
        0: "echo reply", 3: "unreachable", 5: "redirect", 8: "echo request", 11: "time exceeded",
        12: "bad parameter",
      ][type]
      : [
        1: "unreachable", 2: "too big", 3: "time exceeded", 4: "bad parameter", 128: "echo request",
        129: "echo reply", 133: "router solicitation", 134: "router advertisement",
        135: "neighbour solicitation", 136: "neighbour advertisement", 143: "multicast listener report",
      ][type]
  }

  private mutating func gre() {
    guard has(4) else { return cut("GRE", 4) }
    let flags = bytes[offset], type = EtherType(UInt16(bytes[offset + 2]) << 8 | UInt16(bytes[offset + 3]))
    // Checksum, key and sequence number are there where their bits are (RFC 2890).
    let length = 4 + [0x80, 0x20, 0x10].filter { flags & $0 != 0 }.count * 4
    guard has(length) else { return cut("GRE", length) }
    add(
      "GRE",
      length,
      "\(type.number == 0x6558 ? "Ethernet" : "\(type)")",
      [("flags", 0, 1, hexadecimal(flags)), ("type", 2, 2, "\(type)")],
      then: type.number == 0x6558 ? .ethernet : .etherType(type)
    )
  }
}

/// The options of a TCP header.
enum TCPOptions {
  /// Their names with their values.
  static func text(_ bytes: ArraySlice<UInt8>) -> String {
    var names: [String] = [], index = bytes.startIndex
    while index < bytes.endIndex, bytes[index] != 0 {
      let kind = bytes[index]
      // A filler is not worth a word.
      if kind == 1 {
        index += 1
        continue
      }
      guard index + 1 < bytes.endIndex, bytes[index + 1] >= 2, index + Int(bytes[index + 1]) <= bytes.endIndex
      else {
        names.append("option \(kind) cut off")
        break
      }
      let length = Int(bytes[index + 1])
      names.append(text(kind, Array(bytes[index + 2..<index + length])))
      index += length
    }
    return names.joined(separator: ", ")
  }

  private static func text(_ kind: UInt8, _ value: [UInt8]) -> String {
    func number(_ range: Range<Int>) -> UInt32 { value[range].reduce(0) { $0 << 8 | UInt32($1) } }
    switch (kind, value.count) {
    case (2, 2): return "MSS \(number(0..<2))"
    case (3, 1): return "window scale \(value[0])"
    case (4, 0): return "SACK permitted"
    case (5, _): return "SACK of \(value.count / 8)"
    case (8, 8): return "timestamps \(number(0..<4)) \(number(4..<8))"
    default: return "option \(kind)"
    }
  }
}
