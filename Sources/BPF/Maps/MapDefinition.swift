public import BTF

/// What a map is to be: everything that a loader, in user space or over bpf(2), needs to make it.
public struct MapDefinition: Hashable, Sendable {
  /// The full name from the object; the kernel keeps its first 15 bytes.
  public var name: String
  /// The kind of map.
  public var type: MapType
  /// Bytes in a key.
  public var keySize: Int
  /// Bytes in a value, of one CPU for per-CPU maps.
  public var valueSize: Int
  /// The capacity; for a ring buffer its size in bytes.
  public var maxEntries: Int
  /// `BPF_F_…` bits of map creation.
  public var flags: MapFlags
  /// `map_extra`: the number of hash functions of a bloom filter.
  public var extra: UInt64
  /// The NUMA node, with `MapFlags.numaNode`.
  public var numaNode: UInt32
  /// Whether the loader pins it under its name (`LIBBPF_PIN_BY_NAME`).
  public var isPinnedByName: Bool
  /// The type of a key in the object's BTF, 0 where unknown.
  public var keyType: BTF.TypeID
  /// The type of a value in the object's BTF, 0 where unknown.
  public var valueType: BTF.TypeID
  /// Fields of a value that belong to the engine, by the object's BTF: spin locks and timers.
  public var fields: [KernelField]
  /// What the inner maps of a map-in-map look like: one element, or none for other maps.
  public var inner: [MapDefinition]
  /// What the map holds from the start.
  public var initialContents: InitialContents

  /// What a map holds when it is made.
  public enum InitialContents: Hashable, Sendable {
    /// Nothing.
    case none
    /// The bytes of a data section, in the one value of an array.
    case section(DataSection, [UInt8])
    /// Maps by index in `Program.maps`, for array positions (keys) of a map-in-map.
    case maps([Int: Int])
    /// Programs by name, for positions of a program array.
    case programs([Int: String])
  }

  /// Which data section a global-data map holds.
  public enum DataSection: Hashable, Sendable {
    /// `.data` and its named kin: writable.
    case data
    /// `.rodata`: frozen once filled.
    case readOnly
    /// `.bss`: writable and zero.
    case zero
    /// `.kconfig`: filled by the loader, then frozen.
    case kconfig
  }

  /// Makes a definition; everything but the shape has a default.
  public init(
    name: String,
    type: MapType,
    keySize: Int,
    valueSize: Int,
    maxEntries: Int,
    flags: MapFlags = [],
    extra: UInt64 = 0,
    numaNode: UInt32 = 0,
    isPinnedByName: Bool = false,
    keyType: BTF.TypeID = 0,
    valueType: BTF.TypeID = 0,
    fields: [KernelField] = [],
    inner: [MapDefinition] = [],
    initialContents: InitialContents = .none
  ) {
    self.name = name
    self.type = type
    self.keySize = keySize
    self.valueSize = valueSize
    self.maxEntries = maxEntries
    self.flags = flags
    self.extra = extra
    self.numaNode = numaNode
    self.isPinnedByName = isPinnedByName
    self.keyType = keyType
    self.valueType = valueType
    self.fields = fields
    self.inner = inner
    self.initialContents = initialContents
  }
}
