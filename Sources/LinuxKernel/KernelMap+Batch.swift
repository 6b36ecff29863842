public import BPF

// Batches, as `struct { … } batch` of the attributes has them: a place in and out, keys, values, their number.

extension KernelMap {
  /// Up to `count` entries and the place to go on from.
  public func lookupBatch(
    from place: MapBatch.Place? = nil,
    count: Int,
    _ flags: MapUpdateFlags = .any
  ) throws(MapError) -> MapBatch {
    try read(.mapLookupBatch, "lookup batch", from: place, count, flags)
  }

  /// Up to `count` entries, which are removed, and the place to go on from.
  public func takeBatch(
    from place: MapBatch.Place? = nil,
    count: Int,
    _ flags: MapUpdateFlags = .any
  ) throws(MapError) -> MapBatch {
    try read(.mapTakeBatch, "take batch", from: place, count, flags)
  }

  /// Stores entries in order until one is refused.
  public func updateBatch(
    _ entries: [MapBatch.Entry],
    _ flags: MapUpdateFlags = .any
  ) throws(MapBatchError) {
    var opened: [KernelMap] = []
    var keys: [UInt8] = [], values: [UInt8] = []
    var completed = 0
    do throws(MapError) {
      for entry in entries {
        try check(entry.key, "update batch", "key", definition.keySize)
        try check(entry.value, "update batch", "value", valueByteCount)
        keys += entry.key
        values += try byDescriptor(entry.value, &opened)
      }
      var call = batchCall(entries.count, flags)
      call.point(at: keys, from: Field.keys)
      call.point(at: values, from: Field.values)
      defer { extendLifetime(opened) }
      try write(.mapUpdateBatch, "update batch", &call, &completed)
    } catch { throw MapBatchError(error, completed: completed) }
  }

  /// Removes keys in order until one is refused.
  public func deleteBatch(
    _ keys: [[UInt8]],
    _ flags: MapUpdateFlags = .any
  ) throws(MapBatchError) {
    var completed = 0
    do throws(MapError) {
      for key in keys { try check(key, "delete batch", "key", definition.keySize) }
      var call = batchCall(keys.count, flags)
      call.point(at: keys.flatMap { $0 }, from: Field.keys)
      try write(.mapDeleteBatch, "delete batch", &call, &completed)
    } catch { throw MapBatchError(error, completed: completed) }
  }

  /// Byte offsets of the fields.
  private enum Field {
    static let placeIn = 0
    static let placeOut = 8
    static let keys = 16
    static let values = 24
    static let count = 32
    static let map = 36
    static let flags = 40
  }

  private func batchCall(_ count: Int, _ flags: MapUpdateFlags) -> BPFCall {
    var call = BPFCall()
    call.set(UInt32(clamping: count), at: Field.count)
    call.set(doubleWord: flags.rawValue, at: Field.flags)
    return call
  }

  private func read(
    _ command: BPFCommand,
    _ operation: String,
    from place: MapBatch.Place?,
    _ count: Int,
    _ flags: MapUpdateFlags
  ) throws(MapError) -> MapBatch {
    var call = batchCall(count, flags)
    if let place { call.point(at: place.bytes, from: Field.placeIn) }
    // A hash's place is the number of a bucket, any other map's a key.
    let next = call.point(toZeroes: max(4, definition.keySize), from: Field.placeOut)
    let keys = call.point(toZeroes: count * definition.keySize, from: Field.keys)
    let values = call.point(toZeroes: count * valueByteCount, from: Field.values)
    var isEnd = false
    do throws(BPFCallFailure) {
      try call.perform(command, descriptor, at: Field.map)
    } catch {
      guard error.code == .noEntry else {
        throw MapError(map: definition.name, operation: operation, code: error.code)
      }
      isEnd = true
    }
    let found = Int(call.word(at: Field.count))
    let keyBytes = call.buffer(keys), valueBytes = call.buffer(values)
    let entries = (0..<found).map { index in
      MapBatch.Entry(
        key: Array(keyBytes.dropFirst(index * definition.keySize).prefix(definition.keySize)),
        value: Array(valueBytes.dropFirst(index * valueByteCount).prefix(valueByteCount))
      )
    }
    return MapBatch(
      entries: entries,
      next: isEnd ? nil : count == 0 ? place : MapBatch.Place(bytes: call.buffer(next))
    )
  }

  private func write(
    _ command: BPFCommand,
    _ operation: String,
    _ call: inout BPFCall,
    _ completed: inout Int
  ) throws(MapError) {
    let asked = call.word(at: Field.count)
    do throws(BPFCallFailure) {
      try call.perform(command, descriptor, at: Field.map)
    } catch {
      // The number is left alone where the whole batch is refused.
      let done = call.word(at: Field.count)
      completed = done == asked ? 0 : Int(done)
      throw MapError(map: definition.name, operation: operation, code: error.code)
    }
  }

  /// A value with an inner map's id replaced by a descriptor, which `opened` keeps open.
  private func byDescriptor(_ value: [UInt8], _ opened: inout [KernelMap]) throws(MapError) -> [UInt8] {
    guard definition.type == .arrayOfMaps || definition.type == .hashOfMaps else { return value }
    guard let map = map(of: value.word(at: 0)) else {
      return value.replacingWord(at: 0, with: UInt32(Int32.max))
    }
    opened.append(map)
    return value.replacingWord(at: 0, with: UInt32(bitPattern: map.descriptor.rawValue))
  }
}
