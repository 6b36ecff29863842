import BPF
import BTF

/// The types of objects, each with its place here as its number: the kernel's by name, and structs of the program's own.
///
/// What the kernel's types hold is known only where its BTF is at hand; their names are enough to tell them apart.
struct ObjectTypes {
  /// One type.
  struct Entry {
    /// Its C name without `struct`.
    var name: String
    /// Whether it is a struct of the program's.
    var isLocal: Bool
    /// Its number in the BTF that it is of; 0 where that is not known.
    var id: BTF.TypeID
    /// What of it is not plain bytes; of the program's own structs only.
    var fields: [SpecialField] = []
  }

  private enum Key: Hashable {
    case local(BTF.TypeID)
    case kernel(BTF.TypeID)
    case named(String)
  }

  /// The program's own types.
  let program: BTF?
  /// The running kernel's types.
  let kernel: BTF?
  private var entries: [Entry] = []
  private var places: [Key: Int32] = [:]
  private var tags: [TagPlace: [String]] = [:]

  private struct TagPlace: Hashable {
    var type: BTF.TypeID
    var component: Int?
  }

  init(program: BTF?, kernel: BTF?) {
    self.program = program
    self.kernel = kernel
    guard let program else { return }
    for type in program.types {
      guard case .declarationTag(let name, let target, let component, _) = type else { continue }
      tags[TagPlace(type: target, component: component), default: []].append(name)
    }
  }

  subscript(_ index: Int32) -> Entry { entries[Int(index)] }

  /// The BTF that a type is of, where it is at hand.
  func types(of index: Int32) -> BTF? { self[index].isLocal ? program : kernel }

  /// The number of a type of the kernel's.
  mutating func kernelType(_ name: String) -> Int32 {
    guard let kernel else { return place(.named(name), Entry(name: name, isLocal: false, id: 0)) }
    guard let id = kernel.find(named: name, kind: .structure) else {
      return place(.named(name), Entry(name: name, isLocal: false, id: 0))
    }
    return kernelType(id)
  }

  /// The number of a type of the kernel's by its number in the kernel's BTF.
  mutating func kernelType(_ id: BTF.TypeID) -> Int32 {
    place(.kernel(id), Entry(name: kernel?.name(of: id) ?? "", isLocal: false, id: id))
  }

  /// The number of a struct of the program's.
  mutating func localType(_ id: BTF.TypeID) -> Int32 {
    let id = program?.resolved(id) ?? id
    if let known = places[.local(id)] { return known }
    // It is known before its fields are: lists hold what they are part of.
    let index = place(.local(id), Entry(name: program?.name(of: id) ?? "", isLocal: true, id: id))
    entries[Int(index)].fields = fields(of: id)
    return index
  }

  private mutating func place(_ key: Key, _ entry: Entry) -> Int32 {
    if let known = places[key] { return known }
    let index = Int32(entries.count)
    entries.append(entry)
    places[key] = index
    return index
  }

  // MARK: Fields

  /// More fields than this Linux does not take in one value (`BTF_FIELDS_MAX`).
  private static let mostFields = 11

  /// What is not plain bytes in values of a type.
  mutating func fields(of type: BTF.TypeID) -> [SpecialField] {
    guard let program else { return [] }
    var found: [SpecialField] = []
    switch program[program.resolved(type)] {
    case .structure: collect(program.resolved(type), at: 0, depth: 0, program, &found)
    case .dataSection(_, _, let variables):
      for variable in variables {
        guard case .variable(_, let type, _) = program[variable.type] else { continue }
        add(type, at: variable.offset, TagPlace(type: variable.type, component: nil), 0, program, &found)
      }
    default: break
    }
    return found.sorted { $0.offset < $1.offset }
  }

  private mutating func collect(
    _ type: BTF.TypeID,
    at offset: Int,
    depth: Int,
    _ program: BTF,
    _ found: inout [SpecialField]
  ) {
    guard depth < 8, case .structure(let composite) = program[type] else { return }
    for (index, member) in composite.members.enumerated() where member.bitFieldWidth == 0 {
      let tag = TagPlace(type: type, component: index)
      add(member.type, at: offset + member.bitOffset / 8, tag, depth, program, &found)
    }
  }

