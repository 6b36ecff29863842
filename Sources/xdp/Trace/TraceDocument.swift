import BPF
import BPFRuntime
import XDPDrivers

/// A run as lines of JSON: the packet, each step, the verdict.
struct TraceDocument {
  private let types: TraceTypes
  private let packet: Int
  private var names: PacketNames

  /// Prepares for a run on a packet.
  init(_ packet: TestPacket, types: TraceTypes) {
    self.packet = packet.index
    self.types = types
    names = PacketNames(packet.bytes)
  }

  /// The first line.
  var start: JSONValue {
    mutating get {
      [
        "event": "packet", "packet": .number(packet), "length": .number(names.bytes.count),
        "data": .hex(names.bytes), "layers": .array(names.dissection.layers.map(Self.document)),
      ]
    }
  }

  /// The last line.
  static func end(_ report: PacketReport, _ instructions: UInt64) -> JSONValue {
    guard case .object(var members) = report.document else { return nil }
    members["index"] = nil
    var document: JSONObject = ["event": "verdict", "packet": .number(report.index)]
    for member in members.members where member.name != "index" { document[member.name] = member.value }
    document["instructions"] = .number(instructions)
    document["fields"] = .array(
      PacketText.changes(from: report.input, to: report.bytes).map {
        ["field": .string($0.name), "old": string($0.old), "new": string($0.new)]
      }
    )
    return .object(document)
  }

  private static func string(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

  private static func document(_ layer: PacketLayer) -> JSONValue {
    [
      "name": .string(layer.name), "offset": .number(layer.range.lowerBound),
      "length": .number(layer.range.count),
      "fields": .object(layer.fields.reduce(into: JSONObject()) { $0[$1.name] = .string($1.text) }),
      "problem": string(layer.problem),
    ]
  }

  /// The line of one step.
  mutating func document(_ step: TraceStep) -> JSONValue {
    var document: JSONObject = [
      "event": "step", "packet": .number(packet), "number": .number(step.number),
      "program": .string(step.program.name), "function": .string(step.function), "depth": .number(step.depth),
      "slot": .number(step.slot), "text": .string(Disassembler().text(step.instruction)),
    ]
    if let line = step.line {
      document["file"] = .string(line.file)
      document["line"] = .number(line.line)
    }
    document["reads"] = .object(
      step.inputs.reduce(into: JSONObject()) { $0["\($1.register)"] = value($1.value) }
    )
    if let change = step.change {
      document["writes"] = [
        "register": .string("\(change.register)"), "old": value(change.old), "new": value(change.new),
      ]
    }
    add(step.effect, to: &document)
    names.follow(step)
    return .object(document)
  }

  private func value(_ value: TraceValue?) -> JSONValue { value.map(types.plain) ?? .null }

  private mutating func add(_ effect: TraceStep.Effect, to document: inout JSONObject) {
    switch effect {
    case .none: break
    case .branch(let taken): document["branch"] = .boolean(taken)
    case .memory(let access):
      document["memory"] = [
        "place": .string(access.place.description), "length": .number(access.byteCount),
        "name": Self.string(names.name(of: access.place, byteCount: access.byteCount)),
        "old": .hex(access.old), "new": access.new.map { .hex($0) } ?? .null,
      ]
      if let change = access.mapChange { document["map"] = self.document(change) }
    case .call(let call):
      document["call"] = self.document(call)
      if let change = call.mapChange { document["map"] = self.document(change) }
      if let move = call.packetMove {
        document["moved"] = [
          "head": .number(move.head), "tail": .number(move.tail), "metadata": .number(move.newMetadata),
          "length": .number(move.bytes.count), "linear": .number(move.linearByteCount),
        ]
      }
      if let write = call.packetWrite {
        document["packetWrite"] = [
          "offset": .number(write.offset), "length": .number(write.new.count),
          "name": Self.string(names.name(of: write.offset, byteCount: write.new.count)),
          "old": .hex(write.old), "new": .hex(write.new),
        ]
      }
    case .enter(let function): document["enters"] = .string(function)
    case .leave(let function): document["leaves"] = .string(function)
    case .tailCall(let program): document["tailCall"] = Self.string(program)
    case .end(let result): document["returns"] = value(result)
    case .trap(let trap): document["trap"] = .string(trap.message)
    }
  }

  private func document(_ change: MapChange) -> JSONValue {
    func value(_ bytes: [UInt8]?) -> JSONValue { bytes.map { types.value($0, of: change.map) } ?? .null }
    return [
      "name": .string(change.map.name), "key": change.key.map { types.key($0, of: change.map) } ?? .null,
      "old": value(change.old), "new": value(change.new),
    ]
  }

  private func document(_ call: TraceCall) -> JSONValue {
    let arguments = call.arguments.map { argument -> JSONValue in
      let (name, value) = types.argument(argument, of: call)
      var document: JSONObject = ["name": Self.string(name), "value": value]
      if let written = argument.written { document["written"] = .hex(written) }
      return .object(document)
    }
    return ["name": .string(call.name), "arguments": .array(arguments), "result": value(call.result)]
  }
}
