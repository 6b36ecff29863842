import BPF
import BPFMaps
import BTF

/// `--map NAME=FILE.json`: entries for a map, in the form in which documents show them.
struct MapFill {
  private let assignment: Assignment
  private let document: JSONValue

  /// Reads the file.
  init(_ assignment: Assignment) throws(CommandError) {
    self.assignment = assignment
    let bytes = try InputFile.bytes(assignment.value, "entries of the map '\(assignment.name)'")
    do throws(JSONError) {
      document = try JSONParser.parse(bytes)
    } catch {
      throw .badInput("\(assignment.value): \(error)")
    }
  }

  /// Stores the entries in the map of the name.
  ///
  /// Entries of devmaps and cpumaps may name one of `programs`, which have the ids from 1 on.
  func apply(to maps: [any BPFMap], types: BTF?, programs: [String] = []) throws(CommandError) {
    guard let map = maps.first(where: { $0.definition.name == assignment.name }) else {
      let names = maps.map(\.definition.name).joined(separator: ", ")
      throw .badInput(
        "--map \(assignment.name)=\(assignment.value): there is no map '\(assignment.name)'; there are \(names)"
      )
    }
    do throws(TypedBytes.Mismatch) {
      try Self.fill(map, with: document, types: types, programs)
    } catch { throw .badInput("\(assignment.value): \(error)") }
  }

  /// Stores what a map's document says.
  static func fill(
    _ map: any BPFMap,
    with document: JSONValue,
    types: BTF?,
    _ programs: [String]
  ) throws(TypedBytes.Mismatch) {
    switch map.definition.type {
    case .queue, .stack, .bloomFilter, .ringBuffer: return try push(document, to: map)
    case .perfEventArray, .xskmap, .programArray:
      throw TypedBytes.Mismatch(description: "a \(map.definition.type.name) cannot be filled from a file")
    default: break
    }
    guard case .array(let entries) = document else {
      throw TypedBytes.Mismatch(
        description: "the entries of a map are an array of {\"key\": …, \"value\": …}"
      )
    }
    var seen: [[UInt8]: Int] = [:]
    for (index, entry) in entries.enumerated() {
      try inside("entry \(index)") { () throws(TypedBytes.Mismatch) in
        let (key, value) = try members(entry, of: map, types: types)
        if let other = seen.updateValue(index, forKey: key) {
          throw TypedBytes.Mismatch(description: "has the key of entry \(other)")
        }
        try inside(map.definition.type.isPerCPU ? "values" : "value") { () throws(TypedBytes.Mismatch) in
          try store(value, under: key, in: map, types: types, programs)
        }
      }
    }
  }

  /// Puts records into a map without keys, so that they come out in their order.
  private static func push(_ document: JSONValue, to map: any BPFMap) throws(TypedBytes.Mismatch) {
    let definition = map.definition, isRing = definition.type == .ringBuffer
    let ring = map as? RingBufferMap
    if isRing, ring == nil {
      throw TypedBytes.Mismatch(description: "in the kernel only programs put records into a ring buffer")
    }
    if case .null = document, definition.type == .bloomFilter { return }
    guard case .object(let members) = document, case .array(let records)? = members["records"],
      members.members.count == 1
    else {
      let name = isRing ? "ring buffer" : definition.type.name
      throw TypedBytes.Mismatch(description: "the contents of a \(name) are {\"records\": [\"hex\", …]}")
    }
    let value = TypedBytes(types: nil, type: 0, byteCount: definition.valueSize)
    let numbered = Array(records.enumerated())
    for (index, record) in definition.type == .stack ? numbered.reversed() : numbered {
      try inside("record \(index)") { () throws(TypedBytes.Mismatch) in
        let bytes = try isRing ? Self.record(record) : value.bytes(record)
        try stored { () throws(MapError) in
          if let ring { try ring.submit(bytes) } else { try map.update([], to: bytes, .any) }
        }
      }
    }
  }

  /// A ring buffer's record, of any length.
  private static func record(_ json: JSONValue) throws(TypedBytes.Mismatch) -> [UInt8] {
    guard case .string(let text) = json else {
      throw TypedBytes.Mismatch(description: "a record is hex digits in a string, not \(json.kindName)")
    }
    do throws(Hex.ParseError) {
      return try Hex.bytes(text)
    } catch { throw TypedBytes.Mismatch(description: error.description) }
  }

  private static func stored(_ body: () throws(MapError) -> Void) throws(TypedBytes.Mismatch) {
    do throws(MapError) {
      try body()
    } catch { throw TypedBytes.Mismatch(description: "\(error)") }
  }

