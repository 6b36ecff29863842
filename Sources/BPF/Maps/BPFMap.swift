/// A map as control planes see it: made in user space (`BPFMaps`) or in the kernel (`LinuxKernel`).
///
/// Keys and values are whole byte strings in the program's byte order (little endian), of `definition.keySize`
/// and, for a value, `valueByteCount` bytes.
public protocol BPFMap: AnyObject, Sendable {
  /// What the map was made from.
  var definition: MapDefinition { get }
  /// Bytes of a value as this interface passes it: for a per-CPU map every possible CPU's value,
  /// each rounded up to 8 bytes, in order of CPU.
  var valueByteCount: Int { get }
  /// The value under a key, or nil where there is none (`ENOENT`).
  func lookup(_ key: [UInt8]) throws(MapError) -> [UInt8]?
  /// Stores a value. For a devmap the value is `ifindex` and program id, for a map-in-map or program array an id.
  func update(_ key: [UInt8], to value: [UInt8], _ flags: MapUpdateFlags) throws(MapError)
  /// Removes a key; a key that is not there is `ENOENT`, an array's element `EINVAL`.
  func delete(_ key: [UInt8]) throws(MapError)
  /// The key after this one in the map's own order, the first one for nil or for a key that is gone, nil at the end.
  func nextKey(after key: [UInt8]?) throws(MapError) -> [UInt8]?
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
