extension BTFError {
  /// Why a CO-RE relocation can't be resolved.
  public enum RelocationFault: Error, Hashable, Sendable {
    /// A kind that is not in the format.
    case unknownKind(Int)
    /// An access string that is not numbers with colons between them.
    case malformedAccess(String)
    /// An access string that leads out of the local type.
    case invalidAccess(String, step: Int, reason: String)
    /// A kind of type that the relocation can't be about.
    case unsuitableType(BTFType.Kind)
    /// Types of the target match, but the relocation would differ between them.
    case ambiguous(candidates: [String])
    /// The local field is no bit-field and the target's is, or its size can't be loaded at once.
    case unsuitableField(String)
  }
}

extension BTFError.RelocationFault: CustomStringConvertible {
  /// The reason as a person reads it.
  public var description: String {
    switch self {
    case .unknownKind(let kind): "unknown kind \(kind)"
    case .malformedAccess(let text): "'\(text)' is not an access string"
    case .invalidAccess(let text, let step, let reason): "step \(step) of '\(text)' \(reason)"
    case .unsuitableType(let kind): "can't be about a \(kind)"
    case .ambiguous(let candidates):
      "the target has several matching types that disagree: " + candidates.joined(separator: "; ")
    case .unsuitableField(let reason): reason
    }
  }
}
