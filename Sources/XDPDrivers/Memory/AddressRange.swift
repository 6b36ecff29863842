import XDPTypes

/// A network prefix from which addresses are drawn, such as `10.0.0.0/8` or one address.
public enum AddressRange: Hashable, Sendable {
  /// IPv4, with the bits behind the prefix zero.
  case v4(IPv4Address, length: Int)
  /// IPv6, with the bits behind the prefix zero.
  case v6(IPv6Address, length: Int)

  /// Reads `ADDRESS` or `ADDRESS/LENGTH`, nil if it is neither.
  public init?(_ text: Substring) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let length = parts.count == 2 ? UInt8(parts[1]).map(Int.init) : nil
    guard parts.count == 1 || length != nil else { return nil }
    let address = String(parts[0])
    if let address = IPv4Address(address) {
      let length = length ?? 32
      guard length <= 32 else { return nil }
      self = .v4(IPv4Address(address.number & ~Self.hostMask(UInt32.self, bits: 32 - length)), length: length)
    } else if let address = IPv6Address(address) {
      let length = length ?? 128
      guard length <= 128 else { return nil }
      let network = address.network.value & ~Self.hostMask(UInt64.self, bits: 64 - length)
      let interface = address.interface.value & ~Self.hostMask(UInt64.self, bits: 128 - length)
      self = .v6(IPv6Address(network: network, interface: interface), length: length)
    } else {
      return nil
    }
  }

  /// Whether it holds IPv6 addresses.
  public var isIPv6: Bool { if case .v6 = self { true } else { false } }

  /// As many one bits from below, none for a negative number and all for one too large.
  static func hostMask<Word: FixedWidthInteger & UnsignedInteger>(_: Word.Type, bits: Int) -> Word {
    bits <= 0 ? 0 : .max >> max(0, Word.bitWidth - bits)
  }
}

extension AddressRange: CustomStringConvertible {
  /// `10.0.0.0/8`; without the length for one address.
  public var description: String {
    switch self {
    case .v4(let address, let length): "\(address)" + (length == 32 ? "" : "/\(length)")
    case .v6(let address, let length): "\(address)" + (length == 128 ? "" : "/\(length)")
    }
  }
}
