public import BPF

/// `BPF_MAP_TYPE_ARRAY_OF_MAPS`: maps by index, which programs look up and then use.
///
/// The control plane puts them in by id and may replace them while programs run: a run goes on with the map that it
/// found, and the update returns after it.
///
/// Unsafe: an inner map's address is used only until the batch ends (`BatchBoundary`).
public final class ArrayOfMapsMap: ReferenceArrayMap, MapHolder, @unchecked Sendable {
  let inner: InnerMaps

  override init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    inner = try InnerMaps(definition, cpuCount, memory)
    try super.init(definition, cpuCount, memory)
  }

  /// The map at an index, or nil.
  public func map(at index: UInt32) -> UserMap? { index < capacity ? slots[Int(index)] as? UserMap : nil }

  /// The address of the `UserMap` at an index, for a worker in a batch; nil where there is none and out of range.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    let index = unsafe position(key)
    return index < capacity ? unsafe slots.address(Int(index)) : nil
  }

  /// Programs cannot change it.
  @unsafe public override func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    LinuxErrno.notSupportedInternal.answer
  }

  override func resolve(_ id: UInt32) -> Result<any AnyObject & Sendable, LinuxErrno> { inner.resolve(id) }

  /// Says what is wrong with a map's id.
  public override func explanation(of code: LinuxErrno) -> String {
    InnerMaps.explanation(of: code) ?? super.explanation(of: code)
  }
}
