extension BTFType {
  /// What a type is, without its contents.
  public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case void, integer, pointer, array, structure, union, enumeration, forward, typedef
    case volatile, const, restrict, function, functionPrototype, variable, dataSection
    case float, declarationTag, typeTag
  }

  /// What the type is, without its contents; both `BTF_KIND_ENUM` and `BTF_KIND_ENUM64` are `enumeration`.
  public var kind: Kind {
    switch self {
    case .void: .void
    case .integer: .integer
    case .pointer: .pointer
    case .array: .array
    case .structure: .structure
    case .union: .union
    case .enumeration: .enumeration
    case .forward: .forward
    case .typedef: .typedef
    case .volatile: .volatile
    case .const: .const
    case .restrict: .restrict
    case .function: .function
    case .functionPrototype: .functionPrototype
    case .variable: .variable
    case .dataSection: .dataSection
    case .float: .float
    case .declarationTag: .declarationTag
    case .typeTag: .typeTag
    }
  }

  /// The name, empty for a type that has none.
  public var name: String {
    switch self {
    case .integer(let name, _, _, _, _), .enumeration(let name, _, _, _), .forward(let name, _),
      .typedef(let name, _), .function(let name, _, _), .variable(let name, _, _),
      .dataSection(let name, _, _), .float(let name, _), .declarationTag(let name, _, _, _),
      .typeTag(let name, _, _):
      name
    case .structure(let composite), .union(let composite): composite.name
    case .void, .pointer, .array, .volatile, .const, .restrict, .functionPrototype: ""
    }
  }

  /// The struct or union that this is.
  public var composite: Composite? {
    switch self {
    case .structure(let composite), .union(let composite): composite
    default: nil
    }
  }

  /// Calls `body` with every type that this one refers to.
  @inlinable
  func forEachReference<Failure: Error>(_ body: (BTF.TypeID) throws(Failure) -> Void) throws(Failure) {
    switch self {
    case .void, .integer, .enumeration, .forward, .float: break
    case .pointer(let id), .typedef(_, let id), .volatile(let id), .const(let id), .restrict(let id),
      .function(_, let id, _), .variable(_, let id, _), .declarationTag(_, let id, _, _),
      .typeTag(_, let id, _):
      try body(id)
    case .array(let element, let index, _):
      try body(element)
      try body(index)
    case .structure(let composite), .union(let composite):
      for member in composite.members { try body(member.type) }
    case .functionPrototype(let result, let parameters, _):
      try body(result)
      for parameter in parameters { try body(parameter.type) }
    case .dataSection(_, _, let variables):
      for variable in variables { try body(variable.type) }
    }
  }
}

extension BTFType.Kind: CustomStringConvertible {
  /// The kind as C calls it.
  public var description: String {
    switch self {
    case .void: "void"
    case .integer: "integer"
    case .pointer: "pointer"
    case .array: "array"
    case .structure: "struct"
    case .union: "union"
    case .enumeration: "enum"
    case .forward: "forward declaration"
    case .typedef: "typedef"
    case .volatile: "volatile"
    case .const: "const"
    case .restrict: "restrict"
    case .function: "function"
    case .functionPrototype: "function prototype"
    case .variable: "variable"
    case .dataSection: "data section"
    case .float: "floating-point number"
    case .declarationTag: "declaration tag"
    case .typeTag: "type tag"
    }
  }
}
