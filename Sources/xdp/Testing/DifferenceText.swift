import BPF
import BPFRuntime
import BTF
import XDPDrivers

/// Two engines that do not agree, side by side, and what the one of ours did.
struct DifferenceText {
  /// How many bytes and map entries that differ are listed.
  private static let listLimit = 8
  /// How many of the last instructions are printed.
  private static let traceLimit = 500

  private let engines: [any PacketTester]
  private let reports: [PacketReport]
  private let packet: TestPacket?
  private let shadow: Shadow?

  /// Two reports of one packet.
  init(
    _ left: PacketReport,
    _ right: PacketReport,
    of engines: [any PacketTester],
    _ shadow: Shadow?,
    _ packet: TestPacket
  ) {
    reports = [left, right]
    self.engines = engines
    self.packet = packet
    self.shadow = shadow
  }

  /// Maps that differ after all packets.
  init(of engines: [any PacketTester], _ shadow: Shadow?) {
    reports = []
    packet = nil
    self.engines = engines
    self.shadow = shadow
  }

  /// The lines for a person.
  func lines(types: BTF?) throws(CommandError) -> [String] {
    var lines = [agreement]
    var rows = [["", engines[0].engineName, engines[1].engineName]] + verdictRows
    rows += try mapRows(types)
    lines += [""] + TextTable.lines(rows).map { "  " + $0 }
    if packet != nil { lines += trace(types) }
    return lines
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

  private func mapRows(_ types: BTF?) throws(CommandError) -> [[String]] {
    let values = TraceTypes(types: types)
    var rows: [[String]] = [], count = 0
    for entry in try EngineDifference.entries(engines[0].maps, engines[1].maps) {
      count += 1
      guard count <= Self.listLimit else { continue }
      let change = shadow?.trace.lastChange(
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
    return rows.isEmpty ? [["maps", "equal", "equal"]] : rows
  }

  private func trace(_ types: BTF?) -> [String] {
    guard let shadow, let packet else { return [] }
    var lines = [
      "",
      "What \(engines[0].engineName) did, as far as it shows it (\(engines[1].engineName) shows no instructions):",
    ]
    if let report = shadow.report, report.returned != reports[0].returned {
      lines.append("Watched, it returned \(report.returned): the two user-space modes differ too.")
    }
    var text = TraceText(packet.bytes, types: TraceTypes(types: types))
    let shown = shadow.trace.steps.suffix(Self.traceLimit)
    if shadow.trace.count > shown.count {
      lines.append("Of \(shadow.trace.count) instructions the last \(shown.count):")
    }
    for step in shown { lines += text.lines(step) }
    return lines
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
