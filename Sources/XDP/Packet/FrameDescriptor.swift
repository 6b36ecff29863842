/// Where one packet lies in its pool: the 32 bytes that drivers, engines and machine code share.
///
/// `frame` counts from the pool's first byte, as an AF_XDP descriptor's address does; the other positions count from
/// the frame's first byte. `frame ≤ metadata ≤ data ≤ dataEnd` always holds for a descriptor in a batch.
public struct FrameDescriptor: BitwiseCopyable, Hashable, Sendable {
  /// The frame's first byte, counted from the pool's.
  public var frame: UInt64
  /// Where the metadata begins; equal to `data` where there is none.
  public var metadata: UInt32
  /// Where the packet begins.
  public var data: UInt32
  /// One past the last byte of the packet's linear part.
  public var dataEnd: UInt32
  /// The packet's length in bytes with its fragments.
  public var length: UInt32
  /// 0 for a packet in one frame; else one more than the number of the frame that holds its first fragment.
  ///
  /// The pool knows what lies in that frame and which one follows: a packet keeps its fragments from batch to batch.
  public var fragments: UInt32
  /// Properties of the packet.
  public var flags: Flags

  /// Properties of a packet.
  public struct Flags: OptionSet, BitwiseCopyable, Hashable, Sendable {
    /// The bits of the set.
    public let rawValue: UInt32
    /// Makes a set from its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// The packet goes on in fragments (`XDP_FLAGS_HAS_FRAGS`).
    public static let hasFragments = Flags(rawValue: 1 << 0)
    /// The program moved the packet's start, end or metadata.
    public static let adjusted = Flags(rawValue: 1 << 1)
  }

  /// Describes a packet in one frame, without metadata.
  public init(frame: UInt64, data: UInt32, length: UInt32) {
    self.frame = frame
    metadata = data
    self.data = data
    dataEnd = data + length
    self.length = length
    fragments = 0
    flags = []
  }

  /// Bytes of metadata.
  public var metadataLength: Int { Int(data) - Int(metadata) }
  /// Bytes in the linear part.
  public var linearLength: Int { Int(dataEnd) - Int(data) }
}
