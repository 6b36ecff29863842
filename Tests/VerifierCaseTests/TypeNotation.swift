import BPF
import BTF
import Foundation

/// The types of a case, read from lines of a small notation.
///
/// A struct is `struct NAME { FIELD; FIELD; }`, and a function `int NAME(PARAMETER, PARAMETER)`, after `global` if it is
/// not static. A field or parameter is a type, `*` for a pointer, a name, and for arrays `[N]`. Types are `void`, `int`,
/// `long`, `char`, `bool`, `u8` to `u64`, `s8` to `s64`, and `struct NAME`: one of the case, one of the kernel's that
/// it knows by name (`bpf_spin_lock`, `bpf_timer`, …), or one that is only named.
///
/// Words before a field or parameter tell more of it: `kptr`, `kptr_untrusted` and `percpu_kptr` tag what it points to;
/// any word with a colon (`contains:node:link`, `arg:nonnull`) tags the declaration.
struct TypeNotation {
  private var types: [BTFType] = [.void]
  private var structures: [String: BTF.TypeID] = [:]
  private var integers: [String: BTF.TypeID] = [:]

  /// Whether nothing was declared or referred to.
  var isEmpty: Bool { types.count == 1 }

  var btf: BTF { BTF(types: types) }

  /// What the kernel looks for by name in a program's types: words, bytes of a word.
  private static let kernelStructures: [String: (count: Int, byteCount: Int)] = [
    "bpf_spin_lock": (1, 4), "bpf_res_spin_lock": (1, 4), "bpf_timer": (2, 8), "bpf_list_head": (2, 8),
    "bpf_list_node": (3, 8), "bpf_rb_root": (2, 8), "bpf_rb_node": (4, 8), "bpf_refcount": (1, 4),
    "bpf_wq": (2, 8), "bpf_task_work": (1, 8), "bpf_dynptr": (2, 8),
  ]

  private static let integerTypes: [String: (byteCount: Int, encoding: BTFType.IntegerEncoding)] = [
    "u8": (1, .unsigned), "u16": (2, .unsigned), "u32": (4, .unsigned), "u64": (8, .unsigned),
    "s8": (1, .signed), "s16": (2, .signed), "s32": (4, .signed), "s64": (8, .signed),
    "int": (4, .signed), "long": (8, .signed), "char": (1, .signed), "bool": (1, .boolean),
  ]

  // MARK: Structs

  /// The number of a struct that was declared or is the kernel's.
  mutating func structure(named name: String) -> BTF.TypeID? {
    if let id = structures[name] { return id }
    guard let shape = Self.kernelStructures[name] else { return nil }
    let word = integer(shape.byteCount == 4 ? "u32" : "u64")
    let array = add(.array(of: word, index: integer("u32"), count: shape.count))
    return declare(
      name,
      byteCount: shape.count * shape.byteCount,
      [BTFType.Member(name: "words", type: array, bitOffset: 0)]
    )
  }

  mutating func declareStructure(_ line: CaseLine) throws(CaseFault) {
    guard line.text.hasPrefix("struct "), let open = line.text.firstIndex(of: "{"), line.text.hasSuffix("}")
    else { throw line.fault("no 'struct NAME { … }'") }
    let name = line.text[..<open].dropFirst(7).trimmingCharacters(in: .whitespaces)
    guard structures[name] == nil else { throw line.fault("a second struct '\(name)'") }
    // Its number is known before its members are, so that they can point to it.
    let id = declare(name, byteCount: 0, [])
    var members: [BTFType.Member] = [], tags: [(Int, [String])] = []
    var offset = 0, alignment = 1
    for field in line.text[line.text.index(after: open)...].dropLast().split(separator: ";") {
      guard let declaration = try declaration(field, line) else { continue }
      let (byteCount, needed) = layout(of: declaration.type)
      offset = (offset + needed - 1) / needed * needed
      if !declaration.tags.isEmpty { tags.append((members.count, declaration.tags)) }
      members.append(
        BTFType.Member(name: declaration.name, type: declaration.type, bitOffset: offset * 8)
      )
      offset += byteCount
      alignment = max(alignment, needed)
    }
    let byteCount = (offset + alignment - 1) / alignment * alignment
    types[Int(id)] = .structure(BTFType.Composite(name: name, byteCount: byteCount, members: members))
    for (index, names) in tags {
      for tag in names { _ = add(.declarationTag(name: tag, type: id, component: index)) }
    }
  }

  /// The type of a key of so many bytes.
  mutating func key(byteCount: Int) -> BTF.TypeID {
    switch byteCount {
    case 0: 0
    case 4: integer("u32")
    case 8: integer("u64")
    default: add(.array(of: integer("u8"), index: integer("u32"), count: byteCount))
    }
  }

  /// `sizeof`.
  func byteCount(of type: BTF.TypeID) -> Int { layout(of: type).byteCount }

  // MARK: Functions

  /// Gives every function its type: as it was declared, or for one that was not, without parameters and static.
  mutating func declareFunctions(_ lines: [CaseLine], for functions: inout [Function]) throws(CaseFault) {
    var rest = lines
    for index in functions.indices {
      let name = functions[index].name
      if let place = rest.firstIndex(where: { Self.functionName(in: $0.text) == name }) {
        let line = rest.remove(at: place)
        functions[index].isGlobal = index == 0 || line.text.hasPrefix("global ")
        functions[index].type = try function(line, isGlobal: functions[index].isGlobal)
      } else {
        let parameters = index == 0 ? "struct xdp_md *ctx" : ""
        let line = CaseLine(number: 0, text: "int \(name)(\(parameters))")
        functions[index].type = try function(line, isGlobal: index == 0)
      }
    }
    if let line = rest.first { throw line.fault("no function of this name in the code") }
  }

