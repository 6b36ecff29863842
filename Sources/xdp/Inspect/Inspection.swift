import BPF
import BPFObject
import BTF

/// What `xdp inspect` found in an object.
struct Inspection {
  /// One program of the object.
  struct InspectedProgram {
    var entry: ProgramEntry
    /// The linked program, or why it cannot be linked.
    var linked: Result<Program, CommandError>
  }

  let object: ObjectFile
  let programs: [InspectedProgram]
  let disassembles: Bool

  /// Looks at all programs, or at the one that is named.
  init(_ opened: OpenedObject, program name: String?, disassembles: Bool) throws(CommandError) {
    object = opened.object
    self.disassembles = disassembles
    if let name, !object.entries.contains(where: { $0.name == name }) {
      let names = object.entries.map(\.name).joined(separator: ", ")
      throw .badInput("'\(object.name)' has no program '\(name)'; it has \(names.isEmpty ? "none" : names)")
    }
    var programs: [InspectedProgram] = []
    for entry in opened.object.entries where name == nil || entry.name == name {
      do throws(CommandError) {
        programs.append(InspectedProgram(entry: entry, linked: .success(try opened.link(entry.name))))
      } catch {
        programs.append(InspectedProgram(entry: entry, linked: .failure(error)))
      }
    }
    self.programs = programs
  }

  /// The programs that cannot be linked, with the reason.
  var failures: [(name: String, reason: String)] {
    programs.compactMap { program in
      guard case .failure(let error) = program.linked else { return nil }
      return (program.entry.name, error.description)
    }
  }

  /// A type of the object as C writes it, or nil where it is unknown.
  func typeName(_ id: BTF.TypeID) -> String? {
    guard id != 0, let types = object.btf else { return nil }
    if case .dataSection = types[id] { return nil }
    var printer = CPrinter(types)
    return printer.declaration(of: id, named: "")
  }

  /// The value of a global as JSON, by its type, or as hex.
  func value(of global: GlobalVariable) -> JSONValue {
    TypedBytes(types: object.btf, type: global.type, byteCount: global.byteCount)
      .json(object.bytes(of: global))
  }
}

extension AttachType {
  /// As section names and documents write it.
  var name: String {
    switch self {
    case .xdp: "xdp"
    case .devmap: "xdp/devmap"
    case .cpumap: "xdp/cpumap"
    }
  }
}

extension Extern.Kind {
  /// As documents write it.
  var name: String {
    switch self {
    case .function: "function"
    case .variable: "variable"
    case .symbol: "symbol"
    }
  }
}

extension Program {
  /// The names of the maps that the instructions refer to, in order of their index.
  var usedMaps: [String] {
    Set(instructions.compactMap(mapIndex)).sorted().map { maps[$0].name }
  }

  /// The name of the map that an instruction refers to.
  func mapName(in instruction: Instruction) -> String? { mapIndex(instruction).map { maps[$0].name } }

  private func mapIndex(_ instruction: Instruction) -> Int? {
    guard case .loadImmediate(_, let value) = instruction else { return nil }
    switch value {
    case .map(let index), .mapValue(let index, _): return maps.indices.contains(Int(index)) ? Int(index) : nil
    default: return nil
    }
  }

  /// The instructions with their slots.
  var listing: [(slot: Int, instruction: Instruction)] {
    var slot = 0
    return instructions.map { instruction in
      defer { slot += instruction.slotCount }
      return (slot, instruction)
    }
  }
}
