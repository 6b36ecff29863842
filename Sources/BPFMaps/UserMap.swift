public import BPF
import Synchronization

/// A map of the user-space engine: one subclass a family, which `UserMap.make` picks.
///
/// The class has two faces. `BPFMap` is the control plane's: byte arrays and typed errors. The pointer methods are for
/// those whose pointers are checked: the data plane's are called by helpers on a worker, the others by the control plane
/// here. A pointer to a key is good for `keySize` bytes, one to a value for what each method says; the answer is 0 or a
/// negative `LinuxErrno`, as the kernel's map operations give it. All methods may be called from any thread at any time.
///
/// Unsafe: arrays are handed to the pointer methods only with the size that the method asks for.
open class UserMap: BPFMap, @unchecked Sendable {
  /// What the map was made from.
  public final let definition: MapDefinition
  /// Possible CPUs: how many values a per-CPU map keeps under one key.
  public final let cpuCount: Int

  private let frozen = Atomic<Bool>(false)

  /// For subclasses.
  public init(definition: MapDefinition, cpuCount: Int) {
    self.definition = definition
    self.cpuCount = cpuCount
  }

  /// Bytes of a value on the control plane: per-CPU maps carry every CPU's value, each rounded up to 8 bytes.
  public final var valueByteCount: Int {
    definition.type.isPerCPU ? StorageLayout.words(definition.valueSize) * cpuCount : definition.valueSize
  }

  // MARK: The data plane

  /// The value under a key for this CPU, `valueSize` bytes that stay mapped as long as the map lives, or nil.
  @unsafe open func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? { nil }

  /// Stores this CPU's value, `valueSize` bytes, under a key.
  ///
  /// `flags` are `MapUpdateFlags`' bits.
  @unsafe open func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }

  /// Removes a key.
  @unsafe open func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }

  // MARK: The control plane, by pointers

  /// Copies the value under a key, `valueByteCount` bytes, and does not count as a use of it.
  @unsafe open func readValue(_ key: UnsafeRawPointer, into value: UnsafeMutableRawPointer) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }

  /// Stores a value of `valueByteCount` bytes under a key.
  @unsafe open func writeValue(_ key: UnsafeRawPointer, from value: UnsafeRawPointer, flags: UInt64) -> Int32
  {
    unsafe store(key, value, flags: flags, cpu: 0)
  }

  /// Copies the key after this one; the first one for nil and for a key that is not there.
  ///
  /// `ENOENT` at the end.
  @unsafe open func findKey(after key: UnsafeRawPointer?, into next: UnsafeMutableRawPointer) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }

  /// What a person should know about an error of an operation; may be empty.
  open func explanation(of code: LinuxErrno) -> String { "" }

  // MARK: The control plane

  /// The value under a key, or nil where there is none.
  public final func lookup(_ key: [UInt8]) throws(MapError) -> [UInt8]? {
    try permitReading("lookup")
    try checkSize(of: key, definition.keySize, "key", "lookup")
    var value = [UInt8](repeating: 0, count: valueByteCount)
    let answer = unsafe key.withPointer { key in
      unsafe value.withUnsafeMutableBytes { value in
        unsafe readValue(key, into: value.baseAddress ?? Self.nothing)
      }
    }
    if answer == LinuxErrno.noEntry.answer { return nil }
    try check(answer, "lookup")
    return value
  }

  /// Stores a value.
  public final func update(_ key: [UInt8], to value: [UInt8], _ flags: MapUpdateFlags = .any) throws(MapError)
  {
    try permitWriting("update")
    try checkSize(of: key, definition.keySize, "key", "update")
    try checkSize(of: value, valueByteCount, "value", "update")
    let answer = unsafe key.withPointer { key in
      unsafe value.withPointer { value in unsafe writeValue(key, from: value, flags: flags.rawValue) }
    }
    try check(answer, "update")
  }

  /// Removes a key.
  public final func delete(_ key: [UInt8]) throws(MapError) {
    try permitWriting("delete")
    try checkSize(of: key, definition.keySize, "key", "delete")
    try check(unsafe key.withPointer { unsafe remove($0, cpu: 0) }, "delete")
  }

  /// The key after this one.
  public final func nextKey(after key: [UInt8]?) throws(MapError) -> [UInt8]? {
    try permitReading("next key")
    var next = [UInt8](repeating: 0, count: definition.keySize)
    let answer: Int32
    if let key {
      try checkSize(of: key, definition.keySize, "key", "next key")
      answer = unsafe key.withPointer { key in
        unsafe next.withUnsafeMutableBytes {
          unsafe findKey(after: key, into: $0.baseAddress ?? Self.nothing)
        }
      }
    } else {
      answer = unsafe next.withUnsafeMutableBytes {
        unsafe findKey(after: nil, into: $0.baseAddress ?? Self.nothing)
      }
    }
    if answer == LinuxErrno.noEntry.answer { return nil }
    try check(answer, "next key")
    return next
  }

  /// Makes the map read-only for the control plane, for good (`BPF_MAP_FREEZE`).
  ///
  /// Programs are not affected.
  public final func freeze() throws(MapError) {
    try permitWriting("freeze")
    frozen.store(true, ordering: .releasing)
  }

  /// Whether the control plane may not write any more.
  public final var isFrozen: Bool { frozen.load(ordering: .acquiring) }

  /// The error for an operation that this kind of map does not have.
  public final func refused(
    _ operation: String,
    _ code: LinuxErrno = .notSupported,
    _ detail: String = ""
  ) -> MapError {
    MapError(map: definition.name, operation: operation, code: code, detail: detail)
  }

  // MARK: Checks

  private func permitReading(_ operation: String) throws(MapError) {
    if definition.flags.contains(.writeOnly) {
      throw refused(operation, .notPermitted, "BPF_F_WRONLY: user space may only write")
    }
  }

  private func permitWriting(_ operation: String) throws(MapError) {
    if definition.flags.contains(.readOnly) {
      throw refused(operation, .notPermitted, "BPF_F_RDONLY: user space may only read")
    }
    if isFrozen { throw refused(operation, .notPermitted, "the map is frozen") }
  }

  private func checkSize(
    of bytes: [UInt8],
    _ expected: Int,
    _ what: String,
    _ operation: String
  ) throws(MapError) {
    guard bytes.count == expected else {
      throw refused(operation, .invalid, "the \(what) has \(bytes.count) bytes, the map's have \(expected)")
    }
  }

  private func check(_ answer: Int32, _ operation: String) throws(MapError) {
    guard answer < 0 else { return }
    let code = LinuxErrno(rawValue: -answer)
    throw refused(operation, code, explanation(of: code))
  }

  /// An address for keys and values of no bytes, of which nothing is read.
  fileprivate static var nothing: UnsafeMutableRawPointer {
    unsafe UnsafeMutableRawPointer(bitPattern: 8).unsafelyUnwrapped
  }
}

extension [UInt8] {
  /// Calls a body with the address of the first byte, which is never null.
  fileprivate func withPointer<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
    unsafe withUnsafeBytes { unsafe body($0.baseAddress ?? UnsafeRawPointer(UserMap.nothing)) }
  }
}

extension LinuxErrno {
  /// The negative number that the pointer methods of a map answer.
  var answer: Int32 { -rawValue }
}
