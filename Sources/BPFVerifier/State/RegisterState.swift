import BPF

/// What is known about one register, or about one 8-byte stack slot that a register was spilled to.
///
/// Linux's `bpf_reg_state`. The fields mean what `kind` makes of them; those that a kind does not use are zero, so that
/// equal states compare equal.
public struct RegisterState: Hashable, Sendable, BitwiseCopyable {
  /// What a value is.
  public enum Kind: UInt8, Hashable, Sendable, BitwiseCopyable {
    /// Never written, or lost.
    case uninitialized
    /// A number.
    case scalar
    /// The program's context.
    case context
    /// A map, not its contents.
    case map
    /// Into a value of a map.
    case mapValue
    /// Into a key of a map, in a callback.
    case mapKey
    /// Into a stack frame.
    case stack
    /// Into the packet.
    case packet
    /// Into the metadata before the packet.
    case packetMetadata
    /// The end of the packet's linear part.
    case packetEnd
    /// A full socket.
    case socket
    /// The common part of a socket of any state.
    case socketCommon
    /// A TCP socket.
    case tcpSocket
    /// An AF_XDP socket, out of an xskmap.
    case xdpSocket
    /// An object of the kernel's, or one that the program allocated, by its BTF type.
    case object
    /// Memory of a known size that is none of the others: a record, a slice, an argument of a global function.
    case memory
    /// A function of the program.
    case function
    /// A dynptr that is not on a stack: the argument of a callback or of a global function.
    case dynptr
    /// Into the program's arena.
    case arena
  }

  /// What else is true of a pointer.
  public struct Traits: OptionSet, Hashable, Sendable, BitwiseCopyable {
    /// The bits of the set.
    public let rawValue: UInt16
    /// Makes a set from its bits.
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// May be null; nothing but a comparison with zero may be done with it.
    public static let maybeNull = Traits(rawValue: 1 << 0)
    /// Must not be written through.
    public static let readOnly = Traits(rawValue: 1 << 1)
    /// A ring buffer's record.
    public static let ringRecord = Traits(rawValue: 1 << 2)
    /// Memory that a dynptr lent.
    public static let slice = Traits(rawValue: 1 << 3)
    /// An object of the program's own making (`MEM_ALLOC`).
    public static let allocated = Traits(rawValue: 1 << 4)
    /// One instance a CPU.
    public static let perCPU = Traits(rawValue: 1 << 5)
    /// Good only within a read-side critical section (`MEM_RCU`).
    public static let rcu = Traits(rawValue: 1 << 6)
    /// Known to be alive (`PTR_TRUSTED`).
    public static let trusted = Traits(rawValue: 1 << 7)
    /// May be stale: only loads, which cannot fault, and no calls (`PTR_UNTRUSTED`).
    public static let untrusted = Traits(rawValue: 1 << 8)
    /// Borrowed under a lock (`NON_OWN_REF`).
    public static let borrowed = Traits(rawValue: 1 << 9)
    /// A packet's own slice through a dynptr: goes stale as packet pointers do.
    public static let packetSlice = Traits(rawValue: 1 << 10)
  }

  /// What the value is.
  public var kind: Kind
  /// Whether a check depended on the scalar's exact range, so that states are told apart by it.
  public var isPrecise: Bool
  /// What else is true of a pointer.
  public var traits: Traits
  /// Which value it is, where that is shared: copies of an or-null pointer, pointers of one variable offset, scalars
  /// that are equal but for `offset` (see `isLinkedByOffset`); 0 for none.
  public var id: UInt32
  /// The reference that it belongs to, 0 for none (`ref_obj_id`).
  public var referenceID: UInt32
  /// The dynptr that it came from or is, 0 for none.
  ///
  /// Of a map from a map of maps, which look-up it was.
  public var originID: UInt32
  /// A pointer's constant part, in bytes; of a scalar that is linked by an offset, that offset.
  public var offset: Int32
  /// Of packet pointers: how many bytes from the pointer without its constant part are known to exist, or one of
  /// `atPacketEnd` and `beyondPacketEnd`.
  public var range: Int32
  /// The map's number, the frame's, the function's, the size of memory in bytes, or the object's type.
  public var index: Int32
  /// A number, or a pointer's variable part.
  public var scalar: Scalar

  /// Makes a state.
  public init(
    _ kind: Kind,
    _ traits: Traits = [],
    index: Int32 = 0,
    offset: Int32 = 0,
    id: UInt32 = 0,
    referenceID: UInt32 = 0,
    scalar: Scalar = Scalar(constant: 0)
  ) {
    self.kind = kind
    self.traits = traits
    self.index = index
    self.offset = offset
    self.id = id
    self.referenceID = referenceID
    self.scalar = scalar
    isPrecise = false
    originID = 0
    range = 0
  }

  /// `range` of a packet pointer that is known to be at the packet's end or beyond it.
  public static let atPacketEnd: Int32 = -1
  /// `range` of a packet pointer that is known to be beyond the packet's end.
  public static let beyondPacketEnd: Int32 = -2
  /// Set in `id` beside the number: the scalar is the shared value plus `offset` (`BPF_ADD_CONST`).
  public static let linkedByOffset: UInt32 = 1 << 31
  /// The same, where the sum was made with 32 bits: the shared value and the sum both have no more.
  public static let linkedByHalfOffset: UInt32 = 1 << 30
  /// What of `id` says how a scalar is linked, and not to what.
  static let linkFlags = linkedByOffset | linkedByHalfOffset

  /// A register that holds nothing.
  public static let uninitialized = RegisterState(.uninitialized)
  /// A number of which nothing is known.
  public static let unknown = RegisterState(.scalar, scalar: .unknown)
  /// A known number.
  public static func constant(_ value: UInt64) -> RegisterState {
    RegisterState(.scalar, scalar: Scalar(constant: value))
  }
  /// A number of which this is known.
  public static func number(_ scalar: Scalar) -> RegisterState { RegisterState(.scalar, scalar: scalar) }

  /// Whether it is a pointer of any kind.
  public var isPointer: Bool { kind != .uninitialized && kind != .scalar }
  /// Whether it is the number zero.
  public var isZero: Bool { kind == .scalar && scalar.constant == 0 }
  /// Whether it may be null.
  public var mayBeNull: Bool { traits.contains(.maybeNull) }
  /// Whether it points into the packet or its metadata.
  public var isInPacket: Bool { kind == .packet || kind == .packetMetadata }
  /// Whether it is the shared value of its `id` plus its `offset`.
  public var isLinkedByOffset: Bool { id & Self.linkFlags != 0 }
}
