import BPF
import BPFRuntime

/// What two engines did up to where they part and a little beyond, side by side.
struct PartingText {
  /// How many steps are shown before the parting, and from it on.
  private static let before: UInt64 = 10, after: UInt64 = 12

  /// What was found.
  let findings: Reenactment.Findings
  private let programs: [Program]
  private let names: [String]

  init(_ programs: [Program], _ findings: Reenactment.Findings, _ names: [String]) {
    self.programs = programs
    self.findings = findings
    self.names = names
  }

  /// Only says why nothing was found.
  init(_ programs: [Program], _ notes: [String]) {
    self.init(programs, Reenactment.Findings(notes: notes), [])
  }

  /// The lines for a person.
  var lines: [String] {
    var lines = [""]
    if let earlier = findings.earlier {
      lines.append("They first part in packet \(earlier.packet), at \(place(earlier.step))")
    }
    if let scene = findings.scene {
      lines.append(headline(scene))
      lines += [""] + TextTable.lines(rows(scene))
    } else if findings.agreed > 0 {
      lines.append(
        "Both did the same, as far as it shows: \(findings.agreed) steps alike in the last packet."
      )
    }
    return lines + (findings.scene == nil ? [] : [""]) + findings.notes
  }

  private func headline(_ scene: Reenactment.Scene) -> String {
    let number = scene.parting.number
    let alike = number == 1 ? "1 step" : "\(number) steps"
    let registers = scene.parting.registers.map { "\($0)" }.joined(separator: " and ")
    let what = registers.isEmpty ? "they go different ways" : "by \(registers)"
    let step = scene.traces.lazy.compactMap { $0[number > 0 && registers.isEmpty ? number - 1 : number] }
      .first
    return "They part in packet \(scene.packet) after \(alike) alike, \(what)"
      + (step.map { ", at \(place($0))" } ?? "")
  }

  // MARK: Side by side

  private func rows(_ scene: Reenactment.Scene) -> [[String]] {
    let parting = scene.parting.number
    let end = scene.traces.map(\.count).max() ?? 0
    let first = max(parting - min(parting, Self.before), scene.traces.map(\.omitted).max() ?? 0)
    var rows = [["", "", names[0], "", "", names[1]]]
    for number in first..<min(end, parting + Self.after) {
      let cells = scene.traces.map { self.cells($0, number, scene.reference) }
      // At one source line, they need it only once.
      let source = cells[0][0] == cells[1][0] ? "" : cells[1][0]
      rows.append([number == parting ? ">" : ""] + cells[0] + [source] + cells[1].dropFirst())
    }
    return rows
  }

  /// The source line, the instruction and what it reads, of a step of one engine.
  private func cells(_ trace: EngineTrace, _ number: UInt64, _ reference: EngineTrace) -> [String] {
    guard let step = trace[number] else { return ["", number == trace.count ? "has ended" : "", ""] }
    let known = reference[number].flatMap { $0.program == step.program && $0.slot == step.slot ? $0 : nil }
    let values = step.values.map { value in
      let name = known?.values.first { $0.register == value.register }?.place
      return "\(value.register) " + Self.text(value.bits, name)
    }
    let program = programs[step.program]
    let line = program.line(at: step.slot)
    let source = line.map { "\(TraceText.shortName($0.file)):\($0.line)" } ?? ""
    let text = program.instruction(at: step.slot).map { Disassembler().text($0) } ?? ""
    return [source, "\(step.slot): \(text)", values.joined(separator: ", ")]
  }

  private static func text(_ bits: UInt64, _ name: String?) -> String {
    if let name, bits != 0 { return name }
    return bits < 1 << 40
      ? TraceValue(bits: bits).description
      : bits >= 0xffff_ffff_0000_0000
        ? "\(Int64(bitPattern: bits))" : "0x" + String(bits, radix: 16)
  }

  private func place(_ step: EngineTrace.Step) -> String {
    let program = programs[step.program]
    guard let line = program.line(at: step.slot) else { return "slot \(step.slot) of \(program.name)" }
    return "\(TraceText.shortName(line.file)):\(line.line)  \(TraceText.trimmed(line.text))"
  }

  // MARK: JSON

  /// The document; null where the two do not part.
  var document: JSONValue {
    guard let scene = findings.scene else { return nil }
    let engines = zip(names, scene.traces).map { name, trace -> JSONValue in
      guard let step = trace[scene.parting.number] else { return ["engine": .string(name), "slot": nil] }
      let program = programs[step.program], line = program.line(at: step.slot)
      return [
        "engine": .string(name), "program": .string(program.name), "slot": .number(step.slot),
        "file": line.map { .string($0.file) } ?? .null, "line": line.map { .number($0.line) } ?? .null,
        "text": .string(program.instruction(at: step.slot).map { Disassembler().text($0) } ?? ""),
        "reads": .object(
          step.values.reduce(into: JSONObject()) { $0["\($1.register)"] = .number($1.bits) }
        ),
      ]
    }
    return [
      "packet": .number(scene.packet), "step": .number(scene.parting.number),
      "registers": .array(scene.parting.registers.map { .string("\($0)") }), "engines": .array(engines),
    ]
  }
}
