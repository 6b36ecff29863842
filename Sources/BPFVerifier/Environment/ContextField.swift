import BPF

/// A field of a program's context (`struct xdp_md`).
public struct ContextField: Hashable, Sendable {
  /// What a load gives.
  public enum Meaning: Hashable, Sendable {
    /// A number.
    case number
    /// The start of the packet.
    case packet
    /// The start of the metadata before the packet.
    case packetMetadata
    /// The end of the packet's linear part.
    case packetEnd
  }

  /// Its C name.
  public var name: String
  /// Bytes from the start of the context.
  public var offset: Int
  /// Its size in bytes: loads of just this size are allowed.
  public var byteCount: Int
  /// What a load gives.
  public var meaning: Meaning
  /// Whether a program may store to it.
  public var isWritable: Bool
  /// The attach types whose programs may load it.
  public var attachTypes: Set<AttachType>

  /// Makes a field.
  public init(
    _ name: String,
    offset: Int,
    byteCount: Int = 4,
    _ meaning: Meaning = .number,
    isWritable: Bool = false,
    attachTypes: Set<AttachType> = Set(AttachType.allCases)
  ) {
    self.name = name
    self.offset = offset
    self.byteCount = byteCount
    self.meaning = meaning
    self.isWritable = isWritable
    self.attachTypes = attachTypes
  }
}
