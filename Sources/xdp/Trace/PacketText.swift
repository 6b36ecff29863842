import XDPDrivers

/// A packet for a person: its headers by name, and a hex dump of what is left.
enum PacketText {
  /// How many bytes without a header are shown.
  static let dumpLimit = 256

  /// One line a header, then the first `dump` bytes of the rest.
  static func lines(_ bytes: [UInt8], dump limit: Int = dumpLimit) -> [String] {
    let dissection = PacketDissection(bytes)
    let rows = dissection.layers.map { layer -> [String] in
      let facts = [layer.summary, layer.problem ?? ""].filter { !$0.isEmpty }
      return ["\(layer.range.lowerBound)", layer.name, facts.joined(separator: "; ")]
    }
    return TextTable.lines(rows, rightAligned: [0]) + dump(bytes, dissection.rest, limit)
  }

  /// Sixteen bytes a line, with their offset and their characters.
  private static func dump(_ bytes: [UInt8], _ range: Range<Int>, _ limit: Int) -> [String] {
    let shown = range.prefix(limit)
    var lines = stride(from: shown.startIndex, to: shown.endIndex, by: 16).map { start in
      let row = bytes[start..<min(start + 16, shown.endIndex)]
      let digits = row.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
      let text = row.map { (32..<127).contains($0) ? Character(UnicodeScalar($0)) : "." }
      let padding = String(repeating: " ", count: 47 - digits.count)
      return String(repeating: " ", count: max(0, 4 - "\(start)".count))
        + "\(start)  \(digits)\(padding)  \(String(text))"
    }
    if range.count > limit, limit > 0 { lines.append("      … \(range.count - limit) more bytes") }
    return lines
  }

  /// A field that is not what it was, or that was or is not there.
  struct Change: Hashable {
    var name: String
    var old: String?
    var new: String?
  }

  /// The headers' fields that differ, headers that came or went, and whether the bytes without a header differ.
  static func changes(from old: [UInt8], to new: [UInt8]) -> [Change] {
    guard old != new else { return [] }
    let before = PacketDissection(old), after = PacketDissection(new)
    let olds = named(before), news = named(after)
    var changes: [Change] = []
    for (name, layer) in olds {
      guard let now = news.first(where: { $0.name == name })?.layer else {
        changes.append(Change(name: name, old: layer.summary, new: nil))
        continue
      }
      let fields =
        layer.fields.map(\.name) + now.fields.map(\.name).filter { !layer.fields.map(\.name).contains($0) }
      for field in fields {
        let texts = [layer, now].map { $0.fields.first { $0.name == field }?.text }
        if texts[0] != texts[1] {
          changes.append(Change(name: "\(name) \(field)", old: texts[0], new: texts[1]))
        }
      }
    }
    for (name, layer) in news where !olds.contains(where: { $0.name == name }) {
      changes.append(Change(name: name, old: nil, new: layer.summary))
    }
    if old[before.rest] != new[after.rest] {
      changes.append(
        Change(name: "rest", old: "\(before.rest.count) bytes", new: "\(after.rest.count) bytes, others")
      )
    }
    return changes
  }

  /// The headers by name; the second one of a name is `IPv4 2`.
  private static func named(_ dissection: PacketDissection) -> [(name: String, layer: PacketLayer)] {
    var seen: [String: Int] = [:]
    return dissection.layers.map { layer in
      let count = (seen[layer.name] ?? 0) + 1
      seen[layer.name] = count
      return (layer.name + (count > 1 ? " \(count)" : ""), layer)
    }
  }
}
