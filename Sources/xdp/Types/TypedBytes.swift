import BTF

/// A key, value or variable: its bytes as JSON by their type, or as hex where the type is unknown.
struct TypedBytes {
  /// The object's types, if it has any.
  let types: BTF?
  /// The bytes' type; 0 where it is unknown.
  let type: BTF.TypeID
  /// How many there are.
  let byteCount: Int
  /// Whether bytes of unknown type are shown as an unsigned number.
  var isNumber = false

  /// Why a document is no value of the type.
  struct Mismatch: Error, CustomStringConvertible { let description: String }

  /// The bytes as JSON.
  func json(_ bytes: [UInt8]) -> JSONValue {
    if let types = knownTypes, let value = try? types.decode(bytes, as: type) { return value.json }
    if isNumber, byteCount <= 8 {
      return .number(bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
    return .hex(bytes)
  }

  /// The bytes that a document means: a value of the type, or hex digits.
  func bytes(_ json: JSONValue) throws(Mismatch) -> [UInt8] {
    guard let types = knownTypes else { return try hex(json) }
    guard let value = BTFValue(json) else { throw Mismatch(description: "null is no value") }
    do throws(BTFError) {
      return try types.encode(value, as: type)
    } catch {
      // Structs and arrays may also be spelled out in hex.
      if case .text = value, let bytes = try? hex(json) { return bytes }
      throw Mismatch(description: error.description)
    }
  }

  /// The types, where they agree with the number of bytes.
  private var knownTypes: BTF? {
    guard type != 0, let types, types.byteCount(of: type) == byteCount else { return nil }
    return types
  }

  private func hex(_ json: JSONValue) throws(Mismatch) -> [UInt8] {
    if case .integer(let number) = json, [1, 2, 4, 8].contains(byteCount) { return try littleEndian(number) }
    guard case .string(let text) = json else {
      throw Mismatch(
        description:
          "\(byteCount) bytes without a known type are hex digits in a string, not \(json.kindName)"
      )
    }
    let bytes: [UInt8]
    do throws(Hex.ParseError) {
      bytes = try Hex.bytes(text)
    } catch {
      throw Mismatch(description: error.description)
    }
    guard bytes.count == byteCount else {
      throw Mismatch(description: "\(byteCount) bytes are needed, but these are \(bytes.count)")
    }
    return bytes
  }

  private func littleEndian(_ number: Int128) throws(Mismatch) -> [UInt8] {
    let bits = byteCount * 8
    guard number >= -(Int128(1) << (bits - 1)), number < Int128(1) << bits else {
      throw Mismatch(description: "\(number) does not fit \(byteCount) bytes")
    }
    return (0..<byteCount).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }
}
