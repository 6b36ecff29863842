import BPF
import BPFObject

extension Inspection {
  /// The document of `inspect --json`.
  var document: JSONValue {
    [
      "file": .string(object.name),
      "license": .string(object.license),
      "warnings": .array(object.warnings.map(JSONValue.string)),
      "programs": .array(programs.map { document($0) }),
      "maps": .array(object.maps.map { document($0) }),
      "globals": .array(object.globals.map { document($0) }),
      "types": .number(object.btf.map { $0.types.count - 1 } ?? 0),
    ]
  }

  private func document(_ program: InspectedProgram) -> JSONValue {
    let entry = program.entry
    var flags: [JSONValue] = []
    if entry.flags.contains(.frags) { flags.append("frags") }
    if entry.flags.contains(.deviceBound) { flags.append("device-bound") }
    var document: JSONObject = [
      "name": .string(entry.name),
      "section": .string(entry.section),
      "attachType": .string(entry.otherType ?? entry.attachType.name),
      "flags": .array(flags),
      "loadedByDefault": .boolean(!entry.flags.contains(.notLoadedByDefault)),
    ]
    switch program.linked {
    case .failure(let error): document["error"] = .string(error.description)
    case .success(let linked):
      document["slots"] = .number(linked.slotCount)
      document["instructions"] = .number(linked.instructions.count)
      document["functions"] = .array(
        linked.functions.map {
          ["name": .string($0.name), "slot": .number($0.slot), "global": .boolean($0.isGlobal)]
        }
      )
      document["maps"] = .array(linked.usedMaps.map(JSONValue.string))
      document["externs"] = .array(linked.externs.map { self.document($0) })
      document["warnings"] = .array(linked.warnings.map(JSONValue.string))
      if disassembles { document["code"] = .array(code(of: linked)) }
    }
    return .object(document)
  }

  private func document(_ extern: Extern) -> JSONValue {
    [
      "name": .string(extern.name),
      "kind": .string(extern.kind.name),
      "weak": .boolean(extern.isWeak),
      "slots": .array(extern.slots.map { .number($0) }),
    ]
  }

  private func document(_ map: MapDefinition) -> JSONValue {
    var document: JSONObject = [
      "name": .string(map.name),
      "type": .string(map.type.name),
      "keySize": .number(map.keySize),
      "valueSize": .number(map.valueSize),
      "maxEntries": .number(map.maxEntries),
      "flags": .number(map.flags.rawValue),
      "key": typeName(map.keyType).map(JSONValue.string) ?? .null,
      "value": typeName(map.valueType).map(JSONValue.string) ?? .null,
    ]
    if let inner = map.inner.first { document["inner"] = self.document(inner) }
    return .object(document)
  }

  private func document(_ global: GlobalVariable) -> JSONValue {
    [
      "name": .string(global.name),
      "section": .string(global.section),
      "offset": .number(global.offset),
      "size": .number(global.byteCount),
      "type": typeName(global.type).map(JSONValue.string) ?? .null,
      "value": value(of: global),
    ]
  }

  private func code(of program: Program) -> [JSONValue] {
    program.listing.map { slot, instruction in
      var document: JSONObject = ["slot": .number(slot), "text": .string(instruction.description)]
      if let line = program.lines[slot] {
        document["file"] = .string(line.file)
        document["line"] = .number(line.line)
        document["column"] = .number(line.column)
        document["source"] = .string(line.text)
      }
      return .object(document)
    }
  }
}
