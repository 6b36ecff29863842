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
  /// The map's number in this process: what a control plane puts into a map of maps.
  public final let id: UInt32

  private let frozen = Atomic<Bool>(false)

  /// For subclasses.
  public init(definition: MapDefinition, cpuCount: Int) {
    self.definition = definition
    self.cpuCount = cpuCount
    id = LivingMaps.nextID()
    LivingMaps.add(self)
  }

  deinit { LivingMaps.remove(id) }

  /// Bytes of a value on the control plane: per-CPU maps carry every CPU's value, each rounded up to 8 bytes.
  public final var valueByteCount: Int {
    definition.type.isPerCPU ? StorageLayout.words(definition.valueSize) * cpuCount : definition.valueSize
  }

  // MARK: The data plane

  /// The value under a key for this CPU, `valueSize` bytes that stay mapped as long as the map lives, or nil.
  ///
  /// Of a map of maps it is the address of the inner `UserMap`, for a worker that is in a batch.
  @unsafe open func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? { nil }

  /// How machine code looks this map up by itself, as `element` does; nil where it asks the helper.
  package var directLookup: DirectLookup? { nil }

  /// Where everything lies that programs get pointers to; nil where they get none.
  package var memoryOfPrograms: Range<UInt64>? { nil }

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

  /// Adds a value to a queue, a stack or a bloom filter (`bpf_map_push_elem`).
  @unsafe open func push(_ value: UnsafeRawPointer, flags: UInt64) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }

  /// Takes the next value out of a queue or a stack (`bpf_map_pop_elem`); `ENOENT` and zeros if there is none.
  @unsafe open func pop(into value: UnsafeMutableRawPointer) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }

  /// Copies the next value of a queue or a stack, or asks a bloom filter for the value (`bpf_map_peek_elem`).
  @unsafe open func peek(into value: UnsafeMutableRawPointer) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }

  /// The key of the element whose value is at an address that `element` gave; nil where values do not lead to their keys.
  @unsafe open func key(ofElement value: UnsafeRawPointer) -> [UInt8]? { nil }

  /// How many elements the map has, where the kernel counts them: 0 for all maps but hashes.
  open var countedElements: Int { 0 }

  // MARK: The control plane, by pointers

  /// Copies the value under a key, `valueByteCount` bytes, and does not count as a use of it; under the value's own lock,
  /// which the map then has, if that is asked for.
  @unsafe open func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }

  /// Copies the value under a key and removes the key.
  @unsafe func takeValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }

  /// Copies the entry at a place, or the next one, and moves the place behind it; `ENOENT` at the end.
  @unsafe func readEntry(
    at place: inout MapBatch.Place?,
    key: UnsafeMutableRawPointer,
    value: UnsafeMutableRawPointer,
    removing: Bool,
    locked: Bool
  ) -> Int32 {
    while true {
      let last = place?.bytes
      let step =
        if let last {
          unsafe last.withPointer { unsafe findKey(after: $0, into: key) }
        } else {
          unsafe findKey(after: nil, into: key)
        }
      if step < 0 { return step }
      place = unsafe MapBatch.Place(
        bytes: Array(UnsafeRawBufferPointer(start: key, count: definition.keySize))
      )
      let answer = unsafe readValue(key, into: value, locked: locked)
      // Keys of arrays are walked even where there is nothing.
      if answer != LinuxErrno.noEntry.answer { return answer }
    }
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
  public final func lookup(_ key: [UInt8], _ flags: MapUpdateFlags = .any) throws(MapError) -> [UInt8]? {
    try permitFlags(flags, "lookup")
    try permitReading("lookup")
    try requireLock(flags, "lookup")
    try checkSize(of: key, definition.keySize, "key", "lookup")
    return unsafe try reading("lookup", key) { key, value in
      unsafe readValue(key, into: value, locked: flags == .lock)
    }
  }

  /// Takes a value out and gives it, nil where there is none.
  public final func take(_ key: [UInt8], _ flags: MapUpdateFlags = .any) throws(MapError) -> [UInt8]? {
    try permitFlags(flags, "take")
    try permitReading("take")
    try permitWriting("take")
    try requireLock(flags, "take")
    try checkSize(of: key, definition.keySize, "key", "take")
    return unsafe try reading("take", key) { key, value in
      unsafe takeValue(key, into: value, locked: flags == .lock)
    }
  }

  /// Whether a bloom filter may have taken in a value.
  public final func contains(_ value: [UInt8]) throws(MapError) -> Bool {
    try permitReading("contains")
    guard definition.type == .bloomFilter else { throw refused("contains", .notSupportedInternal) }
    try checkSize(of: value, definition.valueSize, "value", "contains")
    var value = value
    let answer = unsafe value.withUnsafeMutableBytes { unsafe peek(into: $0.baseAddress ?? Self.nothing) }
    return answer == 0
  }

  /// Stores a value.
  public final func update(_ key: [UInt8], to value: [UInt8], _ flags: MapUpdateFlags = .any) throws(MapError)
  {
    try permitWriting("update")
    if flags.rawValue & MapUpdateFlags.lock.rawValue != 0 { try requireLock(.lock, "update") }
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
      guard definition.keySize > 0 else { throw refused("next key", .invalid, "the map has no keys") }
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

  /// What programs handed to readers; `EINVAL` where a map has none.
  open func records() throws(MapError) -> [[UInt8]] { throw refused("records", .invalid, "it has none") }

  /// Takes out what `records` gives.
  open func takeRecords() throws(MapError) -> [[UInt8]] {
    throw refused("take records", .invalid, "it has none")
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

  /// A value of the map that a body reads under a key, nil for `ENOENT`.
  private func reading(
    _ operation: String,
    _ key: [UInt8],
    _ body: (UnsafeRawPointer, UnsafeMutableRawPointer) -> Int32
  ) throws(MapError) -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: valueByteCount)
    let answer = unsafe key.withPointer { key in
      unsafe value.withUnsafeMutableBytes { value in unsafe body(key, value.baseAddress ?? Self.nothing) }
    }
    if answer == LinuxErrno.noEntry.answer { return nil }
    try check(answer, operation)
    return value
  }

  /// Refuses flags of a look-up other than `BPF_F_LOCK`.
  func permitFlags(_ flags: MapUpdateFlags, _ operation: String) throws(MapError) {
    guard flags == .any || flags == .lock else {
      throw refused(operation, .invalid, "the only flag is BPF_F_LOCK")
    }
  }

  /// Refuses `BPF_F_LOCK` where values have no lock.
  func requireLock(_ flags: MapUpdateFlags, _ operation: String) throws(MapError) {
    guard flags != .lock || hasLock else {
      throw refused(operation, .invalid, "BPF_F_LOCK needs a struct bpf_spin_lock in the values")
    }
  }

  private var hasLock: Bool { ValueFields(definition)?.hasLock ?? false }

  func permitReading(_ operation: String) throws(MapError) {
    if definition.flags.contains(.writeOnly) {
      throw refused(operation, .notPermitted, "BPF_F_WRONLY: user space may only write")
    }
  }

  func permitWriting(_ operation: String) throws(MapError) {
    if definition.flags.contains(.readOnly) {
      throw refused(operation, .notPermitted, "BPF_F_RDONLY: user space may only read")
    }
    if isFrozen { throw refused(operation, .notPermitted, "the map is frozen") }
  }

  func checkSize(
    of bytes: [UInt8],
    _ expected: Int,
    _ what: String,
    _ operation: String
  ) throws(MapError) {
    guard bytes.count == expected else {
      throw refused(
        operation,
        .invalid,
        "the \(what) has \(bytes.count) byte\(bytes.count == 1 ? "" : "s"), the map's have \(expected)"
      )
    }
  }

  func check(_ answer: Int32, _ operation: String) throws(MapError) {
    guard answer < 0 else { return }
    let code = LinuxErrno(rawValue: -answer)
    throw refused(operation, code, explanation(of: code))
  }

  /// An address for keys and values of no bytes, of which nothing is read.
  static var nothing: UnsafeMutableRawPointer {
    unsafe UnsafeMutableRawPointer(bitPattern: 8).unsafelyUnwrapped
  }
}

extension [UInt8] {
  /// Calls a body with the address of the first byte, which is never null.
  func withPointer<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
    unsafe withUnsafeBytes { unsafe body($0.baseAddress ?? UnsafeRawPointer(UserMap.nothing)) }
  }
}

extension LinuxErrno {
  /// The negative number that the pointer methods of a map answer.
  var answer: Int32 { -rawValue }
}
