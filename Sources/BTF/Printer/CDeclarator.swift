/// Writes declarations in C's inside-out order, with the bodies of anonymous types where they stand.
struct CDeclarator {
  let btf: BTF
  let names: CNames
  private var alignments: Alignments
  /// Anonymous enumerations whose enumerators stand in the output already; C allows them only once.
  private(set) var printedEnumerations: Set<BTF.TypeID> = []
  /// Members and parameters left to print: a hostile BTF can nest them so that there is no end.
  private var budget: Int
  private var depth = 0
  private var paddingCount = 0

  init(_ btf: BTF) {
    self.btf = btf
    names = CNames(btf)
    alignments = Alignments(btf: btf)
    budget = btf.types.reduce(4096) { $0 + 4 + 4 * $1.partCount }
  }

  /// Declares `name` to be of a type, such as `int (*name)(void)`; without a name, the type alone.
  mutating func declare(_ id: BTF.TypeID, _ name: String, indent: Int = 0) -> String {
    var id = id
    var text = name
    var qualifiers: [String] = []
    while true {
      switch btf[id] {
      case .const(let target):
        if !qualifiers.contains("const") { qualifiers.append("const") }
        id = target
      case .volatile(let target):
        if !qualifiers.contains("volatile") { qualifiers.append("volatile") }
        id = target
      case .restrict(let target):
        if btf[btf.unqualified(target)].kind == .pointer { qualifiers.append("restrict") }
        id = target
      case .typeTag(let tag, let target, let isAttribute):
        qualifiers.append("__attribute__((\(isAttribute ? tag : "btf_type_tag(\(Self.quoted(tag)))")))")
        id = target
      case .typedef(CNames.compilersOwn, let target): id = target
      case .pointer(let target):
        let prefix =
          qualifiers.isEmpty ? "*" : "*" + qualifiers.joined(separator: " ") + (text.isEmpty ? "" : " ")
        qualifiers = []
        text = prefix + text
        switch btf[btf.unqualified(target)] {
        case .array, .functionPrototype: text = "(\(text))"
        default: break
        }
        id = target
      case .array(let element, _, let count):
        text += "[\(count)]"
        id = element
      case .functionPrototype(let result, let parameters, let isVariadic):
        qualifiers = []
        text += "(" + self.parameters(parameters, isVariadic: isVariadic, indent: indent) + ")"
        id = result
      default:
        let words = qualifiers + [base(id, indent: indent)] + (text.isEmpty ? [] : [text])
        return words.joined(separator: " ")
      }
    }
  }

  private mutating func parameters(
    _ parameters: [BTFType.Parameter],
    isVariadic: Bool,
    indent: Int
  ) -> String {
    guard !parameters.isEmpty || isVariadic else { return "void" }
    guard budget > 0, depth < 64 else { return "/* nested too deep */" }
    budget -= 1 + parameters.count
    depth += 1
    defer { depth -= 1 }
    var texts: [String] = []
    for parameter in parameters {
      texts.append(
        declare(
          parameter.type,
          parameter.name.isEmpty ? "" : CNames.identifier(parameter.name),
          indent: indent
        )
      )
    }
    if isVariadic { texts.append("...") }
    return texts.joined(separator: ", ")
  }

  /// What stands left of a declarator.
  private mutating func base(_ id: BTF.TypeID, indent: Int) -> String {
    switch btf[id] {
    case .integer(let name, _, _, _, _), .float(let name, _): return names[id] ?? name
    case .typedef(let name, _): return names[id] ?? name
    case .structure(let composite), .union(let composite):
      let keyword = btf[id].kind == .union ? "union" : "struct"
      if let name = names[id] { return "\(keyword) \(name)" }
      return keyword + " " + body(of: composite, isUnion: keyword == "union", indent: indent)
    case .enumeration(_, let byteCount, let isSigned, let values):
      if let name = names[id] { return "enum \(name)" }
      guard printedEnumerations.insert(id).inserted else {
        return Self.integer(byteCount: byteCount, encoding: isSigned ? .signed : .unsigned)
      }
      return "enum " + body(of: id, values, byteCount: byteCount, indent: indent)
    case .forward(let name, let isUnion): return (isUnion ? "union " : "struct ") + (names[id] ?? name)
    default: return "void"
    }
  }

