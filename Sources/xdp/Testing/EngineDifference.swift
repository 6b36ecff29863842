import BPF
import BPFMaps

/// The first thing that two engines do not agree about.
struct EngineDifference: Hashable {
  /// The packet; nil for a difference in the maps at the end.
  var packet: Int?
  /// The two engines.
  var engines: [String]
  /// What differs, such as `data`, or `maps.` and a map's name.
  var field: String

  /// The document.
  var document: JSONValue {
    [
      "packet": packet.map { .number($0) } ?? .null,
      "engines": .array(engines.map(JSONValue.string)),
      "field": .string(field),
    ]
  }

  /// One line for a person.
  var text: String {
    let place = packet.map { "packet \($0)" } ?? "the end"
    return "\(engines.joined(separator: " and ")) differ at \(place): \(field)"
  }

  /// The first field of two reports that differs; the kernel does not say where it redirects to.
  static func field(_ left: PacketReport, _ right: PacketReport) -> String? {
    if left.trap != nil || right.trap != nil { return left.trap == right.trap ? nil : "trap" }
    if left.returned != right.returned { return "returned" }
    if left.bytes.count != right.bytes.count { return "length" }
    if left.bytes != right.bytes { return "data" }
    if left.metadata != right.metadata { return "metadata" }
    return nil
  }

  /// The first map with different contents.
  ///
  /// Per-CPU values are compared as sums of their words: which CPU counted a packet is no property of the program.
  static func map(_ left: [any BPFMap], _ right: [any BPFMap]) throws(CommandError) -> String? {
    for (left, right) in zip(left, right) where isComparable(left.definition) {
      if left.definition.type == .perfEventArray {
        let records = (try MapDump(left, types: nil).handedOut(), try MapDump(right, types: nil).handedOut())
        guard isSame(records.0, asPadded: records.1) else { return "maps.\(left.definition.name)" }
        continue
      }
      if Self.isNested(left.definition) {
        let documents = (
          try MapDump(left, types: nil).document(), try MapDump(right, types: nil).document()
        )
        guard documents.0 == documents.1 else { return "maps.\(left.definition.name)" }
        continue
      }
      let ours = try MapDump(left, types: nil).entries()
      let theirs = try MapDump(right, types: nil).entries()
      guard ours.map(\.key) == theirs.map(\.key) else { return "maps.\(left.definition.name)" }
      for (our, their) in zip(ours, theirs) {
        let agree =
          left.definition.type.isPerCPU
          ? sum(our.value, of: left.definition) == sum(their.value, of: right.definition)
          : our.value == their.value
        guard agree else { return "maps.\(left.definition.name)" }
      }
    }
    return nil
  }

  /// An entry that two maps of one definition do not agree about.
  struct Entry {
    var definition: MapDefinition
    var key: [UInt8]
    /// Nil where there is none.
    var left: [UInt8]?
    var right: [UInt8]?
  }

  /// All entries that differ, sorted by map and key bytes.
  static func entries(_ left: [any BPFMap], _ right: [any BPFMap]) throws(CommandError) -> [Entry] {
    var entries: [Entry] = []
    for (left, right) in zip(left, right) where isComparable(left.definition) {
      let definition = left.definition
      var ours: [[UInt8]: [UInt8]] = [:], theirs = ours
      for entry in try MapDump(left, types: nil).entries() { ours[entry.key] = entry.value }
      for entry in try MapDump(right, types: nil).entries() { theirs[entry.key] = entry.value }
      let keys = Set(ours.keys).union(theirs.keys).sorted { $0.lexicographicallyPrecedes($1) }
      for key in keys {
        let our = ours[key], their = theirs[key]
        if definition.type.isPerCPU, let our, let their,
          sum(our, of: definition) == sum(their, of: right.definition)
        {
          continue
        }
        if our != their { entries.append(Entry(definition: definition, key: key, left: our, right: their)) }
      }
    }
    return entries
  }

  /// A record that two maps of one definition do not agree about.
  struct Record {
    var definition: MapDefinition
    /// Its place in the order in which records come out.
    var index: Int
    /// Nil where there is none.
    var left: [UInt8]?
    var right: [UInt8]?
  }

  /// All records that differ, by map and in their order.
  static func records(_ left: [any BPFMap], _ right: [any BPFMap]) throws(CommandError) -> [Record] {
    var records: [Record] = []
    for (left, right) in zip(left, right) {
      let definition = left.definition, ours: [[UInt8]], theirs: [[UInt8]]
      switch definition.type {
      case .ringBuffer, .perfEventArray:
        ours = try MapDump(left, types: nil).handedOut()
        theirs = try MapDump(right, types: nil).handedOut()
      case .queue, .stack:
        ours = try MapDump(left, types: nil).queued()
        theirs = try MapDump(right, types: nil).queued()
      default: continue
      }
      for index in 0..<max(ours.count, theirs.count) {
        let our = index < ours.count ? ours[index] : nil, their = index < theirs.count ? theirs[index] : nil
        if definition.type == .perfEventArray, let our, let their,
          PerfEventArrayMap.isSame(our, asPadded: their)
        {
          continue
        }
        if our != their {
          records.append(Record(definition: definition, index: index, left: our, right: their))
        }
      }
    }
    return records
  }

  private static func isComparable(_ definition: MapDefinition) -> Bool {
    switch definition.type {
    case .array, .hash, .lruHash, .lpmTrie, .perCPUArray, .perCPUHash, .lruPerCPUHash:
      MapDump.isShown(definition)
    case .perfEventArray: true
    default: isNested(definition)
    }
  }

  /// Whether the whole document of a map is compared: records, and maps in maps that are not per-CPU.
  private static func isNested(_ definition: MapDefinition) -> Bool {
    switch definition.type {
    case .queue, .stack, .ringBuffer: true
    case .arrayOfMaps, .hashOfMaps:
      definition.inner.allSatisfy { isComparable($0) && !$0.type.isPerCPU }
    default: false
    }
  }

  /// Whether readers got the same records: those of the kernel's have padding, those of a user-space engine's none.
  private static func isSame(_ ours: [[UInt8]], asPadded theirs: [[UInt8]]) -> Bool {
    ours.count == theirs.count
      && zip(ours, theirs).allSatisfy { $0 == $1 || PerfEventArrayMap.isSame($0, asPadded: $1) }
  }

  /// The sum over all CPUs of each 8-byte word of a value.
  private static func sum(_ bytes: [UInt8], of definition: MapDefinition) -> [UInt64] {
    let words = max(1, (definition.valueSize + 7) / 8)
    var sums = [UInt64](repeating: 0, count: words)
    for start in stride(from: 0, to: bytes.count - 7, by: 8) {
      let word = bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      sums[start / 8 % words] &+= word
    }
    return sums
  }
}
