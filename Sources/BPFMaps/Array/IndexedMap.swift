public import BPF

/// What maps whose keys are positions have in common: arrays of all kinds, devmap, cpumap, xskmap.
///
/// Unsafe: a key pointer is good for the 4 bytes of an index.
public class IndexedMap: UserMap, @unchecked Sendable {
  /// The capacity, to compare an index with.
  final let capacity: UInt32

  init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    capacity = UInt32(definition.maxEntries)
    super.init(definition: definition, cpuCount: cpuCount)
  }

  /// The position that a key names, which may be out of range.
  @inline(__always) final func position(_ key: UnsafeRawPointer) -> UInt32 {
    unsafe key.loadUnaligned(as: UInt32.self)
  }

  /// Elements of arrays exist from the start and for good.
  @unsafe public override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    LinuxErrno.invalid.answer
  }

  /// Every position has a key, whether or not anything is there; after one that is out of range comes the first.
  @unsafe public override func findKey(
    after key: UnsafeRawPointer?,
    into next: UnsafeMutableRawPointer
  ) -> Int32 {
    var following: UInt32 = 0
    if let key = unsafe key {
      let index = unsafe position(key)
      if index == capacity - 1 { return LinuxErrno.noEntry.answer }
      if index < capacity { following = index + 1 }
    }
    unsafe next.storeBytes(of: following, as: UInt32.self)
    return 0
  }

  /// Names the capacity.
  public override func explanation(of code: LinuxErrno) -> String {
    switch code {
    case .tooBig: "the index is out of range: the map has \(capacity) entries"
    case .exists: "elements of a \(definition.type.name) always exist"
    default: ""
    }
  }
}
