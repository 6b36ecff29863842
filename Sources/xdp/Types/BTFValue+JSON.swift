import BTF

extension BTFValue {
  /// The value as documents have it: whole numbers exact, structs as objects, enumerators by name, addresses in hex.
  var json: JSONValue {
    switch self {
    case .integer(let value): .number(value)
    case .unsigned(let value): .number(value)
    case .float(let value): .real(value)
    case .boolean(let value): .boolean(value)
    case .enumerator(let name, _): .string(name)
    case .pointer(let address): .string("0x" + String(address, radix: 16))
    case .text(let text): .string(text)
    case .array(let elements): .array(elements.map(\.json))
    case .structure(let fields): .object(fields.reduce(into: JSONObject()) { $0[$1.name] = $1.value.json })
    case .bytes(let bytes): .hex(bytes)
    }
  }

  /// The value that a document means; null means none.
  init?(_ json: JSONValue) {
    switch json {
    case .null: return nil
    case .boolean(let truth): self = .boolean(truth)
    case .integer(let number): self = .integer(number)
    case .real(let number): self = .float(number)
    case .string(let text): self = .text(text)
    case .array(let elements):
      var values: [BTFValue] = []
      for element in elements {
        guard let value = BTFValue(element) else { return nil }
        values.append(value)
      }
      self = .array(values)
    case .object(let object):
      var fields: [Field] = []
      for member in object.members {
        guard let value = BTFValue(member.value) else { return nil }
        fields.append(Field(member.name, value))
      }
      self = .structure(fields)
    }
  }
}
