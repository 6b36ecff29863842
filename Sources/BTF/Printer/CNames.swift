/// Names for C: every type and enumerator has one that is an identifier and is nobody else's.
///
/// A BTF may hold several types of one name, and names that C can't have; those become `name___2`, as bpftool
/// has it, which CO-RE reads as a flavour of the name.
struct CNames {
  private var names: [BTF.TypeID: String] = [:]
  /// Of enumerations whose enumerators had to be renamed.
  private var enumerators: [BTF.TypeID: [String]] = [:]

  init(_ btf: BTF) {
    var tags: [String: (kind: BTFType.Kind, count: Int)] = [:]
    var ordinary: [String: Int] = [:]
    var forwards: [BTF.TypeID] = []
    for (index, type) in btf.types.enumerated() where !type.name.isEmpty || type.kind == .enumeration {
      let id = BTF.TypeID(truncatingIfNeeded: index)
      let name = Self.identifier(type.name)
      switch type {
      case .structure, .union: names[id] = Self.unique(name, type.kind, among: &tags)
      case .enumeration(_, _, _, let values):
        if !name.isEmpty { names[id] = Self.unique(name, .enumeration, among: &tags) }
        let unique = values.map { Self.unique(Self.identifier($0.name), among: &ordinary) }
        if unique != values.map(\.name) { enumerators[id] = unique }
      case .typedef, .function, .variable: names[id] = Self.unique(name, among: &ordinary)
      case .integer, .float: if !Self.isBuiltIn(type.name) { names[id] = Self.unique(name, among: &ordinary) }
      case .forward: forwards.append(id)
      default: break
      }
    }
    for id in forwards {
      guard case .forward(let text, let isUnion) = btf[id] else { continue }
      let name = Self.identifier(text)
      let kind: BTFType.Kind = isUnion ? .union : .structure
      let isShared = tags[name].map { $0.kind == kind } ?? false
      names[id] = isShared ? name : Self.unique(name, kind, among: &tags)
    }
  }

  /// The name of a type that has one; nil for an integer that C has itself.
  subscript(id: BTF.TypeID) -> String? { names[id] }

  /// The name of an enumerator.
  func enumerator(_ index: Int, of id: BTF.TypeID, named name: String) -> String {
    enumerators[id]?[index] ?? name
  }

  /// A name as an identifier of at most 512 bytes.
  ///
  /// Keywords and characters that C doesn't allow give way to underscores.
  static func identifier(_ name: String) -> String {
    var isValid = !keywords.contains(name) && name.utf8.count <= byteLimit
    for (index, byte) in name.utf8.enumerated() where !isIdentifier(byte, first: index == 0) {
      isValid = false
    }
    if isValid { return name }
    var bytes = name.utf8.prefix(byteLimit).map { isIdentifier($0, first: false) ? $0 : UInt8(ascii: "_") }
    let needsPrefix = keywords.contains(name) || !isIdentifier(bytes.first ?? 0, first: true)
    if needsPrefix { bytes.insert(UInt8(ascii: "_"), at: 0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether an integer's or a float's name is made of C's own words.
  static func isBuiltIn(_ name: String) -> Bool {
    name.utf8.count < 32
      && name.split(separator: " ", omittingEmptySubsequences: false).allSatisfy {
        builtIns.contains(String($0))
      }
  }

  private static func isIdentifier(_ byte: UInt8, first: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): !first
    default: false
    }
  }

  private static func unique(_ name: String, among used: inout [String: Int]) -> String {
    var name = name
    let original = name
    while let count = used[name] {
      used[name] = count + 1
      name = "\(original)___\(count + 1)"
    }
    used[name] = 1
    return name
  }

  private static func unique(
    _ name: String,
    _ kind: BTFType.Kind,
    among used: inout [String: (kind: BTFType.Kind, count: Int)]
  ) -> String {
    var name = name
    let original = name
    while let (kind, count) = used[name] {
      used[name] = (kind, count + 1)
      name = "\(original)___\(count + 1)"
    }
    used[name] = (kind, 1)
    return name
  }

  /// A typedef that compilers have, and not the same on every machine; what it stands for is printed instead.
  static let compilersOwn = "__builtin_va_list"

  /// The kernel's own limit of a name.
  private static let byteLimit = 512

  private static let builtIns: Set<String> = [
    "char", "short", "int", "long", "signed", "unsigned", "_Bool", "float", "double", "__int128", "_Float16",
    "__float128",
  ]

  private static let keywords: Set<String> = builtIns.union([
    "auto", "break", "case", "const", "continue", "default", "do", "else", "enum", "extern", "for", "goto",
    "if",
    "inline", "register", "restrict", "return", "sizeof", "static", "struct", "switch", "typedef", "union",
    "void",
    "volatile", "while", "_Alignas", "_Alignof", "_Atomic", "_Complex", "_Generic", "_Imaginary", "_Noreturn",
    "_Static_assert", "_Thread_local", "asm", "typeof",
  ])
}
