/// A map as control planes see it: made in user space (`BPFMaps`) or in the kernel (`LinuxKernel`).
///
/// Keys and values are whole byte strings in the program's byte order (little endian), of `definition.keySize`
/// and, for a value, `valueByteCount` bytes.
public protocol BPFMap: AnyObject, Sendable {
  /// What the map was made from.
  var definition: MapDefinition { get }
  /// The map's number: what a value of a map of maps says.
  var id: UInt32 { get }
  /// Bytes of a value as this interface passes it: for a per-CPU map every possible CPU's value,
  /// each rounded up to 8 bytes, in order of CPU.
  var valueByteCount: Int { get }
  /// The value under a key, or nil where there is none (`ENOENT`); a queue's next value has the key of no bytes.
  ///
  /// The only flag is `.lock`.
  func lookup(_ key: [UInt8], _ flags: MapUpdateFlags) throws(MapError) -> [UInt8]?
  /// Stores a value. For a devmap or cpumap the value ends in a program's id, for a map-in-map or program array it is an
  /// id; a queue, a stack and a bloom filter take a value in under the key of no bytes.
  func update(_ key: [UInt8], to value: [UInt8], _ flags: MapUpdateFlags) throws(MapError)
  /// Removes a key; a key that is not there is `ENOENT`, an array's element `EINVAL`.
  func delete(_ key: [UInt8]) throws(MapError)
  /// Takes a value out and gives it (`BPF_MAP_LOOKUP_AND_DELETE_ELEM`), nil where there is none; hashes, queues, stacks.
  func take(_ key: [UInt8], _ flags: MapUpdateFlags) throws(MapError) -> [UInt8]?
  /// Whether a bloom filter may have taken in a value: never false for one that it has.
  func contains(_ value: [UInt8]) throws(MapError) -> Bool
  /// The key after this one in the map's own order, the first one for nil or for a key that is gone, nil at the end.
  func nextKey(after key: [UInt8]?) throws(MapError) -> [UInt8]?
  /// What programs handed to a ring buffer, oldest first, or to the readers of a perf event array, by index and oldest
  /// first for each; `EINVAL` for another kind of map.
  func records() throws(MapError) -> [[UInt8]]
  /// Takes out what `records` gives.
  func takeRecords() throws(MapError) -> [[UInt8]]

  /// A new, empty map that this map of maps takes; `EINVAL` for another kind of map.
  func makeInnerMap() throws(MapError) -> any BPFMap
  /// The map under a key of a map of maps, nil where there is none; `EINVAL` for another kind of map.
  func innerMap(for key: [UInt8]) throws(MapError) -> (any BPFMap)?

  /// Up to `count` entries and the place to go on from (`BPF_MAP_LOOKUP_BATCH`); nil begins at the start.
  ///
  /// In the kernel a hash with more colliding keys than `count` is `ENOSPC`.
  func lookupBatch(
    from place: MapBatch.Place?,
    count: Int,
    _ flags: MapUpdateFlags
  ) throws(MapError) -> MapBatch
  /// As `lookupBatch`, and removes the entries (`BPF_MAP_LOOKUP_AND_DELETE_BATCH`).
  func takeBatch(
    from place: MapBatch.Place?,
    count: Int,
    _ flags: MapUpdateFlags
  ) throws(MapError) -> MapBatch
  /// Stores entries in order until one is refused (`BPF_MAP_UPDATE_BATCH`); the only flag is `.lock`.
  func updateBatch(_ entries: [MapBatch.Entry], _ flags: MapUpdateFlags) throws(MapBatchError)
  /// Removes keys in order until one is refused (`BPF_MAP_DELETE_BATCH`); the only flag is `.lock`.
  func deleteBatch(_ keys: [[UInt8]], _ flags: MapUpdateFlags) throws(MapBatchError)
}

extension BPFMap {
  /// The value under a key, or nil where there is none (`ENOENT`).
  public func lookup(_ key: [UInt8]) throws(MapError) -> [UInt8]? { try lookup(key, .any) }
  /// Takes a value out and gives it, nil where there is none.
  public func take(_ key: [UInt8]) throws(MapError) -> [UInt8]? { try take(key, .any) }
}

/// `BPF_ANY`, `BPF_NOEXIST`, `BPF_EXIST`, `BPF_F_LOCK`.
public struct MapUpdateFlags: RawRepresentable, Hashable, Sendable {
  /// The bits as bpf(2) and `bpf_map_update_elem` take them.
  public let rawValue: UInt64
  /// Makes flags from their bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Create or replace.
  public static let any = MapUpdateFlags(rawValue: 0)
  /// Only create.
  public static let noExist = MapUpdateFlags(rawValue: 1)
  /// Only replace.
  public static let exist = MapUpdateFlags(rawValue: 2)
  /// Copy the value under the `struct bpf_spin_lock` in it.
  public static let lock = MapUpdateFlags(rawValue: 4)
}

/// Why a map operation was refused.
public struct MapError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The map's name.
  public var map: String
  /// What was tried, such as `update`.
  public var operation: String
  /// Linux's error number for it.
  public var code: LinuxErrno
  /// What a person should know beyond the code; may be empty.
  public var detail: String

  /// Makes an error.
  public init(map: String, operation: String, code: LinuxErrno, detail: String = "") {
    self.map = map
    self.operation = operation
    self.code = code
    self.detail = detail
  }

  /// One line for a person.
  public var description: String {
    "map '\(map)': \(operation) failed: \(code)" + (detail.isEmpty ? "" : " (\(detail))")
  }
}
