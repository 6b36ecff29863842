import BPF
import BPFObject
import BTF

/// Everything that an object says, as text that a person can check against its source.
struct ObjectListing {
  private(set) var text = ""

  /// Lists an object and all programs that it links to, loaded by default or not.
  init(_ object: ObjectFile, kernel: BTF? = nil, kconfig: [String: KconfigValue] = [:]) throws {
    text += "license '\(object.license)'\n"
    for warning in object.warnings { text += "warning \(warning)\n" }
    for (index, map) in object.maps.enumerated() { text += "map \(index) " + Self.text(map, object.btf) }
    for global in object.globals {
      let type = object.btf.map { " type '\($0.name(of: $0.resolved(global.type)))'" } ?? ""
      text += "global \(global.name) in \(global.section) (map \(global.map)) at \(global.offset), "
      text += "\(global.byteCount) bytes\(type) = \(object.bytes(of: global))\n"
    }
    for entry in object.entries {
      let program = try object.linked(entry.name, kernel: kernel, kconfig: kconfig)
      append(program, isLoaded: !entry.flags.contains(.notLoadedByDefault))
    }
  }

  private mutating func append(_ program: Program, isLoaded: Bool) {
    let frags = program.flags.contains(.frags) ? ", frags" : ""
    text += "\nprogram \(program.name) in '\(program.section)', \(program.attachType)\(frags)"
    text += isLoaded ? "\n" : ", not loaded by default\n"
    for extern in program.externs {
      text += "extern \(extern.name): \(extern.isWeak ? "weak " : "")\(extern.kind) at \(extern.slots)\n"
    }
    for warning in program.warnings { text += "warning \(warning)\n" }
    for map in program.maps {
      if case .section(.kconfig, let bytes) = map.initialContents { text += "\(map.name) = \(bytes)\n" }
    }
    var slot = 0
    for instruction in program.instructions {
      for function in program.functions where function.slot == slot {
        text += "\(function.name) (\(function.isGlobal ? "global" : "static"), type "
        text += "'\(program.btf?.name(of: function.type) ?? "")'):\n"
      }
      if let line = program.lines[slot] {
        text += "; \(line.file):\(line.line):\(line.column) \(line.text)\n"
      }
      text += "  \(slot): \(instruction)\n"
      slot += instruction.slotCount
    }
  }

  private static func text(_ map: MapDefinition, _ btf: BTF?) -> String {
    var text =
      "\(map.name): \(map.type), key \(map.keySize), value \(map.valueSize), entries \(map.maxEntries)"
    if !map.flags.isEmpty { text += ", flags \(map.flags.rawValue)" }
    if map.extra != 0 { text += ", extra \(map.extra)" }
    if map.numaNode != 0 { text += ", node \(map.numaNode)" }
    if map.isPinnedByName { text += ", pinned" }
    if let btf, map.keyType != 0 || map.valueType != 0 {
      text += ", types '\(btf.name(of: map.keyType))' and '\(btf.name(of: map.valueType))'"
    }
    switch map.initialContents {
    case .none: break
    case .section(let kind, let bytes): text += ", \(kind) \(bytes)"
    case .maps(let maps): text += ", maps \(maps.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" })"
    case .programs(let programs):
      text += ", programs \(programs.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" })"
    }
    text += "\n"
    for inner in map.inner { text += "    of " + Self.text(inner, btf) }
    return text
  }
}
