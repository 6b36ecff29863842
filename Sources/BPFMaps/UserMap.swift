public import BPF

/// A map of the user-space engine: one subclass a family, which `UserMap.make` picks.
///
/// The class has two faces. `BPFMap` is the control plane's: byte arrays and typed errors. The pointer methods are the
/// data plane's, called by helpers on a worker: they take pointers that the caller has checked (`keySize` readable
/// bytes, `valueSize` readable bytes) and answer 0 or a negative `LinuxErrno`, as the kernel's map operations do.
open class UserMap: BPFMap, @unchecked Sendable {
  /// What the map was made from.
  public final let definition: MapDefinition
  /// Possible CPUs: how many values a per-CPU map keeps under one key.
  public final let cpuCount: Int

  /// For subclasses.
  public init(definition: MapDefinition, cpuCount: Int) {
    self.definition = definition
    self.cpuCount = cpuCount
  }

  /// Bytes of a value on the control plane: per-CPU maps carry every CPU's value, each rounded up to 8 bytes.
  open var valueByteCount: Int {
    definition.type.isPerCPU ? (definition.valueSize + 7) & ~7 * cpuCount : definition.valueSize
  }

  // MARK: The data plane

  /// The value under a key for this CPU, `valueSize` bytes that stay mapped as long as the map lives, or nil.
  @unsafe open func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? { nil }

  /// Stores this CPU's value under a key: 0 or a negative error number; `flags` are `MapUpdateFlags`' bits.
  @unsafe open func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    -LinuxErrno.notSupported.rawValue
  }

  /// Removes a key: 0 or a negative error number.
  @unsafe open func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 { -LinuxErrno.notSupported.rawValue }

  // MARK: The control plane

  /// The value under a key, or nil where there is none.
  open func lookup(_ key: [UInt8]) throws(MapError) -> [UInt8]? { throw refused("lookup") }
  /// Stores a value.
  open func update(_ key: [UInt8], to value: [UInt8], _ flags: MapUpdateFlags) throws(MapError) {
    throw refused("update")
  }
  /// Removes a key.
  open func delete(_ key: [UInt8]) throws(MapError) { throw refused("delete") }
  /// The key after this one.
  open func nextKey(after key: [UInt8]?) throws(MapError) -> [UInt8]? { throw refused("next key") }

  /// The error for an operation that this kind of map does not have.
  public final func refused(
    _ operation: String,
    _ code: LinuxErrno = .notSupported,
    _ detail: String = ""
  ) -> MapError {
    MapError(map: definition.name, operation: operation, code: code, detail: detail)
  }
}
