import BPF
import BTF

/// The maps that a case declares.
struct CaseMaps {
  private(set) var definitions: [MapDefinition] = []

  /// The names, in the order of `Program.maps`.
  var names: [String] { definitions.map(\.name) }

  init(_ lines: [CaseLine], _ types: inout TypeNotation) throws(CaseFault) {
    for line in lines {
      let definition = try definition(line, &types)
      guard !names.contains(definition.name) else { throw line.fault("a second map '\(definition.name)'") }
      definitions.append(definition)
    }
  }

  private func definition(_ line: CaseLine, _ types: inout TypeNotation) throws(CaseFault) -> MapDefinition {
    let words = line.text.split(separator: " ")
    guard words.count >= 5 else { throw line.fault("a map has a name, a type, key, value and entries") }
    guard let type = MapType.allCases.first(where: { $0.name == words[1] }) else {
      throw line.fault("'\(words[1])' is no type of map")
    }
    var numbers: [Int] = []
    for word in words[2..<5] {
      guard let number = Int(word) else { throw line.fault("'\(word)' is no number") }
      numbers.append(number)
    }
    var definition = MapDefinition(
      name: String(words[0]),
      type: type,
      keySize: numbers[0],
      valueSize: numbers[1],
      maxEntries: numbers[2]
    )
    for word in words[5...] {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { throw line.fault("'\(word)' is no 'name=value'") }
      try set(parts[0], parts[1], in: &definition, line, &types)
    }
    return definition
  }

  private func set(
    _ name: Substring,
    _ value: Substring,
    in definition: inout MapDefinition,
    _ line: CaseLine,
    _ types: inout TypeNotation
  ) throws(CaseFault) {
    switch name {
    case "value":
      guard let type = types.structure(named: String(value)) else { throw line.fault("no struct '\(value)'") }
      definition.valueType = type
      definition.keyType = types.key(byteCount: definition.keySize)
      definition.fields = definition.kernelFields(in: types.btf)
      if types.byteCount(of: type) != definition.valueSize {
        throw line.fault("'\(value)' has \(types.byteCount(of: type)) bytes")
      }
    case "inner":
      guard let inner = definitions.firstIndex(where: { $0.name == value }) else {
        throw line.fault("no map '\(value)' before this one")
      }
      definition.inner = [definitions[inner]]
      definition.initialContents = .maps(definition.type == .arrayOfMaps ? [0: inner] : [:])
    case "flags":
      guard let bits = UInt32(value) else { throw line.fault("'\(value)' is no number") }
      definition.flags = MapFlags(rawValue: bits)
    case "extra":
      guard let extra = UInt64(value) else { throw line.fault("'\(value)' is no number") }
      definition.extra = extra
    case "holds":
      var bytes: [UInt8] = []
      var rest = value
      while let byte = UInt8(rest.prefix(2), radix: 16) {
        bytes.append(byte)
        rest = rest.dropFirst(2)
      }
      guard rest.isEmpty, bytes.count == definition.valueSize else {
        throw line.fault("'\(value)' is not \(definition.valueSize) bytes in hex")
      }
      definition.flags.insert(.readOnlyForPrograms)
      definition.initialContents = .section(.readOnly, bytes)
    default: throw line.fault("'\(name)' is neither 'value' nor 'inner' nor 'flags' nor 'extra' nor 'holds'")
    }
  }
}
