extension MACAddress: LosslessStringConvertible {
  /// Six pairs of lower-case digits, such as `02:00:00:00:00:01`.
  public var description: String {
    [byte0, byte1, byte2, byte3, byte4, byte5]
      .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      .joined(separator: ":")
  }

  /// Reads six pairs of hexadecimal digits with colons or hyphens between them.
  public init?(_ text: String) {
    let separator: Character = text.contains("-") ? "-" : ":"
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    let bytes = parts.compactMap { $0.utf8.count == 2 ? UInt8(hexadecimal: $0) : nil }
    guard parts.count == 6, bytes.count == 6 else { return nil }
    self.init(bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5])
  }
}

extension FixedWidthInteger {
  /// Reads digits alone: no sign, nothing empty.
  init?(hexadecimal text: Substring) {
    guard text.utf8.first.map({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) == true else {
      return nil
    }
    self.init(text, radix: 16)
  }
}
