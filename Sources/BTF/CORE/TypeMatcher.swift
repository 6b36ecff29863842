/// Whether a target's type has everything that an object's type has, for `typeMatches`.
///
/// Aliases are ignored. Integers must agree in size and sign, arrays in their count, functions in their
/// parameters; a struct or union must have all local members by name and match, an enumeration all local names
/// in the same size. Behind a pointer the kind and name of a struct or union are enough.
struct TypeMatcher {
  let local: BTF
  let target: BTF
  /// Comparisons left: a hostile BTF can nest members so that there are exponentially many.
  private var budget = 1 << 20

  init(local: BTF, target: BTF) {
    self.local = local
    self.target = target
  }

  /// Compares two types whose names match; throws when there is no end of comparing.
  mutating func matches(
    _ id: BTF.TypeID,
    _ other: BTF.TypeID,
    behindPointer: Bool = false,
    depth: Int = 0
  ) throws(BTFError.RelocationFault) -> Bool {
    guard depth < 32, budget > 0 else {
      throw .unsuitableField("the types are nested too deep to be compared")
    }
    budget -= 1
    let id = local.resolved(id)
    let other = target.resolved(other)
    guard namesMatch(local.name(of: id), target.name(of: other)) else { return false }
    switch (local[id], target[other]) {
    case (.void, .void): return true
    case (.forward(_, let isUnion), .forward(_, let isOtherUnion)): return isUnion == isOtherUnion
    case (.forward(_, let isUnion), .structure): return behindPointer && !isUnion
    case (.forward(_, let isUnion), .union): return behindPointer && isUnion
    case (.structure, .forward(_, let isUnion)): return behindPointer && !isUnion
    case (.union, .forward(_, let isUnion)): return behindPointer && isUnion
    case (.structure(let composite), .structure(let otherComposite)),
      (.union(let composite), .union(let otherComposite)):
      if behindPointer { return true }
      return try membersMatch(composite, otherComposite, depth: depth)
    case (
      .enumeration(_, let byteCount, _, let values),
      .enumeration(_, let otherByteCount, _, let otherValues)
    ):
      let names = Set(otherValues.map { BTF.essentialName($0.name) })
      return byteCount == otherByteCount && values.count <= otherValues.count
        && values.allSatisfy { names.contains(BTF.essentialName($0.name)) }
    case (
      .integer(_, let byteCount, _, _, let encoding),
      .integer(_, let otherByteCount, _, _, let otherEncoding)
    ):
      return byteCount == otherByteCount && (encoding == .signed) == (otherEncoding == .signed)
    case (.float(_, let byteCount), .float(_, let otherByteCount)): return byteCount == otherByteCount
    case (.pointer(let next), .pointer(let otherNext)):
      return try matches(next, otherNext, behindPointer: true, depth: depth + 1)
    case (.array(let element, _, let count), .array(let otherElement, _, let otherCount)):
      guard count == otherCount else { return false }
      return try matches(element, otherElement, behindPointer: behindPointer, depth: depth + 1)
    case (
      .functionPrototype(let result, let parameters, let isVariadic),
      .functionPrototype(let otherResult, let otherParameters, let isOtherVariadic)
    ):
      guard parameters.count == otherParameters.count, isVariadic == isOtherVariadic else { return false }
      for (left, right) in zip(parameters, otherParameters) {
        guard try matches(left.type, right.type, behindPointer: behindPointer, depth: depth + 1) else {
          return false
        }
      }
      return try matches(result, otherResult, behindPointer: behindPointer, depth: depth + 1)
    default: return false
    }
  }

  private mutating func membersMatch(
    _ composite: BTFType.Composite,
    _ other: BTFType.Composite,
    depth: Int
  ) throws(BTFError.RelocationFault) -> Bool {
    guard composite.members.count <= other.members.count else { return false }
    budget -= other.members.count
    let candidates = Dictionary(grouping: other.members) { BTF.essentialName($0.name) }
    for member in composite.members {
      var isFound = false
      for candidate in candidates[BTF.essentialName(member.name)] ?? [] where !isFound {
        isFound = try matches(member.type, candidate.type, depth: depth + 1)
      }
      if !isFound { return false }
    }
    return true
  }

  private func namesMatch(_ name: String, _ other: String) -> Bool {
    BTF.essentialName(name) == BTF.essentialName(other)
  }
}
