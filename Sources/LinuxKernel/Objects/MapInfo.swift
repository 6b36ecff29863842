public import BPF

/// What the kernel tells of a map (`struct bpf_map_info`).
public struct MapInfo: Hashable, Sendable {
  /// Its number.
  public var id: UInt32
  /// Its kind; `unspecified` for one that is not known here.
  public var type: MapType
  /// The first 15 bytes of its name.
  public var name: String
  /// Bytes of a key, and of one CPU's value.
  public var keySize: Int, valueSize: Int
  /// How many entries it may have; bytes of a ring.
  public var maxEntries: Int
  /// How it was made.
  public var flags: MapFlags
  /// The number of its types; 0 for none.
  public var typesID: UInt32
  /// The types of its keys and values in them.
  public var keyType: UInt32, valueType: UInt32

  /// Asks about a map by its number; nil where there is none.
  public init?(id: UInt32) throws(KernelError) {
    guard let descriptor = try ObjectKind.map.open(id) else { return nil }
    try self.init(descriptor)
  }

  /// All maps in the kernel, by number.
  public static func all() throws(KernelError) -> [MapInfo] {
    var found: [MapInfo] = []
    for id in try ObjectKind.map.allIDs() { if let map = try MapInfo(id: id) { found.append(map) } }
    return found
  }

  init(_ descriptor: borrowing Descriptor) throws(KernelError) {
    let bytes = try descriptor.info(88)
    type = MapType(rawValue: bytes.word(at: 0)) ?? .unspecified
    id = bytes.word(at: 4)
    keySize = Int(bytes.word(at: 8))
    valueSize = Int(bytes.word(at: 12))
    maxEntries = Int(bytes.word(at: 16))
    flags = MapFlags(rawValue: bytes.word(at: 20))
    name = String(decoding: bytes[24..<40].prefix { $0 != 0 }, as: UTF8.self)
    typesID = bytes.word(at: 64)
    keyType = bytes.word(at: 68)
    valueType = bytes.word(at: 72)
  }

  /// The definition that a map like this has; what the kernel does not tell is left out.
  var definition: MapDefinition {
    MapDefinition(
      name: name,
      type: type,
      keySize: keySize,
      valueSize: valueSize,
      maxEntries: maxEntries,
      flags: flags,
      keyType: keyType,
      valueType: valueType
    )
  }
}
