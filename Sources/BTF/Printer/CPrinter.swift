/// Writes types as C declarations that a compiler takes back, with the same layout.
public struct CPrinter {
  private let btf: BTF
  private var declarator: CDeclarator
  private var output = ""
  private var defined: Set<BTF.TypeID> = []
  private var declared: Set<BTF.TypeID> = []
  private var depth = 0

  /// Makes a printer; types of one name get suffixes (`name___2`).
  public init(_ btf: BTF) {
    self.btf = btf
    declarator = CDeclarator(btf)
  }

  /// All types of the BTF in an order that compiles, each before its first use; then its variables and functions.
  public static func header(of btf: BTF, includingFunctions: Bool = true) -> String {
    var printer = CPrinter(btf)
    let ids = 1..<BTF.TypeID(truncatingIfNeeded: max(1, btf.types.count))
    for id in ids { printer.requireComplete(id) }
    for id in ids { printer.defineAnonymousEnumeration(id) }
    if includingFunctions {
      for id in ids { printer.declareSymbol(id) }
    }
    return printer.output
  }

  /// One type as C: the definition of a struct, union, enumeration or typedef, the declaration of a function or a
  /// variable, else the type's name.
  public mutating func definition(of id: BTF.TypeID) -> String {
    switch btf[id] {
    case .structure(let composite), .union(let composite):
      let isUnion = btf[id].kind == .union
      let body = declarator.body(of: composite, isUnion: isUnion, indent: 0)
      return head(isUnion ? "union" : "struct", id) + body + ";"
    case .enumeration(_, let byteCount, _, let values):
      return head("enum", id) + declarator.body(of: id, values, byteCount: byteCount, indent: 0) + ";"
    case .typedef(let name, let target):
      return "typedef \(declarator.declare(target, declarator.names[id] ?? name));"
    case .function(let name, let prototype, let linkage):
      let text = declarator.declare(prototype, declarator.names[id] ?? name)
      return (linkage == .static ? "static " : "extern ") + text + ";"
    case .variable(let name, let type, let linkage):
      let text = declarator.declare(type, declarator.names[id] ?? name)
      return (linkage == .static ? "static " : "extern ") + text + ";"
    case .forward: return declarator.declare(id, "") + ";"
    default: return declarator.declare(id, "")
    }
  }

  /// Declares a name to be of a type, without the semicolon: `const struct iphdr *name`.
  public mutating func declaration(of id: BTF.TypeID, named name: String) -> String {
    declarator.declare(id, name)
  }

  private func head(_ keyword: String, _ id: BTF.TypeID) -> String {
    declarator.names[id].map { "\(keyword) \($0) " } ?? "\(keyword) "
  }

  /// Prints what must stand before a member or variable of the type.
  private mutating func requireComplete(_ id: BTF.TypeID) { require(id, isComplete: true) }

  private mutating func require(_ id: BTF.TypeID, isComplete: Bool) {
    guard depth < 512 else { return }
    depth += 1
    defer { depth -= 1 }
    switch btf[id] {
    case .pointer(let target): require(target, isComplete: false)
    case .const(let target), .volatile(let target), .restrict(let target), .typeTag(_, let target, _):
      require(target, isComplete: isComplete)
    case .array(let element, _, _): require(element, isComplete: true)
    case .functionPrototype(let result, let parameters, _):
      require(result, isComplete: false)
      for parameter in parameters { require(parameter.type, isComplete: false) }
    case .typedef(_, let target):
      defineTypedef(id, target)
      if isComplete { require(target, isComplete: true) }
    case .structure, .union:
      if declarator.names[id] == nil || isComplete { define(id) } else { declare(id) }
    case .forward: declare(id)
    case .enumeration: if declarator.names[id] != nil { define(id) }
    case .integer(_, let byteCount, _, _, let encoding):
      guard let name = declarator.names[id], defined.insert(id).inserted else { return }
      output += "typedef \(CDeclarator.integer(byteCount: byteCount, encoding: encoding)) \(name);\n\n"
    case .float(_, let byteCount):
      guard let name = declarator.names[id], defined.insert(id).inserted else { return }
      output += "typedef \(byteCount == 4 ? "float" : "double") \(name);\n\n"
    case .void, .function, .variable, .dataSection, .declarationTag: break
    }
  }

  private mutating func defineTypedef(_ id: BTF.TypeID, _ target: BTF.TypeID) {
    guard defined.insert(id).inserted else { return }
    require(target, isComplete: false)
    guard btf.name(of: id) != CNames.compilersOwn else { return }
    output += definition(of: id) + "\n\n"
  }

  /// Defines a named composite or enumeration, or what an anonymous one needs.
  private mutating func define(_ id: BTF.TypeID) {
    guard defined.insert(id).inserted else { return }
    for member in btf[id].composite?.members ?? [] { require(member.type, isComplete: true) }
    if declarator.names[id] != nil { output += definition(of: id) + "\n\n" }
  }

  private mutating func declare(_ id: BTF.TypeID) {
    guard !defined.contains(id), declared.insert(id).inserted else { return }
    output += declarator.declare(id, "") + ";\n\n"
  }

  /// Prints an enumeration that no other type refers to, for its constants.
  private mutating func defineAnonymousEnumeration(_ id: BTF.TypeID) {
    guard case .enumeration = btf[id], declarator.names[id] == nil,
      !declarator.printedEnumerations.contains(id)
    else { return }
    output += declarator.declare(id, "") + ";\n\n"
  }

  private mutating func declareSymbol(_ id: BTF.TypeID) {
    switch btf[id] {
    case .function(_, let prototype, _): require(prototype, isComplete: false)
    case .variable(_, let type, _): require(type, isComplete: true)
    default: return
    }
    output += definition(of: id) + "\n\n"
  }
}
