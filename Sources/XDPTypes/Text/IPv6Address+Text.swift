extension IPv6Address: LosslessStringConvertible {
  /// The canonical text of RFC 5952, such as `2001:db8::1`.
  public var description: String {
    let groups = (0..<8).map(group)
    if network.value == 0, interface.value >> 32 == 0xffff {
      return "::ffff:\(IPv4Address(UInt32(truncatingIfNeeded: interface.value)))"
    }
    func text(_ part: ArraySlice<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard let zeros = Self.longestZeros(in: groups) else { return text(groups[...]) }
    return text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
  }

  /// The first of the longest runs of at least two zero groups.
  private static func longestZeros(in groups: [UInt16]) -> Range<Int>? {
    var best: Range<Int>?
    var start = 0
    while start < groups.count {
      var end = start
      while end < groups.count, groups[end] == 0 { end += 1 }
      if end - start >= max(2, (best?.count ?? 0) + 1) { best = start..<end }
      start = max(end, start + 1)
    }
    return best
  }

  /// Reads eight hexadecimal groups; `::` stands for zeros once, and the last two groups may be an IPv4 address.
  public init?(_ text: String) {
    let halves = text.split(separator: "::", omittingEmptySubsequences: false)
    guard halves.count <= 2, !text.contains(":::") else { return nil }
    guard let head = Self.groups(halves[0], mayEndInIPv4: halves.count == 1),
      let tail = halves.count == 2 ? Self.groups(halves[1], mayEndInIPv4: true) : []
    else { return nil }
    let missing = 8 - head.count - tail.count
    guard halves.count == 2 ? missing >= 1 : missing == 0 else { return nil }
    let groups = head + [UInt16](repeating: 0, count: missing) + tail
    func number(_ part: ArraySlice<UInt16>) -> UInt64 { part.reduce(0) { $0 << 16 | UInt64($1) } }
    self.init(network: number(groups[..<4]), interface: number(groups[4...]))
  }

  private static func groups(_ text: Substring, mayEndInIPv4: Bool) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var parts = text.split(separator: ":", omittingEmptySubsequences: false)
    var ending: [UInt16] = []
    if mayEndInIPv4, let last = parts.last, last.contains(".") {
      guard let address = IPv4Address(last) else { return nil }
      ending = [UInt16(address.number >> 16), UInt16(address.number & 0xffff)]
      parts.removeLast()
    }
    let groups = parts.compactMap { $0.utf8.count <= 4 ? UInt16(hexadecimal: $0) : nil }
    return groups.count == parts.count ? groups + ending : nil
  }
}
