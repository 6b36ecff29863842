import BPF
import BTF

/// The maps of a program for a person: what is in them, up to some entries each.
enum MapText {
  /// How many entries of one map are printed.
  static let limit = 16

  /// A head line and lines of entries for each map that is not empty.
  static func lines(of maps: [any BPFMap], types: BTF?) throws(CommandError) -> [String] {
    var lines: [String] = []
    for map in maps where MapDump.isShown(map.definition) {
      let entries = entries(try MapDump(map, types: types).document())
      guard !entries.isEmpty else { continue }
      let head = Console.styled(map.definition.name, .bold, on: Terminal.isOutput)
      lines += ["", "\(head) (\(map.definition.type.name))"]
      lines += entries.prefix(limit).map { "  " + $0 }
      if entries.count > limit { lines.append("  … and \(entries.count - limit) more (all with --json)") }
    }
    return lines
  }

  /// All entries of one map, a line each.
  static func entryLines(of map: any BPFMap, types: BTF?) throws(CommandError) -> [String] {
    entries(try MapDump(map, types: types).document())
  }

  private static func entries(_ document: JSONValue) -> [String] {
    switch document {
    case .object(let object):
      guard case .array(let records)? = object["records"] else { return [] }
      return records.map(JSONText.line)
    case .array(let entries):
      return entries.map { entry in
        guard case .object(let members) = entry, let key = members["key"] else { return JSONText.line(entry) }
        let value = members["value"] ?? members["values"] ?? .null
        return "\(JSONText.line(key)) → \(JSONText.line(value))"
      }
    default: return []
    }
  }
}
