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

  /// What is called around the program where helpers look at the packet at hand: addresses of `HelperThunk`s.
  ///
  /// Both get the state first. The positions are then the context's fields' own, which `begin` sets and helpers change.
  public struct Hooks: Hashable, Sendable {
    /// Gets the descriptor's address and the pool's, before the program runs.
    public var begin: UInt64
    /// Gets the descriptor's address and how many packets were done before it, after the program has run.
    public var end: UInt64

    /// Makes hooks.
    public init(begin: UInt64, end: UInt64) {
      self.begin = begin
      self.end = end
    }
  }

  /// Bytes from one descriptor to the next.
  public var descriptorByteCount: Int
  /// Where the frame's place stands, 8 bytes.
  public var frameOffset: Int
  /// The packet's first byte, its end, and its metadata.
  public var start: Position, end: Position, metadata: Position
  /// What is called around the program; nil where no helper looks at the packet.
  public var hooks: Hooks?
  /// The highest number that is an action; what is above counts as 0.
  public var highestAction: UInt8

  /// Makes a layout.
  public init(
    descriptorByteCount: Int,
    frameOffset: Int,
    start: Position,
    end: Position,
    metadata: Position,
    highestAction: UInt8,
    hooks: Hooks? = nil
  ) {
    self.descriptorByteCount = descriptorByteCount
    self.frameOffset = frameOffset
    self.start = start
    self.end = end
    self.metadata = metadata
    self.highestAction = highestAction
    self.hooks = hooks
  }
}
