/// A header exactly as it lies in a packet: every field in place, in network order, no padding.
///
/// Invariant: a conforming type consists of integers only, so that any bytes are a value of it, and its size in memory
/// is its size in the packet.
public protocol PacketHeader: BitwiseCopyable, Sendable {}

extension PacketHeader {
  /// Bytes in the packet.
  @inlinable public static var byteCount: Int { MemoryLayout<Self>.size }

  /// Reads the header at an offset of a packet, wherever it is aligned, or answers nil where the packet is too short.
  @inlinable public init?(_ packet: RawSpan, at offset: Int = 0) {
    guard offset >= 0, offset <= packet.byteCount, packet.byteCount - offset >= Self.byteCount else {
      return nil
    }
    self = unsafe packet.unsafeLoadUnaligned(fromByteOffset: offset, as: Self.self)
  }
}
