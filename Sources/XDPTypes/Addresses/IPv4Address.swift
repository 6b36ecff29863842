/// An IPv4 address, in network order as it lies in the packet and in map keys.
@frozen public struct IPv4Address: BitwiseCopyable, Hashable, Sendable {
  /// The address as it lies in the packet.
  public var field: BigEndian<UInt32>

  /// Makes an address from a number whose highest byte is the first of the text.
  @inlinable public init(_ number: UInt32) { field = BigEndian(number) }

  /// Makes an address from its bytes, as the text has them.
  @inlinable public init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
    self.init(UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth))
  }

  /// The number whose highest byte is the first of the text.
  @inlinable public var number: UInt32 { field.value }

  /// Whether it is the address of a group, 224.0.0.0/4.
  @inlinable public var isMulticast: Bool { number >> 28 == 14 }

  /// Whether the first `length` bits, 0 to 32, are those of another address.
  @inlinable public func matches(_ other: IPv4Address, prefixLength length: Int) -> Bool {
    length <= 0 || (number ^ other.number) >> UInt32(max(0, 32 - length)) == 0
  }
}
