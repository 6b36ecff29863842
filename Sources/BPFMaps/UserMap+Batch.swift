public import BPF

/// Batches of the control plane: many entries in one call.
///
/// Unsafe: buffers of a key and a value have the sizes that the map's methods ask for.
extension UserMap {
  /// Up to `count` entries and the place to go on from.
  public final func lookupBatch(
    from place: MapBatch.Place? = nil,
    count: Int,
    _ flags: MapUpdateFlags = .any
  ) throws(MapError) -> MapBatch {
    try permitReading("lookup batch")
    return try collect("lookup batch", from: place, count, flags, removing: false)
  }

  /// Up to `count` entries, which are removed, and the place to go on from.
  public final func takeBatch(
    from place: MapBatch.Place? = nil,
    count: Int,
    _ flags: MapUpdateFlags = .any
  ) throws(MapError) -> MapBatch {
    try permitReading("take batch")
    try permitWriting("take batch")
    return try collect("take batch", from: place, count, flags, removing: true)
  }

  /// Stores entries in order until one is refused.
  public final func updateBatch(
    _ entries: [MapBatch.Entry],
    _ flags: MapUpdateFlags = .any
  ) throws(MapBatchError) {
    try each(entries, "update batch", flags, isPossible: definition.type.hasBatches) {
      entry throws(MapError) in
      try update(entry.key, to: entry.value, flags)
    }
  }

  /// Removes keys in order until one is refused.
  public final func deleteBatch(
    _ keys: [[UInt8]],
    _ flags: MapUpdateFlags = .any
  ) throws(MapBatchError) {
    let isPossible = definition.type.isHash || definition.type == .lpmTrie
    try each(keys, "delete batch", flags, isPossible: isPossible) { key throws(MapError) in
      try delete(key)
    }
  }

  private func collect(
    _ operation: String,
    from place: MapBatch.Place?,
    _ count: Int,
    _ flags: MapUpdateFlags,
    removing: Bool
  ) throws(MapError) -> MapBatch {
    guard removing ? definition.type.isHash : definition.type.hasBatches else {
      throw refused(operation, .notSupportedInternal)
    }
    try permitFlags(flags, operation)
    try requireLock(flags, operation)
    var batch = MapBatch(entries: [], next: place)
    var key = [UInt8](repeating: 0, count: definition.keySize)
    var value = [UInt8](repeating: 0, count: valueByteCount)
    while batch.entries.count < count {
      let answer = unsafe key.withUnsafeMutableBytes { key in
        unsafe value.withUnsafeMutableBytes { value in
          unsafe readEntry(
            at: &batch.next,
            key: key.baseAddress ?? Self.nothing,
            value: value.baseAddress ?? Self.nothing,
            removing: removing,
            locked: flags == .lock
          )
        }
      }
      if answer == LinuxErrno.noEntry.answer {
        batch.next = nil
        break
      }
      try check(answer, operation)
      batch.entries.append(MapBatch.Entry(key: key, value: value))
    }
    return batch
  }

  private func each<Element>(
    _ elements: [Element],
    _ operation: String,
    _ flags: MapUpdateFlags,
    isPossible: Bool,
    _ body: (Element) throws(MapError) -> Void
  ) throws(MapBatchError) {
    var completed = 0
    do throws(MapError) {
      try permitWriting(operation)
      guard isPossible else { throw refused(operation, .notSupportedInternal) }
      try permitFlags(flags, operation)
      try requireLock(flags, operation)
      for element in elements {
        try body(element)
        completed += 1
      }
    } catch { throw MapBatchError(error, completed: completed) }
  }
}

extension MapType {
  /// Whether it is a hash of any kind but a devmap's.
  fileprivate var isHash: Bool {
    switch self {
    case .hash, .lruHash, .perCPUHash, .lruPerCPUHash, .hashOfMaps: true
    default: false
    }
  }

  /// Whether entries can be looked up and stored in batches.
  fileprivate var hasBatches: Bool {
    switch self {
    case .array, .perCPUArray, .arrayOfMaps, .lpmTrie: true
    default: isHash
    }
  }
}
