extension IPv4Address: LosslessStringConvertible {
  /// Four decimal numbers, such as `192.0.2.1`.
  public var description: String {
    "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
  }

  /// Reads four decimal numbers without leading zeros.
  public init?(_ text: String) { self.init(text[...]) }

  init?(_ text: Substring) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var number: UInt32 = 0
    for part in parts {
      let isPlain = part.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      guard isPlain, part == "0" || part.first != "0", let byte = UInt8(part) else { return nil }
      number = number << 8 | UInt32(byte)
    }
    self.init(number)
  }
}