  /// Adds the fields of a member, of each element where it is an array.
  private mutating func add(
    _ type: BTF.TypeID,
    at offset: Int,
    _ tag: TagPlace,
    _ depth: Int,
    _ program: BTF,
    _ found: inout [SpecialField]
  ) {
    var type = program.resolved(type)
    var count = 1
    for _ in 0..<8 {
      guard case .array(let element, _, let elements) = program[type] else { break }
      count = count.multipliedReportingOverflow(by: elements).partialValue
      type = program.resolved(element)
    }
    guard count > 0, let size = program.byteCount(of: type), size > 0 else { return }
    for index in 0..<min(count, Self.mostFields + 1) {
      let place = offset + index * size
      let before = found.count
      if let field = field(type, at: place, tag, program) {
        found.append(field)
      } else {
        collect(type, at: place, depth: depth + 1, program, &found)
      }
      if found.count == before || found.count > Self.mostFields { return }
    }
  }

  private mutating func field(
    _ type: BTF.TypeID,
    at offset: Int,
    _ tag: TagPlace,
    _ program: BTF
  ) -> SpecialField? {
    switch program[type] {
    case .structure(let composite):
      guard let kind = CallPrototype.FieldKind.named.first(where: { $0.typeName == composite.name }) else {
        return nil
      }
      var field = SpecialField(kind: kind, offset: offset)
      if kind == .listHead || kind == .treeRoot { contain(&field, tag, program) }
      return field
    case .pointer(let target):
      guard case .typeTag(let name, let tagged, false) = program[target] else { return nil }
      let pointers: [String: SpecialField.Pointer] = [
        "kptr": .referenced, "kptr_untrusted": .untrusted, "percpu_kptr": .perCPU,
      ]
      guard let pointer = pointers[name] else { return nil }
      let pointee = program.resolved(tagged)
      let isLocal = pointer == .perCPU || !isKernels(program.name(of: pointee), pointer)
      return SpecialField(
        kind: .kernelPointer,
        offset: offset,
        pointer: pointer,
        target: isLocal ? localType(pointee) : kernelType(program.name(of: pointee))
      )
    default: return nil
    }
  }

  /// Kernel types that values may hold references to: each has a function that gives one back.
  private static let counted: Set<String> = ["task_struct", "cgroup", "bpf_cpumask", "bpf_crypto_ctx"]

  /// Whether a pointer's struct is the kernel's, and not one that the program allocates.
  private func isKernels(_ name: String, _ pointer: SpecialField.Pointer) -> Bool {
    if let kernel { return kernel.find(named: name, kind: .structure) != nil }
    return pointer == .untrusted || Self.counted.contains(name)
  }

  /// What a list or tree holds, by its tag `contains:STRUCT:MEMBER`.
  private mutating func contain(_ field: inout SpecialField, _ tag: TagPlace, _ program: BTF) {
    guard let text = tags[tag]?.first(where: { $0.hasPrefix("contains:") }) else { return }
    let words = text.split(separator: ":")
    guard words.count == 3, let held = program.find(named: String(words[1]), kind: .structure),
      case .structure(let composite) = program[held],
      let member = composite.members.first(where: { $0.name == words[2] })
    else { return }
    field.target = localType(held)
    field.nodeOffset = member.bitOffset / 8
  }
}

extension ObjectTypes {
  /// Whether an object holds one of another type at an offset, by value.
  func embeds(_ name: String, in index: Int32, at offset: Int64) -> Bool {
    if offset == 0, self[index].name == name { return true }
    guard let types = types(of: index) else { return false }
    var type = self[index].id
    var rest = offset
    for _ in 0..<16 {
      guard case .structure(let composite) = types[types.resolved(type)],
        let member = composite.members.last(where: {
          Int64($0.bitOffset / 8) <= rest && $0.bitFieldWidth == 0
        })
      else { return false }
      rest -= Int64(member.bitOffset / 8)
      type = types.resolved(member.type)
      if rest == 0, types.name(of: type) == name, case .structure = types[type] { return true }
    }
    return false
  }
}
