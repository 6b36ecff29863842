import BPF
import BPFMaps
import BTF

/// A map's contents as documents have them: entries sorted by key bytes, or the records of a ring buffer.
struct MapDump {
  private let map: any BPFMap
  private let key: TypedBytes
  private let value: TypedBytes

  /// Prepares to print a map of an object with these types.
  init(_ map: any BPFMap, types: BTF?) {
    let definition = map.definition
    self.map = map
    key = Self.keys(of: definition, types: types)
    value = TypedBytes(types: types, type: definition.valueType, byteCount: definition.valueSize)
  }

  /// How a map's keys read; the one key of a data section is a number, though no type says so.
  static func keys(of definition: MapDefinition, types: BTF?) -> TypedBytes {
    var isData = false
    if case .section = definition.initialContents { isData = true }
    return TypedBytes(
      types: types,
      type: definition.keyType,
      byteCount: definition.keySize,
      isNumber: isData
    )
  }

  /// Whether documents show the map: read-only data is what the object says it is.
  static func isShown(_ definition: MapDefinition) -> Bool {
    switch definition.initialContents {
    case .section(.readOnly, _), .section(.kconfig, _): false
    default: true
    }
  }

  /// The documents of all maps that are shown, by name.
  static func document(of maps: [any BPFMap], types: BTF?) throws(CommandError) -> JSONValue {
    var documents = JSONObject()
    for map in maps where isShown(map.definition) {
      documents[map.definition.name] = try MapDump(map, types: types).document()
    }
    return .object(documents)
  }

  /// The map's contents.
  func document() throws(CommandError) -> JSONValue {
    if let ring = map as? RingBufferMap { return ["records": .array(ring.takeRecords().map { .hex($0) })] }
    return .array(try entries().map(document))
  }

  /// Keys and values, sorted by key bytes; of arrays those that are not zero.
  func entries() throws(CommandError) -> [(key: [UInt8], value: [UInt8])] {
    guard map.definition.type != .ringBuffer else { return [] }
    var entries: [(key: [UInt8], value: [UInt8])] = []
    do throws(MapError) {
      if let array = map as? ArrayMap { return try Self.entries(of: array) }
      var next = try map.nextKey(after: nil)
      while let key = next {
        if let value = try map.lookup(key), !isArray || value.contains(where: { $0 != 0 }) {
          entries.append((key, value))
        }
        next = try map.nextKey(after: key)
      }
    } catch {
      throw .refused("cannot read \(error)")
    }
    return entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  /// An array's values that are not zero, without a visit to each of those that are.
  private static func entries(of array: ArrayMap) throws(MapError) -> [(key: [UInt8], value: [UInt8])] {
    var entries: [(key: [UInt8], value: [UInt8])] = [], next = 0
    while let index = array.indexOfNonZeroValue(from: next) {
      let key = (0..<4).map { UInt8(truncatingIfNeeded: index >> (8 * $0)) }
      if let value = try array.lookup(key), value.contains(where: { $0 != 0 }) {
        entries.append((key, value))
      }
      next = index + 1
    }
    return entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  private var isArray: Bool { [.array, .perCPUArray].contains(map.definition.type) }

  private func document(key: [UInt8], value: [UInt8]) -> JSONValue {
    let key = self.key.json(key)
    guard map.definition.type.isPerCPU else { return ["key": key, "value": self.value.json(value)] }
    let stride = max(8, (map.definition.valueSize + 7) & ~7)
    let values = Swift.stride(from: 0, to: value.count, by: stride).map { start in
      self.value.json(Array(value[start..<min(start + map.definition.valueSize, value.count)]))
    }
    return ["key": key, "values": .array(values)]
  }
}
