/// How a batch of packets lies in memory: what machine code that runs a whole batch needs to know of packets.
///
/// Distances count from a descriptor's first byte. A frame's place counts from the pool's first byte, the other places from
/// the frame's. The values go into the context's fields of these indices.
public struct BatchLayout: Hashable, Sendable {
  /// One position in a descriptor, and the context's field that it is for; nil where the context has none.
  public struct Position: Hashable, Sendable {
    /// Where its 4 bytes stand.
    public var offset: Int
    /// The index of the field.
    public var field: Int?

    /// Makes a position.
    public init(offset: Int, field: Int?) {
      self.offset = offset
      self.field = field
    }
  }

  /// Bytes from one descriptor to the next.
  public var descriptorByteCount: Int
  /// Where the frame's place stands, 8 bytes.
  public var frameOffset: Int
  /// The packet's first byte, its end, and its metadata.
  public var start: Position, end: Position, metadata: Position
  /// The highest number that is an action; what is above counts as 0.
  public var highestAction: UInt8

  /// Makes a layout.
  public init(
    descriptorByteCount: Int,
    frameOffset: Int,
    start: Position,
    end: Position,
    metadata: Position,
    highestAction: UInt8
  ) {
    self.descriptorByteCount = descriptorByteCount
    self.frameOffset = frameOffset
    self.start = start
    self.end = end
    self.metadata = metadata
    self.highestAction = highestAction
  }
}