  /// The key's bytes and the value's document.
  private static func members(
    _ entry: JSONValue,
    of map: any BPFMap,
    types: BTF?
  ) throws(TypedBytes.Mismatch) -> (key: [UInt8], value: JSONValue) {
    let wanted = map.definition.type.isPerCPU ? "values" : "value"
    guard case .object(let members) = entry, let key = members["key"], let value = members[wanted] else {
      throw TypedBytes.Mismatch(description: "an entry has the members \"key\" and \"\(wanted)\"")
    }
    for member in members.members where member.name != "key" && member.name != wanted {
      throw TypedBytes.Mismatch(description: "an entry has no member \"\(member.name)\"")
    }
    let keys = MapDump.keys(of: map.definition, types: types)
    return (try inside("key") { () throws(TypedBytes.Mismatch) in try keys.bytes(key) }, value)
  }

  /// Stores the value that a document means; in a map of maps it fills the map under the key, or a new one.
  private static func store(
    _ value: JSONValue,
    under key: [UInt8],
    in map: any BPFMap,
    types: BTF?,
    _ programs: [String]
  ) throws(TypedBytes.Mismatch) {
    let definition = map.definition
    guard definition.type != .arrayOfMaps, definition.type != .hashOfMaps else {
      var inner: (any BPFMap)?
      try stored { () throws(MapError) in
        inner = try map.innerMap(for: key)
        if inner == nil { inner = try map.makeInnerMap() }
      }
      guard let inner else { return }
      // A new map is held by nobody else until it is under its key.
      defer { extendLifetime(inner) }
      try fill(inner, with: value, types: types, programs)
      return try stored { () throws(MapError) in try map.update(key, to: Self.bytes(of: inner.id), .any) }
    }
    let type = TypedBytes(types: types, type: definition.valueType, byteCount: definition.valueSize)
    let bytes =
      if let passage = try passage(value, definition, programs) {
        passage
      } else {
        definition.type.isPerCPU ? try perCPU(value, type, map) : try type.bytes(value)
      }
    try stored { () throws(MapError) in try map.update(key, to: bytes, .any) }
  }

  private static func bytes(of id: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) }
  }

  /// A target with a program by its name: `{"ifindex": 7, "program": "leave"}`, or `qsize` for a cpumap; nil for any
  /// other form of value.
  private static func passage(
    _ value: JSONValue,
    _ definition: MapDefinition,
    _ programs: [String]
  ) throws(TypedBytes.Mismatch) -> [UInt8]? {
    guard let type = definition.passageType, case .object(let members) = value,
      case .string(let name)? = members["program"]
    else { return nil }
    let member = type == .devmap ? "ifindex" : "qsize"
    guard members.members.count == 2, case .integer(let number)? = members[member],
      let number = UInt32(exactly: number)
    else { throw TypedBytes.Mismatch(description: "a target is {\"\(member)\": number, \"program\": name}") }
    guard let position = programs.firstIndex(of: name) else {
      let names = programs.joined(separator: ", ")
      throw TypedBytes.Mismatch(description: "no program '\(name)' is loaded; there are \(names)")
    }
    return [number, UInt32(position + 1)].flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
    }
  }

  /// Every CPU's value, each rounded up to 8 bytes; CPUs without one in the document get zeros.
  private static func perCPU(
    _ value: JSONValue,
    _ type: TypedBytes,
    _ map: any BPFMap
  ) throws(TypedBytes.Mismatch) -> [UInt8] {
    let stride = (type.byteCount + 7) & ~7
    guard case .array(let elements) = value, elements.count * stride <= map.valueByteCount else {
      throw TypedBytes.Mismatch(
        description:
          "an array of one value a CPU is needed, of \(map.valueByteCount / max(stride, 1)) at most"
      )
    }
    var bytes: [UInt8] = []
    for element in elements {
      bytes += try type.bytes(element)
      bytes += [UInt8](repeating: 0, count: stride - type.byteCount)
    }
    return bytes + [UInt8](repeating: 0, count: map.valueByteCount - bytes.count)
  }

  private static func inside<Result>(
    _ member: String,
    _ body: () throws(TypedBytes.Mismatch) -> Result
  ) throws(TypedBytes.Mismatch) -> Result {
    do throws(TypedBytes.Mismatch) {
      return try body()
    } catch {
      throw TypedBytes.Mismatch(description: "\(member): \(error.description)")
    }
  }
}
