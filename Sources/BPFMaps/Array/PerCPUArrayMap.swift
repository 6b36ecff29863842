import BPF

/// `BPF_MAP_TYPE_PERCPU_ARRAY`: an array for every CPU.
///
/// Unsafe: `base + cpu * cpuStride + index * stride` is a value for every index below the capacity and every CPU below
/// `cpuCount`. The arrays lie apart, so that CPUs share no cache line; updates are as in `ArrayMap`.
@safe public final class PerCPUArrayMap: IndexedMap, @unchecked Sendable {
  /// The first value of the first CPU.
  ///
  /// Stays mapped as long as the map lives.
  @unsafe public let base: UnsafeMutableRawPointer
  /// From one value to the next, in bytes: the value's size rounded up to 8.
  public let stride: Int
  /// From one CPU's array to the next CPU's, in bytes.
  public let cpuStride: Int
  private let storage: MapStorage
  package override var memoryOfPrograms: Range<UInt64>? { storage.addresses }

  override init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    stride = StorageLayout.words(definition.valueSize)
    var one = StorageLayout()
    _ = one.append(definition.maxEntries, of: stride)
    cpuStride = one.byteCount ?? Int.max
    var layout = StorageLayout()
    _ = layout.append(cpuCount, of: cpuStride)
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    unsafe base = unsafe storage.base
    try super.init(definition, cpuCount, memory)
  }

  /// This CPU's value at an index, or nil out of range.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    let index = unsafe position(key)
    guard index < capacity, UInt(bitPattern: cpu) < UInt(bitPattern: cpuCount) else { return nil }
    return unsafe base + (cpu &* cpuStride &+ Int(index) &* stride)
  }

  package override var directLookup: DirectLookup? {
    let first = unsafe UInt64(UInt(bitPattern: base))
    let place = DirectLookup.Place.array(base: first, stride: stride, count: capacity)
    return DirectLookup(place, cpuStride: cpuStride, cpuCount: cpuCount)
  }

  /// Overwrites this CPU's value at an index.
  @unsafe public override func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    guard UInt(bitPattern: cpu) < UInt(bitPattern: cpuCount) else { return LinuxErrno.invalid.answer }
    // A program's flags are read as those of an array, whose values may have a lock; these have none.
    let isLocked = flags & MapUpdateFlags.lock.rawValue != 0
    return unsafe update(key, flags & ~MapUpdateFlags.lock.rawValue) {
      if isLocked { return LinuxErrno.invalid.answer }
      unsafe $0(cpu).storeWords(from: value, byteCount: definition.valueSize)
      return 0
    }
  }

  /// Overwrites every CPU's value at an index.
  @unsafe public override func writeValue(
    _ key: UnsafeRawPointer,
    from value: UnsafeRawPointer,
    flags: UInt64
  ) -> Int32 {
    unsafe update(key, flags) { element in
      for cpu in 0..<cpuCount {
        unsafe element(cpu).storeWords(from: value + cpu * stride, byteCount: stride)
      }
      return 0
    }
  }

  /// Copies every CPU's value at an index.
  @unsafe public override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    for cpu in 0..<cpuCount {
      guard let element = unsafe element(key, cpu: cpu) else { return LinuxErrno.noEntry.answer }
      unsafe element.loadWords(to: value + cpu * stride, byteCount: stride)
    }
    return 0
  }

  /// The indices whose value is not zero on some CPU, in order.
  ///
  /// Reads words only, so that a hundred million untouched values are passed over in a second.
  public var indicesOfNonZeroValues: [Int] {
    var indices: Set<Int> = []
    for cpu in 0..<cpuCount {
      var offset = 0
      let end = Int(capacity) * stride
      while offset < end {
        if unsafe base.load(fromByteOffset: cpu * cpuStride + offset, as: UInt64.self) != 0 {
          indices.insert(offset / stride)
          offset = (offset / stride + 1) * stride
        } else {
          offset += 8
        }
      }
    }
    return indices.sorted()
  }

  /// Checks an update and leaves the writing to a body, which gets each CPU's element.
  private func update(
    _ key: UnsafeRawPointer,
    _ flags: UInt64,
    _ write: ((Int) -> UnsafeMutableRawPointer) -> Int32
  ) -> Int32 {
    guard let mode = MapUpdateMode(flags) else { return LinuxErrno.invalid.answer }
    guard let first = unsafe element(key, cpu: 0) else { return LinuxErrno.tooBig.answer }
    if mode == .create { return LinuxErrno.exists.answer }
    return unsafe write { cpu in unsafe first + cpu * cpuStride }
  }
}
