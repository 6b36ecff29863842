import BPF
import BPFRuntime
import XDPTypes

/// A run for a person: every instruction with what it changed, below the source line that it comes from.
struct TraceText {
  private let types: TraceTypes
  private var names: PacketNames
  private var source: SourceLine?
  private var function: String?

  /// Prepares for a run on a packet.
  init(_ packet: [UInt8], types: TraceTypes) {
    names = PacketNames(packet)
    self.types = types
  }

  /// The lines of one step.
  mutating func lines(_ step: TraceStep) -> [String] {
    var lines = head(of: step)
    let slot = "\(step.slot)", indent = String(repeating: "  ", count: step.depth)
    let text = indent + Disassembler().text(step.instruction)
    var line = String(repeating: " ", count: max(0, 6 - slot.count)) + slot + "  " + text
    let note = note(on: step)
    if !note.isEmpty {
      line += String(repeating: " ", count: max(1, 42 - text.count)) + dim(note)
    }
    lines.append(line)
    lines += details(of: step).map { "          " + indent + $0 }
    names.follow(step)
    return lines
  }

  private func dim(_ text: String) -> String { Console.styled(text, .dim, on: Terminal.isOutput) }

  /// The source line where it is another, the function where the program has no lines.
  private mutating func head(of step: TraceStep) -> [String] {
    let line = step.line
    defer { source = line }
    if let line {
      guard line.file != source?.file || line.line != source?.line else { return [] }
      let place = Console.styled("\(Self.shortName(line.file)):\(line.line)", .blue, on: Terminal.isOutput)
      return [place + "  " + Console.styled(Self.trimmed(line.text), .bold, on: Terminal.isOutput)]
    }
    defer { function = step.function }
    return function == step.function ? [] : [Console.styled(step.function, .bold, on: Terminal.isOutput)]
  }

  /// The last part of a path.
  static func shortName(_ file: String) -> String { file.split(separator: "/").last.map(String.init) ?? file }

  /// Without spaces around it.
  static func trimmed(_ text: String) -> String {
    let start = text.drop { $0.isWhitespace }
    let end = start.lastIndex { !$0.isWhitespace }
    return end.map { String(start[...$0]) } ?? ""
  }

  /// What stands beside the instruction.
  private mutating func note(on step: TraceStep) -> String {
    switch step.effect {
    case .branch(let taken):
      return (comparison(step).map { "\($0): " } ?? "") + (taken ? "jumps" : "goes on")
    case .end(let value): return "returns \(value)"
    case .leave(let function): return "leaves \(function)"
    case .enter(let function): return "enters \(function)"
    case .tailCall(let program?): return "goes to program \(program)"
    case .tailCall(nil): return "no such program: goes on"
    case .trap: return ""
    case .memory(let access):
      if let new = access.new {
        return [stored(access, new), register(step)].compactMap(\.self).joined(separator: ", ")
      }
      let place = names.name(of: access.place, byteCount: access.byteCount)
      return (register(step) ?? "") + " from \(access.place)" + (place.map { ", \($0)" } ?? "")
    case .call, .none: return register(step) ?? ""
    }
  }

  private func register(_ step: TraceStep) -> String? {
    guard let change = step.change, let new = change.new else { return nil }
    var text = new.description
    if case .call = step.effect { text = TraceTypes.text(ofResult: new) }
    guard let old = change.old, old != new else { return "\(change.register) = \(text)" }
    return "\(change.register): \(old) → \(text)"
  }

  private func stored(_ access: TraceAccess, _ new: [UInt8]) -> String {
    "\(access.place): \(Hex.text(access.old)) → \(Hex.text(new))"
  }

  private func comparison(_ step: TraceStep) -> String? {
    guard case .branch(let comparison, let width, let register, let operand, _) = step.instruction,
      let left = step.input(register)
    else { return nil }
    // In hexadecimal, as the instruction has its constants.
    func shown(_ value: TraceValue) -> String {
      guard value.place == nil else { return value.description }
      return "0x" + String(width == .word ? value.bits & 0xffff_ffff : value.bits, radix: 16)
    }
    let right =
      switch operand {
      case .register(let register): step.input(register).map(shown) ?? "?"
      case .immediate(let value): shown(TraceValue(bits: UInt64(bitPattern: Int64(value))))
      }
    return "\(shown(left)) \(comparison.symbol) \(right)"
  }

  /// The lines below the instruction: arguments of a call, changes of maps and of the packet, a trap.
  private mutating func details(of step: TraceStep) -> [String] {
    switch step.effect {
    case .trap(let trap): return [Console.styled("stopped: \(trap.message)", .red, on: Terminal.isOutput)]
    case .memory(let access): return access.mapChange.map { [text($0)] } ?? []
    case .call(let call):
      var lines: [String] = []
      let arguments = call.arguments.map { argument in
        let (name, value) = types.argument(argument, of: call)
        return (name.map { "\($0) " } ?? "") + Self.plain(value)
      }
      if !arguments.isEmpty { lines.append("\(call.name)(\(arguments.joined(separator: ", ")))") }
      for argument in call.arguments {
        if let written = argument.written { lines.append("\(argument.register) wrote \(Hex.text(written))") }
      }
      if let change = call.mapChange { lines.append(text(change)) }
      if let move = call.packetMove { lines.append(Self.text(move)) }
      if let write = call.packetWrite {
        let name = names.name(of: write.offset, byteCount: write.new.count).map { ", \($0)" } ?? ""
        lines.append("pkt+\(write.offset)\(name): \(Hex.text(write.old)) → \(Hex.text(write.new))")
      }
      return lines
    default: return []
    }
  }

  /// A string without its quotes, anything else as JSON.
  private static func plain(_ value: JSONValue) -> String {
    if case .string(let text) = value { text } else { JSONText.line(value) }
  }

  private func text(_ change: MapChange) -> String {
    func shown(_ bytes: [UInt8]?) -> String {
      bytes.map { JSONText.line(types.value($0, of: change.map)) } ?? "nothing"
    }
    let key = change.key.map { "[\(JSONText.line(types.key($0, of: change.map)))]" } ?? ""
    return Console.styled(
      "\(change.map.name)\(key): \(shown(change.old)) → \(shown(change.new))",
      .yellow,
      on: Terminal.isOutput
    )
  }

  private static func text(_ move: PacketMove) -> String {
    var facts: [String] = []
    if move.head != 0 { facts.append("its start moved by \(move.head)") }
    if move.tail != 0 { facts.append("its end moved by \(move.tail)") }
    if move.oldMetadata != move.newMetadata {
      facts.append("metadata of \(move.newMetadata) bytes, before \(move.oldMetadata)")
    }
    let length = "it has \(move.bytes.count) bytes now"
    let linear =
      move.linearByteCount == move.bytes.count ? "" : ", \(move.linearByteCount) of them in the linear part"
    return "packet: " + (facts + [length + linear]).joined(separator: "; ")
  }
}
