import BPF
import BPFObject

extension Inspection {
  /// What `inspect` prints for a person.
  var lines: [String] {
    var lines = [headline]
    lines += section("programs", programs.map(row))
    lines += section("maps", object.maps.map(row))
    lines += section("globals", object.globals.map(row))
    if disassembles {
      for program in programs {
        if case .success(let linked) = program.linked { lines += [""] + listing(of: linked) }
      }
    }
    return lines
  }

  private var headline: String {
    let license = object.license.isEmpty ? "no license" : "license \(object.license)"
    let types = object.btf.map { "\($0.types.count - 1) types" } ?? "no types"
    return "\(object.name): \(license), \(types)"
  }

  private func section(_ title: String, _ rows: [[String]]) -> [String] {
    rows.isEmpty ? [] : ["", emphasized(title)] + TextTable.lines(rows).map { "  " + $0 }
  }

  private func row(_ program: InspectedProgram) -> [String] {
    let entry = program.entry
    switch program.linked {
    case .failure: return [entry.name, entry.section, "cannot be linked"]
    case .success(let linked):
      var facts = ["\(linked.instructions.count) instruction\(linked.instructions.count == 1 ? "" : "s")"]
      if linked.functions.count > 1 { facts.append("\(linked.functions.count) functions") }
      if !linked.usedMaps.isEmpty { facts.append("maps " + linked.usedMaps.joined(separator: ", ")) }
      if !linked.externs.isEmpty {
        facts.append("externs " + linked.externs.map(\.name).joined(separator: ", "))
      }
      if let type = entry.otherType {
        facts.append("a \(type) program, which cannot be run here")
      } else if entry.flags.contains(.notLoadedByDefault) {
        facts.append("only loaded by name")
      }
      return [entry.name, entry.section, facts.joined(separator: "; ")]
    }
  }

  private func row(_ map: MapDefinition) -> [String] {
    let key = typeName(map.keyType) ?? "\(map.keySize) bytes"
    let value = typeName(map.valueType) ?? "\(map.valueSize) bytes"
    return [
      map.name, map.type.name, map.keySize == 0 ? "" : "\(key) →", map.valueSize == 0 ? "" : value,
      map.type == .ringBuffer ? "\(map.maxEntries) bytes" : "\(map.maxEntries) entries",
    ]
  }

  private func row(_ global: GlobalVariable) -> [String] {
    [
      global.name, global.section, typeName(global.type) ?? "\(global.byteCount) bytes",
      "= " + JSONText.line(value(of: global)),
    ]
  }

  private func listing(of program: Program) -> [String] {
    var lines: [String] = []
    var shown: SourceLine?
    let starts = Dictionary(
      program.functions.map { ($0.slot, $0.name) },
      uniquingKeysWith: { first, _ in first }
    )
    for (slot, instruction) in program.listing {
      if let name = starts[slot] { lines.append((lines.isEmpty ? "" : "\n") + emphasized(name + ":")) }
      if let line = program.lines[slot], line.line > 0, (line.file, line.line) != (shown?.file, shown?.line) {
        shown = line
        let place = "\(line.file):\(line.line)"
        let text = line.text.drop { $0 == " " || $0 == "\t" }
        lines.append(dimmed("; \(text.isEmpty ? "" : text + "  ")@ \(place)"))
      }
      let digits = String(slot)
      let text =
        String(repeating: " ", count: max(0, 5 - digits.count)) + digits + ": " + instruction.description
      lines.append(program.mapName(in: instruction).map { text + dimmed("  ; \($0)") } ?? text)
    }
    return lines
  }

  private func emphasized(_ text: String) -> String { Console.styled(text, .bold, on: Terminal.isOutput) }
  private func dimmed(_ text: String) -> String { Console.styled(text, .blue, on: Terminal.isOutput) }
}
