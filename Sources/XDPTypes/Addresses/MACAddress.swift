/// An Ethernet address, six bytes in the order they are sent.
@frozen public struct MACAddress: BitwiseCopyable, Hashable, Sendable {
  /// The bytes in the order they are sent; the low bit of the first marks a group.
  public var byte0, byte1, byte2, byte3, byte4, byte5: UInt8

  /// Makes an address from its bytes in the order they are sent.
  @inlinable public init(
    _ byte0: UInt8,
    _ byte1: UInt8,
    _ byte2: UInt8,
    _ byte3: UInt8,
    _ byte4: UInt8,
    _ byte5: UInt8
  ) {
    self.byte0 = byte0
    self.byte1 = byte1
    self.byte2 = byte2
    self.byte3 = byte3
    self.byte4 = byte4
    self.byte5 = byte5
  }

  /// The address of everyone, `ff:ff:ff:ff:ff:ff`.
  @inlinable public static var broadcast: MACAddress { MACAddress(255, 255, 255, 255, 255, 255) }

  /// Whether it is the address of a group, broadcast included.
  @inlinable public var isMulticast: Bool { byte0 & 1 != 0 }
}