  static func functionName(in text: String) -> String? {
    text.prefix { $0 != "(" }.split { !($0.isLetter || $0.isNumber || $0 == "_") }.last.map(String.init)
  }

  private mutating func function(_ line: CaseLine, isGlobal: Bool) throws(CaseFault) -> BTF.TypeID {
    guard let open = line.text.firstIndex(of: "("), let close = line.text.lastIndex(of: ")") else {
      throw line.fault("no 'int NAME(…)'")
    }
    var head = line.text[..<open]
    if head.hasPrefix("global ") { head = head.dropFirst(7) }
    guard let result = try declaration(head, line) else { throw line.fault("no name before '('") }
    var parameters: [BTFType.Parameter] = [], tags: [(Int, [String])] = []
    for text in line.text[line.text.index(after: open)..<close].split(separator: ",") {
      guard let parameter = try declaration(text, line) else { continue }
      if !parameter.tags.isEmpty { tags.append((parameters.count, parameter.tags)) }
      parameters.append(BTFType.Parameter(name: parameter.name, type: parameter.type))
    }
    let prototype = add(
      .functionPrototype(returns: result.type, parameters: parameters, isVariadic: false)
    )
    let linkage: BTFType.Linkage = isGlobal ? .global : .static
    let id = add(.function(name: result.name, prototype: prototype, linkage: linkage))
    for (index, names) in tags {
      for tag in names { _ = add(.declarationTag(name: tag, type: id, component: index)) }
    }
    for tag in result.tags { _ = add(.declarationTag(name: tag, type: id, component: nil)) }
    return id
  }

  // MARK: Declarations

  private static let typeTags = ["kptr", "kptr_untrusted", "percpu_kptr", "uptr"]

  /// A name with its type; nil for an empty text.
  private mutating func declaration(
    _ text: some StringProtocol,
    _ line: CaseLine
  ) throws(CaseFault) -> (name: String, type: BTF.TypeID, tags: [String])? {
    var words = text.replacingOccurrences(of: "*", with: " * ").replacingOccurrences(of: "[", with: " [")
      .split(separator: " ")
      .map(String.init)
    guard !words.isEmpty else { return nil }
    let tags = words.filter { $0.contains(":") }
    let typeTags = words.filter(Self.typeTags.contains)
    words.removeAll { $0.contains(":") || Self.typeTags.contains($0) }
    var count: Int?
    if let last = words.last, last.hasPrefix("["), last.hasSuffix("]") {
      count = Int(last.dropFirst().dropLast())
      words.removeLast()
    }
    guard words.count >= 2 else { throw line.fault("'\(text)' is not a type and a name") }
    let name = words.removeLast()
    var depth = 0
    while words.last == "*" {
      depth += 1
      words.removeLast()
    }
    var type = try named(words, line)
    for tag in typeTags { type = add(.typeTag(name: tag, of: type)) }
    for _ in 0..<depth { type = add(.pointer(to: type)) }
    if let count { type = add(.array(of: type, index: integer("u32"), count: count)) }
    return (name, type, tags)
  }

  private mutating func named(_ words: [String], _ line: CaseLine) throws(CaseFault) -> BTF.TypeID {
    switch words.count {
    case 1 where words[0] == "void": return 0
    case 1 where Self.integerTypes[words[0]] != nil: return integer(words[0])
    case 2 where words[0] == "struct":
      return structure(named: words[1]) ?? declare(words[1], byteCount: 0, [])
    case 2 where words[0] == "const":
      let type = try named([words[1]], line)
      return add(.const(type))
    default: throw line.fault("'\(words.joined(separator: " "))' is no type")
    }
  }

  private mutating func integer(_ name: String) -> BTF.TypeID {
    if let id = integers[name] { return id }
    let (byteCount, encoding) = Self.integerTypes[name] ?? (4, .unsigned)
    let id = add(
      .integer(
        name: name,
        byteCount: byteCount,
        bitOffset: 0,
        bitCount: byteCount * 8,
        encoding: encoding
      )
    )
    integers[name] = id
    return id
  }

  private func layout(of type: BTF.TypeID) -> (byteCount: Int, alignment: Int) {
    switch types[Int(type)] {
    case .integer(_, let byteCount, _, _, _): return (byteCount, byteCount)
    case .pointer: return (8, 8)
    case .array(let element, _, let count):
      let (byteCount, alignment) = layout(of: element)
      return (byteCount * count, alignment)
    case .structure(let composite):
      let alignments = composite.members.map { layout(of: $0.type).alignment }
      return (composite.byteCount, alignments.max() ?? 1)
    case .typeTag(_, let target, _), .const(let target): return layout(of: target)
    default: return (0, 1)
    }
  }

  private mutating func declare(_ name: String, byteCount: Int, _ members: [BTFType.Member]) -> BTF.TypeID {
    let id = add(.structure(BTFType.Composite(name: name, byteCount: byteCount, members: members)))
    structures[name] = id
    return id
  }

  private mutating func add(_ type: BTFType) -> BTF.TypeID {
    types.append(type)
    return BTF.TypeID(types.count - 1)
  }
}
