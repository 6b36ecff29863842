/// The header of a TCP segment without its options (`struct tcphdr`), 20 bytes.
@frozen public struct TCPHeader: PacketHeader, Hashable {
  /// The sender's port.
  public var sourcePort: Port
  /// The receiver's port.
  public var destinationPort: Port
  /// Of the first byte in the segment.
  public var sequence: BigEndian<UInt32>
  /// The next byte that the sender expects.
  public var acknowledgement: BigEndian<UInt32>
  /// The header's length in words of 4 bytes, in the upper half.
  public var offsetAndReserved: UInt8
  /// The control bits.
  public var flags: Flags
  /// Bytes that the sender has room for, before scaling.
  public var window: BigEndian<UInt16>
  /// Of addresses, header and payload.
  public var checksum: BigEndian<UInt16>
  /// Where urgent data ends.
  public var urgent: BigEndian<UInt16>

  /// Bytes in the header with its options: 20 to 60 where the segment is well formed, 0 to 16 where it is not.
  @inlinable public var headerLength: Int { Int(offsetAndReserved >> 4) * 4 }

  /// The control bits of a segment.
  @frozen public struct Flags: OptionSet, BitwiseCopyable, Hashable, Sendable {
    /// The bits of the set.
    public var rawValue: UInt8
    /// Makes a set from its bits.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The sender is done.
    @inlinable public static var fin: Flags { Flags(rawValue: 1) }
    /// Opens a connection.
    @inlinable public static var syn: Flags { Flags(rawValue: 2) }
    /// Breaks a connection off.
    @inlinable public static var rst: Flags { Flags(rawValue: 4) }
    /// To be handed on at once.
    @inlinable public static var psh: Flags { Flags(rawValue: 8) }
    /// `acknowledgement` holds.
    @inlinable public static var ack: Flags { Flags(rawValue: 16) }
    /// `urgent` holds.
    @inlinable public static var urg: Flags { Flags(rawValue: 32) }
    /// Congestion was seen.
    @inlinable public static var ece: Flags { Flags(rawValue: 64) }
    /// The window was reduced for congestion.
    @inlinable public static var cwr: Flags { Flags(rawValue: 128) }
  }
}
