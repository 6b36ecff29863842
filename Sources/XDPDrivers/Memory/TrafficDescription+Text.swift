extension TrafficDescription {
  /// The names in a description.
  private enum Key: String, CaseIterable {
    case count, size, flows, proto, pick, seed, src, dst, ipv6, src6, dst6, port, rate, vlan, tagged, reuse
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
    case .size: readSizes(value)
    case .flows: Self.read(value, 1...1 << 32) { flows = $0 }
    case .pick: readPick(value)
    case .seed: Self.read(value, 0...UInt64.max) { seed = $0 }
    case .port: Self.read(value, 0...UInt16.max) { port = $0 }
    case .rate: Self.read(value, 1...1_000_000_000) { rate = $0 }
    case .vlan: readVLANs(value)
    case .tagged: Self.read(value, 0...100) { taggedPercent = $0 }
    case .ipv6: Self.read(value, 0...100) { ipv6Percent = $0 }
    case .src: Self.read(value) { source = $0 }
    case .dst: Self.read(value) { destination = $0 }
    case .src6: Self.read(value, isIPv6: true) { source6 = $0 }
    case .dst6: Self.read(value, isIPv6: true) { destination6 = $0 }
    case .proto: readProtocols(value)
    case .reuse: readReuse(value)
    }
  }

  // MARK: Values

  private static func number<Number: FixedWidthInteger>(
    _ text: Substring,
    _ range: ClosedRange<Number>
  ) -> Number? {
    guard text.utf8.first != UInt8(ascii: "+"), let number = Number(text), range.contains(number) else {
      return nil
    }
    return number
  }

  private static func read<Number: FixedWidthInteger>(
    _ text: Substring,
    _ range: ClosedRange<Number>,
    into place: (Number) -> Void
  ) -> String? {
    guard let number = number(text, range) else {
      return "not a number from \(range.lowerBound) to \(range.upperBound)"
    }
    place(number)
    return nil
  }

  /// Reads `N` or `N-M`.
  private static func range<Number: FixedWidthInteger>(
    _ text: Substring,
    within limits: ClosedRange<Number>
  ) -> ClosedRange<Number>? {
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = number(ends[0], limits), let last = number(ends[ends.count - 1], limits), first <= last
    else { return nil }
    return first...last
  }

  private static func read(
    _ text: Substring,
    isIPv6: Bool = false,
    into place: (AddressRange) -> Void
  ) -> String? {
    guard let range = AddressRange(text), !isIPv6 || range.isIPv6 else {
      return isIPv6
        ? "not an IPv6 address or prefix, such as 2001:db8::/32"
        : "not an address or a prefix, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"
    }
    place(range)
    return nil
  }

  private mutating func readSizes(_ text: Substring) -> String? {
    let limits = 1...Self.sizeLimit
    if text == "imix" {
      sizes = Self.internetMix
    } else if let mix = Mix(text, { Self.range($0, within: limits) }) {
      sizes = mix
    } else if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      return "not a number from \(limits.lowerBound) to \(limits.upperBound)"
    } else {
      return "not a size, such as 64, 64-1514, 60:7+590:4+1514 or imix, with numbers up to \(Self.sizeLimit)"
    }
    return nil
  }

  private mutating func readVLANs(_ text: Substring) -> String? {
    guard let range = Self.range(text, within: UInt16(0)...4094) else { return "not a number from 0 to 4094" }
    vlans = range
    return nil
  }

  private mutating func readProtocols(_ text: Substring) -> String? {
    guard let mix = Mix(text, { TrafficProtocol(String($0)) }) else {
      return
        "possible are udp, tcp, tcp-syn, tcp-finack and so on, icmp, arp, or a mix such as udp:6+tcp:3+icmp"
    }
    protocols = mix
    return nil
  }

  private mutating func readPick(_ text: Substring) -> String? {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    switch (parts[0], parts.count) {
    case ("uniform", 1): pick = .uniform
    case ("turns", 1): pick = .turns
    case ("zipf", 1): pick = .zipf(exponent: 1)
    case ("zipf", 2):
      let limits = 0...ZipfDistribution.exponentLimit
      guard let exponent = Double(parts[1]), limits.contains(exponent) else {
        return "an exponent is from 0 to \(Int(limits.upperBound))"
      }
      pick = .zipf(exponent: exponent)
    default: return "possible are uniform, turns, zipf and zipf:EXPONENT"
    }
    return nil
  }

  private mutating func readReuse(_ text: Substring) -> String? {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let count = Self.number(parts[0], 1...1 << 24), parts.count == 1 || parts[1] == "scattered" else {
      return "not a number from 1 to \(1 << 24), or NUMBER:scattered"
    }
    reuse = Reuse(count: count, isScattered: parts.count == 2)
    return nil
  }

  // MARK: What goes together

  /// Gives what was not said the value that goes with the rest, and says what does not go together.
  private mutating func complete(_ given: Set<Key>) -> String? {
    if !given.contains(.src), destination.isIPv6 { source = source6 }
    if !given.contains(.dst), source.isIPv6 { destination = destination6 }
    if source.isIPv6 != destination.isIPv6 { return "src and dst are of different IP versions" }
    if source.isIPv6 {
      if !given.isDisjoint(with: [.ipv6, .src6, .dst6]) {
        return "with ipv6, src6 or dst6, src and dst are of IPv4"
      }
      if protocols.parts.contains(where: { $0.choice == .arp }) { return "ARP is of IPv4 addresses" }
    }
    if given.contains(.tagged), vlans == nil { return "tagged=\(taggedPercent): say vlan=ID too" }
    return completeSizes(isGiven: given.contains(.size)) ?? flawInFlows
  }

  private mutating func completeSizes(isGiven: Bool) -> String? {
    let headers = kinds.map(\.choice.headerByteCount).max() ?? 0
    if !isGiven { sizes = Mix(max(64, headers)...max(64, headers)) }
    if sizes.parts.count == 1, let size = sizes.parts.first?.choice, size.count == 1,
      size.upperBound < headers
    {
      return "size=\(size.upperBound): the headers alone take \(headers) bytes"
    }
    return nil
  }

  private var flawInFlows: String? {
    if flows < kinds.count { return "flows=\(flows): there are \(kinds.count) kinds of packets" }
    if case .zipf = pick, flows > ZipfDistribution.countLimit {
      return "flows=\(flows): with pick=zipf at most \(ZipfDistribution.countLimit)"
    }
    return nil
  }
}

