/// The types of an object or of a kernel, in the BPF Type Format (kernel document `Documentation/bpf/btf.rst`).
///
/// Every reference between the types exists and every walk over them ends: a `BTF` is checked when it is made.
public struct BTF: Sendable {
  /// The number of a type; 0 is `void`.
  public typealias TypeID = UInt32

  /// The types by number, `void` first.
  ///
  /// A split BTF starts with all types of its base.
  public let types: [BTFType]
  /// The number of types that came from the base of a split BTF; 0 if it stands alone.
  public let baseTypeCount: Int
  /// The strings of the file that this came from.
  let strings: StringSection?
  let names = NameIndex()

  /// Makes a collection from types whose numbers are their indices; index 0 must be `.void`.
  ///
  /// References that don't exist, and types that contain themselves, are programming errors.
  public init(types: [BTFType]) {
    precondition(types.first == .void, "type 0 is void")
    do throws(BTFError) {
      try ReferenceGraph(types, from: 0).check()
    } catch {
      preconditionFailure(error.description)
    }
    self.types = types
    baseTypeCount = 0
    strings = nil
  }

  /// Reads a `.BTF` section, `/sys/kernel/btf/vmlinux`, or, over its base, a module's split BTF.
  ///
  /// Little-endian data only. Memory and time are bounded by the size of the data, whatever it says.
  public init(parsing data: RawSpan, base: BTF? = nil) throws(BTFError) {
    let header = try Header(parsing: data)
    let section = StringSection(
      bytes: data.extracting(header.strings).copiedBytes(),
      base: try base?.stringSection()
    )
    let isTerminated = section.bytes.last == 0 || (base != nil && section.bytes.isEmpty)
    guard isTerminated, base != nil || section.bytes.first == 0 else {
      throw BTFError(.unterminatedStrings, in: .strings)
    }
    let known = base?.types ?? [.void]
    var parser = TypeParser(data.extracting(header.types), strings: section, base: known)
    try parser.parse()
    types = parser.types
    baseTypeCount = base == nil ? 0 : known.count
    strings = section
    try ReferenceGraph(types, from: known.count).check()
  }

  /// A type by its number; `void` for a number that doesn't exist.
  public subscript(id: TypeID) -> BTFType { id < types.count ? types[Int(id)] : .void }

  /// The name of a type, empty if it has none.
  public func name(of id: TypeID) -> String { self[id].name }

  /// Types of exactly this name, and of this kind where one is given, in ascending order.
  ///
  /// The first call indexes all names.
  public func all(named name: String, kind: BTFType.Kind? = nil) -> [TypeID] {
    all(essentiallyNamed: name).filter {
      (kind == nil || self[$0].kind == kind) && self[$0].name == name
    }
  }

  /// Types of a name, flavours aside, in ascending order.
  func all(essentiallyNamed name: String) -> [TypeID] {
    names.types(named: Self.essentialName(name), of: self)
  }

  /// The first type of exactly this name, and of this kind where one is given.
  public func find(named name: String, kind: BTFType.Kind? = nil) -> TypeID? {
    all(named: name, kind: kind).first
  }

  /// The string at an offset of the string section that this was parsed from.
  ///
  /// Nil past the end, and for types made in memory. Bytes that are not UTF-8 are replaced by U+FFFD.
  public func string(at offset: Int) -> String? {
    strings?.string(at: offset).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A name without its CO-RE flavour: `sk_buff___old` is `sk_buff`.
  package static func essentialName(_ name: String) -> String {
    let bytes = name.utf8Span.span
    let underscore = UInt8(ascii: "_")
    var index = bytes.count - 5
    while index >= 0 {
      if bytes[index + 1] == underscore, bytes[index + 2] == underscore, bytes[index + 3] == underscore,
        bytes[index] != underscore, bytes[index + 4] != underscore
      {
        return String(decoding: name.utf8.prefix(index + 1), as: UTF8.self)
      }
      index -= 1
    }
    return name
  }
}

extension BTF: Hashable {
  /// Two collections are equal if their types are.
  public static func == (left: BTF, right: BTF) -> Bool {
    left.baseTypeCount == right.baseTypeCount && left.types == right.types
  }

  /// Hashes the number of types and the last of them: hashing all would take milliseconds.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(types.count)
    hasher.combine(types.last)
  }
}
