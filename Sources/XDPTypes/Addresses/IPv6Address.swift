/// An IPv6 address, in network order as it lies in the packet and in map keys.
@frozen public struct IPv6Address: BitwiseCopyable, Hashable, Sendable {
  /// The first eight bytes as they lie in the packet: the network.
  public var network: BigEndian<UInt64>
  /// The last eight bytes as they lie in the packet: the interface in it.
  public var interface: BigEndian<UInt64>

  /// Makes an address from two numbers, the network's and the interface's.
  @inlinable public init(network: UInt64, interface: UInt64) {
    self.network = BigEndian(network)
    self.interface = BigEndian(interface)
  }

  /// The 16-bit group at a position of the text, 0 to 7.
  @inlinable public func group(_ index: Int) -> UInt16 {
    let half = index < 4 ? network.value : interface.value
    return UInt16(truncatingIfNeeded: half >> UInt64(48 - 16 * (index & 3)))
  }

  /// Whether it is the address of a group, ff00::/8.
  @inlinable public var isMulticast: Bool { network.value >> 56 == 0xff }
  /// Whether it is of one link only, fe80::/10.
  @inlinable public var isLinkLocal: Bool { network.value >> 54 == 0x3fa }
}
