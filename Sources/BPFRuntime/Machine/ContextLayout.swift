/// The shape of a program's context: which fields it may read, and what each engine turns the reads into.
///
/// An engine knows no packet. The hook describes its context with this, and before each run puts the current value of
/// every field into `RunState.context`, at the field's index.
public struct ContextLayout: Hashable, Sendable {
  /// What a field holds.
  public enum Kind: Hashable, Sendable {
    /// The first byte of the packet, as a host address in `RunState.context`, as a packet pointer in the program.
    case packetStart
    /// One past the last linear byte of the packet.
    case packetEnd
    /// The first byte of the metadata before the packet.
    case packetMetadata
    /// A 32-bit number.
    case scalar
  }

  /// One field.
  public struct Field: Hashable, Sendable {
    /// Its C name, such as `data_end`.
    public var name: String
    /// From the start of the context, in bytes.
    public var offset: Int
    /// In bytes, as the program reads it.
    public var byteCount: Int
    /// What it holds.
    public var kind: Kind
    /// Makes a field.
    public init(_ name: String, offset: Int, byteCount: Int = 4, _ kind: Kind) {
      self.name = name
      self.offset = offset
      self.byteCount = byteCount
      self.kind = kind
    }
  }

  /// In order of offset; at most `RunState.contextFieldLimit`.
  public var fields: [Field]
  /// The size of the whole context in bytes.
  public var byteCount: Int

  /// Makes a layout.
  public init(byteCount: Int, fields: [Field]) {
    self.byteCount = byteCount
    self.fields = fields
  }
}
