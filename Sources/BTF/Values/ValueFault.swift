extension BTFError {
  /// Why a value can't be decoded or encoded.
  public enum ValueFault: Hashable, Sendable {
    /// Fewer bytes than the type has.
    case tooFewBytes(needed: Int, available: Int)
    /// The type has no values, such as `void` or a function.
    case noValues(BTFType.Kind)
    /// Another form of value than the type takes.
    case mismatch(expected: String, found: String)
    /// A number that the type can't hold.
    case outOfRange(value: String, bitCount: Int, isSigned: Bool)
    /// A name that the enumeration doesn't have.
    case noSuchEnumerator(String, known: [String])
    /// A name that the struct or union doesn't have.
    case noSuchMember(String, known: [String])
    /// More elements, or a longer text, than the array holds.
    case tooMany(count: Int, limit: Int)
    /// Nested deeper, or with more parts, than any real type is.
    case tooComplex
  }
}

extension BTFError.ValueFault: CustomStringConvertible {
  /// The reason as a person reads it.
  public var description: String {
    switch self {
    case .tooFewBytes(let needed, let available): "needs \(needed) bytes, but there are \(available)"
    case .noValues(let kind): "a \(kind) has no values"
    case .mismatch(let expected, let found): "expected \(expected), found \(found)"
    case .outOfRange(let value, let bitCount, let isSigned):
      "\(value) doesn't fit into \(isSigned ? "a signed" : "an unsigned") integer of \(bitCount) bits"
    case .noSuchEnumerator(let name, let known):
      "no enumerator '\(name)'; known are \(known.joined(separator: ", "))"
    case .noSuchMember(let name, let known): "no member '\(name)'; known are \(known.joined(separator: ", "))"
    case .tooMany(let count, let limit): "\(count) elements for an array of \(limit)"
    case .tooComplex: "the type is nested too deep or has too many parts"
    }
  }
}
