/// An integer in network byte order, exactly as it lies in a packet or in a map's key.
///
/// It compares without a swap; `value` is the number.
@frozen public struct BigEndian<Integer>: BitwiseCopyable, Hashable, Sendable
where Integer: FixedWidthInteger & BitwiseCopyable & Sendable {
  /// The bytes of the packet, read as if they were in the host's order.
  public var bits: Integer

  /// Stores a number in network order.
  @inlinable public init(_ value: Integer) { bits = value.bigEndian }
  /// Takes over bytes that already are in network order.
  @inlinable public init(bits: Integer) { self.bits = bits }

  /// The number, in the host's order.
  @inlinable public var value: Integer {
    get { Integer(bigEndian: bits) }
    set { bits = newValue.bigEndian }
  }
}