extension TrafficDescription: CustomStringConvertible {
  /// The description in full, which reads back as the same.
  public var description: String {
    func text<Number>(_ range: ClosedRange<Number>) -> String {
      range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
    var items: [String] = []
    if let count { items.append("count=\(count)") }
    items += ["size=\(sizes.text { text($0) })", "flows=\(flows)", "proto=\(protocols.text(\.description))"]
    if pick != .uniform { items.append("pick=\(pick)") }
    items += ["seed=\(seed)", "src=\(source)", "dst=\(destination)"]
    if ipv6Percent > 0 { items += ["ipv6=\(ipv6Percent)", "src6=\(source6)", "dst6=\(destination6)"] }
    items += ["port=\(port)", "rate=\(rate)"]
    if let vlans { items.append("vlan=\(text(vlans))") }
    if vlans != nil, taggedPercent != 100 { items.append("tagged=\(taggedPercent)") }
    if let reuse { items.append("reuse=\(reuse.count)" + (reuse.isScattered ? ":scattered" : "")) }
    return items.joined(separator: ",")
  }
}

extension TrafficDescription.Pick: CustomStringConvertible {
  /// The way as it is read.
  public var description: String {
    switch self {
    case .uniform: "uniform"
    case .turns: "turns"
    case .zipf(let exponent): "zipf:\(exponent)"
    }
  }
}