  /// The members of an enumeration in braces, with the attribute that gives it its size.
  mutating func body(
    of id: BTF.TypeID,
    _ values: [BTFType.Enumerator],
    byteCount: Int,
    indent: Int
  ) -> String {
    var isSigned = false
    if case .enumeration(_, _, let signed, _) = btf[id] { isSigned = signed }
    let tabs = String(repeating: "\t", count: indent)
    var text = "{\n"
    for (index, enumerator) in values.enumerated() {
      let name = names.enumerator(index, of: id, named: enumerator.name)
      text += "\(tabs)\t\(name) = \(Self.literal(enumerator.value, isSigned: isSigned)),\n"
    }
    if values.isEmpty { text += "\(tabs)\t\(names[id] ?? "_")_has_no_values,\n" }
    text += "\(tabs)}"
    let mode = [1: "QI", 2: "HI", 8: "DI"][byteCount]
    return mode.map { "\(text) __attribute__((mode(\($0))))" } ?? text
  }

  /// The members of a struct or union in braces, padded to lie where the BTF says.
  mutating func body(of composite: BTFType.Composite, isUnion: Bool, indent: Int) -> String {
    guard budget > 0, depth < 64 else { return "{ /* nested too deep */ }" }
    if depth == 0 { paddingCount = 0 }
    budget -= 1 + composite.members.count
    depth += 1
    defer { depth -= 1 }
    let isPacked = alignments.isPacked(composite)
    var layout = CLayout(isUnion: isUnion, isPacked: isPacked)
    let tabs = String(repeating: "\t", count: indent)
    var text = "{\n"
    for (index, member) in composite.members.enumerated() {
      let place = btf.place(of: member, at: index, in: 0, from: 0)
      let byteCount = btf.byteCount(of: member.type) ?? 0
      let padding = layout.add(place, byteCount: byteCount, alignment: alignments[member.type])
      for padding in padding { text += "\(tabs)\t\(self.padding(padding))\n" }
      let name = member.name.isEmpty ? "" : CNames.identifier(member.name)
      let width = place.bitFieldWidth > 0 ? " : \(place.bitFieldWidth)" : ""
      text += "\(tabs)\t\(declare(member.type, name, indent: indent + 1))\(width);\n"
    }
    if let padding = layout.end(byteCount: composite.byteCount) {
      text += "\(tabs)\t\(self.padding(padding))\n"
    }
    return text + tabs + (isPacked ? "} __attribute__((packed))" : "}")
  }

  /// A member for padding; its name is nobody else's in the same definition, even in anonymous members.
  private mutating func padding(_ padding: CLayout.Padding) -> String {
    switch padding {
    case .bits(let count): return "unsigned char : \(count);"
    case .bytes(let count):
      paddingCount += 1
      return "unsigned char _padding_\(paddingCount)[\(count)];"
    }
  }

  /// C's own name of an integer.
  static func integer(byteCount: Int, encoding: BTFType.IntegerEncoding) -> String {
    if encoding == .boolean, byteCount == 1 { return "_Bool" }
    let name = [1: "char", 2: "short", 4: "int", 8: "long long", 16: "__int128"][byteCount] ?? "int"
    return (encoding == .signed ? "signed " : "unsigned ") + name
  }

  private static func literal(_ value: Int64, isSigned: Bool) -> String {
    if !isSigned, value < 0 { return "\(UInt64(bitPattern: value))ULL" }
    if value == .min { return "(-9223372036854775807LL - 1)" }
    return Int32(exactly: value) == nil ? "\(value)LL" : "\(value)"
  }

  private static func quoted(_ text: String) -> String {
    let inner = text.unicodeScalars.prefix(512).map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case " "..."~": "\(scalar)"
      default: "?"
      }
    }
    return "\"" + inner.joined() + "\""
  }
}

extension BTF {
  /// The type behind qualifiers and type tags, but not behind typedefs.
  func unqualified(_ id: TypeID) -> TypeID {
    var id = id
    while true {
      switch self[id] {
      case .const(let target), .volatile(let target), .restrict(let target), .typeTag(_, let target, _):
        id = target
      default: return id
      }
    }
  }
}

extension BTFType {
  /// How many members or parameters it has.
  fileprivate var partCount: Int {
    switch self {
    case .structure(let composite), .union(let composite): composite.members.count
    case .functionPrototype(_, let parameters, _): parameters.count
    default: 0
    }
  }
}
