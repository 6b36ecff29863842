import BPF
import BTF
import XDPDrivers

/// Two engines that do not agree, side by side: their results, and what they did.
struct DifferenceText {
  /// How many bytes and map entries that differ are listed.
  private static let listLimit = 8

  private let engines: [any PacketTester]
  private let reports: [PacketReport]
  private let packet: TestPacket?

  /// Two reports of one packet.
  init(
    _ left: PacketReport,
    _ right: PacketReport,
    of engines: [any PacketTester],
    _ packet: TestPacket
  ) {
    reports = [left, right]
    self.engines = engines
    self.packet = packet
  }

  /// Maps that differ after all packets.
  init(of engines: [any PacketTester]) {
    reports = []
    packet = nil
    self.engines = engines
  }

  /// The two results, none where only maps at the end differ.
  var results: [PacketReport] { reports }

  /// The lines for a person; `changes` tells where map entries were changed.
  func lines(types: BTF?, changes: TraceRecorder?) throws(CommandError) -> [String] {
    var rows = [["", engines[0].engineName, engines[1].engineName]] + verdictRows
    rows += try mapRows(types, changes)
    return [agreement, ""] + TextTable.lines(rows).map { "  " + $0 }
  }

  /// The last point where things are known to agree.
  private var agreement: String {
    guard let packet else { return "They agree about every packet: verdict, bytes and metadata." }
    if packet.index == 0 { return "It is the first packet: nothing was compared before it." }
    return "They agree about every packet before it: verdict, bytes and metadata."
  }

  private var verdictRows: [[String]] {
    guard reports.count == 2 else { return [] }
    func cell(_ text: (PacketReport) -> String) -> [String] { reports.map(text) }
    var rows = [["verdict"] + cell(TracePrinter.verdict), ["returned"] + cell { "\($0.returned)" }]
    rows.append(["length"] + cell { "\($0.bytes.count)" })
    if reports[0].metadata != reports[1].metadata {
      rows.append(["metadata"] + cell { Hex.text($0.metadata) })
    }
    let (left, right) = (reports[0].bytes, reports[1].bytes)
    let others = (0..<max(left.count, right.count)).filter { index in
      index >= left.count || index >= right.count || left[index] != right[index]
    }
    let dissection = PacketDissection(left)
    for index in others.prefix(Self.listLimit) {
      let name = dissection.fields(at: index..<index + 1).map { layer, fields in
        ", \(layer.name) " + fields.map(\.name).joined(separator: ", ")
      }
      rows.append(
        ["byte \(index)\(name ?? "")"] + cell { index < $0.bytes.count ? Hex.text([$0.bytes[index]]) : "" }
      )
    }
    if others.count > Self.listLimit { rows.append(["… and \(others.count - Self.listLimit) more bytes"]) }
    for trap in reports.compactMap(\.trap) { rows.append(["trap", "\(trap)"]) }
    return rows
  }

  private func mapRows(_ types: BTF?, _ changes: TraceRecorder?) throws(CommandError) -> [[String]] {
    let values = TraceTypes(types: types)
    var rows: [[String]] = [], count = 0
    for entry in try EngineDifference.entries(engines[0].maps, engines[1].maps) {
      count += 1
      guard count <= Self.listLimit else { continue }
      let change = changes?.lastChange(
        of: TraceRecorder.Entry(map: entry.definition.name, key: entry.key)
      )
      let key = JSONText.line(MapDump.keys(of: entry.definition, types: types).json(entry.key))
      rows.append(
        [
          "\(entry.definition.name)[\(key)]", values.text(entry.left, of: entry.definition),
          values.text(entry.right, of: entry.definition), change.map { "changed last by \($0)" } ?? "",
        ]
      )
    }
    if count > Self.listLimit { rows.append(["… and \(count - Self.listLimit) more entries"]) }
    let records = try EngineDifference.records(engines[0].maps, engines[1].maps)
    rows += records.prefix(Self.listLimit).map(Self.row)
    if records.count > Self.listLimit {
      rows.append(["… and \(records.count - Self.listLimit) more records"])
    }
    guard rows.isEmpty else { return rows }
    // What is left are maps in maps.
    guard let field = try EngineDifference.map(engines[0].maps, engines[1].maps) else {
      return [["maps", "equal", "equal"]]
    }
    return [[field, "other contents", "other contents"]]
  }

  /// A record that differs: its first other byte, or its lengths.
  static func row(_ record: EngineDifference.Record) -> [String] {
    let name = "\(record.definition.name), record \(record.index)"
    if let left = record.left, let right = record.right,
      let index = left.indices.first(where: { $0 < right.count && left[$0] != right[$0] })
    {
      return ["\(name), byte \(index)", Hex.text([left[index]]), Hex.text([right[index]])]
    }
    return [name] + [record.left, record.right].map { $0.map { "\($0.count) bytes" } ?? "nothing" }
  }
}

extension TraceTypes {
  /// A value as the control plane has it, of all CPUs for a per-CPU map.
  fileprivate func text(_ bytes: [UInt8]?, of definition: MapDefinition) -> String {
    guard let bytes else { return "nothing" }
    let type = TypedBytes(types: types, type: definition.valueType, byteCount: definition.valueSize)
    guard definition.type.isPerCPU else { return JSONText.line(type.json(bytes)) }
    let step = max(8, (definition.valueSize + 7) & ~7)
    let values = stride(from: 0, to: bytes.count, by: step).map { start in
      type.json(Array(bytes[start..<min(start + definition.valueSize, bytes.count)]))
    }
    return JSONText.line(.array(values))
  }
}
