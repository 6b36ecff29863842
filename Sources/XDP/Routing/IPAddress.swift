public import XDPTypes

/// An address of either version of the Internet Protocol.
public enum IPAddress: Hashable, Sendable, CustomStringConvertible {
  /// Of IPv4.
  case v4(IPv4Address)
  /// Of IPv6.
  case v6(IPv6Address)

  /// Reads an address in its usual text.
  public init?(_ text: String) {
    if let address = IPv4Address(text) {
      self = .v4(address)
    } else if let address = IPv6Address(text) {
      self = .v6(address)
    } else {
      return nil
    }
  }

  /// Whether it is of IPv6.
  public var isIPv6: Bool { if case .v6 = self { true } else { false } }

  /// How many bits an address has.
  public var bitCount: Int { isIPv6 ? 128 : 32 }

  /// The usual text.
  public var description: String {
    switch self {
    case .v4(let address): "\(address)"
    case .v6(let address): "\(address)"
    }
  }

  /// An address of these bits.
  init(bits: UInt128, isIPv6: Bool) {
    let high = UInt64(truncatingIfNeeded: bits >> 64), low = UInt64(truncatingIfNeeded: bits)
    self = isIPv6 ? .v6(IPv6Address(network: high, interface: low)) : .v4(IPv4Address(UInt32(high >> 32)))
  }

  /// The bits, those of an IPv4 address at the top.
  var bits: UInt128 {
    switch self {
    case .v4(let address): UInt128(address.number) << 96
    case .v6(let address): UInt128(address.network.value) << 64 | UInt128(address.interface.value)
    }
  }
}

/// An address of an interface or the addresses of a route: the first bits count.
public struct IPPrefix: Hashable, Sendable, CustomStringConvertible {
  /// The address.
  public var address: IPAddress
  /// How many of its bits count: 0 to 32 or 128.
  public var length: Int

  /// Makes a prefix.
  public init(_ address: IPAddress, length: Int) {
    self.address = address
    self.length = length
  }

  /// Reads an address with a length, such as `10.0.0.0/8`; without one all bits count.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(String(parts[0])) else { return nil }
    guard parts.count == 2 else {
      self.init(address, length: address.bitCount)
      return
    }
    guard let length = Int(parts[1]), (0...address.bitCount).contains(length) else { return nil }
    self.init(address, length: length)
  }

  /// The text with the length.
  public var description: String { "\(address)/\(length)" }

  /// Whether an address is one of the prefix's.
  public func contains(_ other: IPAddress) -> Bool {
    other.isIPv6 == address.isIPv6 && commonLength(with: other) >= length
  }

  /// The bits that do not count.
  private var hostMask: UInt128 { length >= 128 ? 0 : UInt128.max >> UInt128(length) }
  /// The first of the addresses.
  var network: IPAddress { IPAddress(bits: address.bits & ~hostMask, isIPv6: address.isIPv6) }
  /// The last of the addresses.
  var last: IPAddress { IPAddress(bits: address.bits | hostMask, isIPv6: address.isIPv6) }

  /// How many first bits an address of the same version shares with the prefix's.
  func commonLength(with other: IPAddress) -> Int { (address.bits ^ other.bits).leadingZeroBitCount }
}
