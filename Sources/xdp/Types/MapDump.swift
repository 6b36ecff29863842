import BPF
import BPFMaps
import BTF

/// A map's contents as documents have them: entries sorted by key bytes, where values may be maps; or records where there
/// are no keys.
struct MapDump {
  private let map: any BPFMap
  private let types: BTF?
  private let key: TypedBytes
  private let value: TypedBytes

  /// Prepares to print a map of an object with these types.
  init(_ map: any BPFMap, types: BTF?) {
    let definition = map.definition
    self.map = map
    self.types = types
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
    switch map.definition.type {
    case .ringBuffer, .perfEventArray: return records(try handedOut())
    case .queue, .stack: return records(try queued())
    // What a bloom filter has taken in cannot be told from it.
    case .bloomFilter: return .null
    case .arrayOfMaps, .hashOfMaps: return .array(try innerMaps())
    default: return .array(try entries().map(document))
    }
  }

  private func records(_ records: [[UInt8]]) -> JSONValue { ["records": .array(records.map { .hex($0) })] }

  /// The records that are there for a reader; they are there afterwards.
  func handedOut() throws(CommandError) -> [[UInt8]] {
    do throws(MapError) { return try map.records() } catch { throw .refused("cannot read \(error)") }
  }

  /// The values of a queue or a stack in the order in which they would be taken out; they are there afterwards.
  func queued() throws(CommandError) -> [[UInt8]] {
    do throws(MapError) {
      var values: [[UInt8]] = []
      while let value = try map.take([]) { values.append(value) }
      for value in map.definition.type == .stack ? values.reversed() : values {
        try map.update([], to: value, .any)
      }
      return values
    } catch { throw .refused("cannot read \(error)") }
  }

  /// Keys with the documents of the maps under them.
  private func innerMaps() throws(CommandError) -> [JSONValue] {
    var documents: [JSONValue] = []
    for entry in try entries() {
      let inner: (any BPFMap)?
      do throws(MapError) {
        inner = try map.innerMap(for: entry.key)
      } catch { throw .refused("cannot read \(error)") }
      guard let inner else { continue }
      documents.append(["key": key.json(entry.key), "value": try MapDump(inner, types: types).document()])
    }
    return documents
  }

  /// Keys and values, sorted by key bytes; of arrays those that are not zero.
  func entries() throws(CommandError) -> [(key: [UInt8], value: [UInt8])] {
    switch map.definition.type {
    case .ringBuffer, .perfEventArray, .queue, .stack, .bloomFilter, .xskmap: return []
    default: break
    }
    var entries: [(key: [UInt8], value: [UInt8])] = []
    do throws(MapError) {
      if let array = map as? ArrayMap { return try Self.entries(of: array) }
      if let array = map as? PerCPUArrayMap { return try Self.entries(of: array) }
      if isArray { return try nonZeroEntries() }
      var next = try map.nextKey(after: nil)
      while let key = next {
        if let value = try map.lookup(key) { entries.append((key, value)) }
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

  /// A per-CPU array's values that are not zero on some CPU.
  private static func entries(of array: PerCPUArrayMap) throws(MapError) -> [(key: [UInt8], value: [UInt8])] {
    var entries: [(key: [UInt8], value: [UInt8])] = []
    for index in array.indicesOfNonZeroValues {
      let key = (0..<4).map { UInt8(truncatingIfNeeded: index >> (8 * $0)) }
      if let value = try array.lookup(key), value.contains(where: { $0 != 0 }) {
        entries.append((key, value))
      }
    }
    return entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  /// The values of any other array that are not zero, some megabytes a call: the kernel's may have millions.
  private func nonZeroEntries() throws(MapError) -> [(key: [UInt8], value: [UInt8])] {
    let definition = map.definition, byteCount = definition.keySize + map.valueByteCount
    let count = min(definition.maxEntries, max(1, (4 << 20) / byteCount))
    var entries: [(key: [UInt8], value: [UInt8])] = [], place: MapBatch.Place?
    repeat {
      let batch = try map.lookupBatch(from: place, count: count, .any)
      for entry in batch.entries where entry.value.contains(where: { $0 != 0 }) {
        entries.append((entry.key, entry.value))
      }
      place = batch.next
    } while place != nil
    return entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  private var isArray: Bool { [.array, .perCPUArray].contains(map.definition.type) }

  private func document(key: [UInt8], value: [UInt8]) -> JSONValue {
    let member = map.definition.type.isPerCPU ? "values" : "value"
    return .object(["key": self.key.json(key), member: valueDocument(value)])
  }

  /// The document of a value: of a per-CPU map an array of each CPU's.
  func valueDocument(_ value: [UInt8]) -> JSONValue {
    guard map.definition.type.isPerCPU else { return self.value.json(value) }
    let stride = max(8, (map.definition.valueSize + 7) & ~7)
    let values = Swift.stride(from: 0, to: value.count, by: stride).map { start in
      self.value.json(Array(value[start..<min(start + map.definition.valueSize, value.count)]))
    }
    return .array(values)
  }
}
