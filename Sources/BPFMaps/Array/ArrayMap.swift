import BPF

/// `BPF_MAP_TYPE_ARRAY`: values one after the other, all there from the start, zero.
///
/// Unsafe: `base + index * stride` is a value of this map for every index below the capacity. Values are updated in
/// place with aligned words, without a lock, as the kernel does it: a word never tears, a longer value may. Values with a
/// `struct bpf_spin_lock` are whole for those who copy them with `BPF_F_LOCK`.
@safe public final class ArrayMap: IndexedMap, @unchecked Sendable {
  /// The first value.
  ///
  /// Stays mapped as long as the map lives.
  @unsafe public let base: UnsafeMutableRawPointer
  /// From one value to the next, in bytes: the value's size rounded up to 8.
  public let stride: Int
  private let storage: MapStorage
  package override var memoryOfPrograms: Range<UInt64>? { storage.addresses }
  private let fields: ValueFields?

  override init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    stride = StorageLayout.words(definition.valueSize)
    fields = ValueFields(definition)
    var layout = StorageLayout()
    _ = layout.append(definition.maxEntries, of: stride)
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    unsafe base = unsafe storage.base
    try super.init(definition, cpuCount, memory)
  }

  /// The value at an index, or nil out of range.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    let index = unsafe position(key)
    guard index < capacity else { return nil }
    return unsafe base + Int(index) &* stride
  }

  package override var directLookup: DirectLookup? {
    let first = unsafe UInt64(UInt(bitPattern: base))
    return DirectLookup(.array(base: first, stride: stride, count: capacity))
  }

  /// Overwrites the value at an index.
  @unsafe public override func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    guard let (mode, isLocked) = MapUpdateMode.withLock(flags) else { return LinuxErrno.invalid.answer }
    guard let element = unsafe element(key, cpu: cpu) else { return LinuxErrno.tooBig.answer }
    if mode == .create { return LinuxErrno.exists.answer }
    if isLocked, fields?.hasLock != true { return LinuxErrno.invalid.answer }
    if let fields {
      unsafe fields.store(value, to: element, locked: isLocked)
      return 0
    }
    unsafe element.storeWords(from: value, byteCount: definition.valueSize)
    return 0
  }

  /// The index of a value.
  @unsafe public override func key(ofElement value: UnsafeRawPointer) -> [UInt8]? {
    let index = UInt32(truncatingIfNeeded: unsafe (value - UnsafeRawPointer(base)) / stride)
    return (0..<4).map { UInt8(truncatingIfNeeded: index >> ($0 * 8)) }
  }

  /// The first index from this one on whose value is not zero, or nil where all are.
  ///
  /// Reads words only, so that an array of a billion untouched values is passed over in a second or two.
  public func indexOfNonZeroValue(from first: Int) -> Int? {
    var offset = first * stride
    let end = Int(capacity) * stride
    while offset < end {
      if unsafe base.load(fromByteOffset: offset, as: UInt64.self) != 0 { return offset / stride }
      offset += 8
    }
    return nil
  }

  /// Copies the value at an index.
  @unsafe public override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    guard let element = unsafe element(key, cpu: 0) else { return LinuxErrno.noEntry.answer }
    if let fields {
      unsafe fields.load(element, to: value, locked: locked)
    } else {
      unsafe element.loadWords(to: value, byteCount: definition.valueSize)
    }
    return 0
  }
}
