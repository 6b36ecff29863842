import BPF
import BPFRuntime
import BTF

/// Keys, values and arguments of a trace by their types.
struct TraceTypes {
  /// The object's types, if it has any.
  let types: BTF?

  /// A key of a map.
  func key(_ bytes: [UInt8], of map: TraceMap) -> JSONValue {
    MapDump.keys(of: map.map.definition, types: types).json(bytes)
  }

  /// A value of a map, of one CPU.
  func value(_ bytes: [UInt8], of map: TraceMap) -> JSONValue {
    let definition = map.map.definition
    return TypedBytes(types: types, type: definition.valueType, byteCount: definition.valueSize).json(bytes)
  }

  /// The member that lies at an offset of a map's value, such as `.credit`; `+8` where types do not say.
  func member(of map: TraceMap, at offset: Int) -> String {
    let type = map.map.definition.valueType
    switch types.map({ $0[$0.resolved(type)] }) {
    case .structure(let composite)?:
      for member in composite.members where member.bitOffset == offset * 8 && member.bitFieldWidth == 0 {
        return "." + member.name
      }
    case .dataSection(_, _, let variables)?:
      for variable in variables where variable.offset == offset {
        return " " + (types?.name(of: variable.type) ?? "")
      }
    default: break
    }
    return offset == 0 ? "" : "+\(offset)"
  }

  /// What an argument is called and what it is, such as `key` and a structure.
  func argument(_ argument: TraceCall.Argument, of call: TraceCall) -> (name: String?, value: JSONValue) {
    switch argument.kind {
    case .map?: return ("map", .string(call.map?.name ?? "\(argument.value.map(\.description) ?? "none")"))
    case .mapKey?:
      if let map = call.map, let bytes = argument.bytes { return ("key", key(bytes, of: map)) }
    case .mapValue?, .mapValueOut?:
      if let map = call.map, let bytes = argument.bytes { return ("value", value(bytes, of: map)) }
    default: break
    }
    guard let value = argument.value else { return (nil, nil) }
    if let bytes = argument.bytes, value.place != nil { return (nil, .hex(bytes)) }
    return (nil, plain(value))
  }

  /// A number, or the name of a place.
  func plain(_ value: TraceValue) -> JSONValue {
    value.place.map { .string($0.description) } ?? .number(value.bits)
  }

  /// A helper's result: errors by their name.
  static func text(ofResult value: TraceValue) -> String {
    let signed = Int64(bitPattern: value.bits)
    guard value.place == nil, (-4095..<0).contains(signed) else { return value.description }
    return "\(signed) (\(LinuxErrno(rawValue: Int32(-signed)).name))"
  }
}
