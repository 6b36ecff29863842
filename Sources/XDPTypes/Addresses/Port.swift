/// A port of TCP, UDP or SCTP, in network order as it lies in the packet.
@frozen public struct Port: BitwiseCopyable, Hashable, Sendable {
  /// The field as it lies in the packet.
  public var field: BigEndian<UInt16>

  /// Makes a port from its number.
  @inlinable public init(_ number: UInt16) { field = BigEndian(number) }

  /// The number in the host's order.
  @inlinable public var number: UInt16 { field.value }
}

extension Port: ExpressibleByIntegerLiteral {
  /// Makes a port from a literal, such as 443.
  @inlinable public init(integerLiteral number: UInt16) { self.init(number) }
}
