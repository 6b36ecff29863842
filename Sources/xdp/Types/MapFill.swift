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
  func apply(to maps: [any BPFMap], types: BTF?) throws(CommandError) {
    guard let map = maps.first(where: { $0.definition.name == assignment.name }) else {
      let names = maps.map(\.definition.name).joined(separator: ", ")
      throw .badInput(
        "--map \(assignment.name)=\(assignment.value): there is no map '\(assignment.name)'; there are \(names)"
      )
    }
    if map.definition.type == .ringBuffer { return try submitRecords(to: map) }
    guard case .array(let entries) = document else {
      throw .badInput("\(assignment.value): the entries of a map are an array of {\"key\": …, \"value\": …}")
    }
    for (index, entry) in entries.enumerated() {
      let pair: (key: [UInt8], value: [UInt8])
      do throws(TypedBytes.Mismatch) {
        pair = try Self.pair(entry, of: map, types: types)
      } catch {
        throw .badInput("\(assignment.value): entry \(index): \(error)")
      }
      do throws(MapError) {
        try map.update(pair.key, to: pair.value, .any)
      } catch {
        throw .badInput("\(assignment.value): entry \(index): \(error)")
      }
    }
  }

  /// Puts the records of `{"records": ["hex"]}` into a ring buffer.
  private func submitRecords(to map: any BPFMap) throws(CommandError) {
    guard let ring = map as? RingBufferMap else {
      throw .badInput("\(assignment.value): in the kernel only programs put records into a ring buffer")
    }
    guard case .object(let members) = document, case .array(let records)? = members["records"],
      members.members.count == 1
    else {
      throw .badInput("\(assignment.value): the contents of a ring buffer are {\"records\": [\"hex\", …]}")
    }
    for (index, record) in records.enumerated() {
      guard case .string(let text) = record else {
        throw .badInput(
          "\(assignment.value): record \(index): a record is hex digits in a string, not \(record.kindName)"
        )
      }
      do {
        try ring.submit(try Hex.bytes(text))
      } catch {
        throw .badInput("\(assignment.value): record \(index): \(error)")
      }
    }
  }

  private static func pair(
    _ entry: JSONValue,
    of map: any BPFMap,
    types: BTF?
  ) throws(TypedBytes.Mismatch) -> (key: [UInt8], value: [UInt8]) {
    let definition = map.definition
    let keys = MapDump.keys(of: definition, types: types)
    let values = TypedBytes(types: types, type: definition.valueType, byteCount: definition.valueSize)
    let wanted = definition.type.isPerCPU ? "values" : "value"
    guard case .object(let members) = entry, let key = members["key"], let value = members[wanted] else {
      throw TypedBytes.Mismatch(description: "an entry has the members \"key\" and \"\(wanted)\"")
    }
    for member in members.members where member.name != "key" && member.name != wanted {
      throw TypedBytes.Mismatch(description: "an entry has no member \"\(member.name)\"")
    }
    let keyBytes = try inside("key") { () throws(TypedBytes.Mismatch) in try keys.bytes(key) }
    let valueBytes = try inside(wanted) { () throws(TypedBytes.Mismatch) in
      definition.type.isPerCPU ? try perCPU(value, values, map) : try values.bytes(value)
    }
    return (keyBytes, valueBytes)
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
