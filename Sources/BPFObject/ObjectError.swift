public import BPF
public import BTF

/// What is wrong with an object file, or with what was asked of it, and where.
public struct ObjectError: Error, Hashable, Sendable {
  /// The file's name as the caller gave it.
  public var file: String
  /// The section that the fault is in; nil for the file as a whole.
  public var section: String?
  /// The byte within the section, or within the file where there is no section.
  public var offset: Int?
  /// The function, map or variable that it is about.
  public var symbol: String?
  /// What the fault is.
  public var fault: Fault

  /// Makes an error.
  public init(
    _ fault: Fault,
    file: String,
    section: String? = nil,
    offset: Int? = nil,
    symbol: String? = nil
  ) {
    self.fault = fault
    self.file = file
    self.section = section
    self.offset = offset
    self.symbol = symbol
  }

  /// What a fault is.
  public enum Fault: Hashable, Sendable {
    // The container
    /// The file doesn't begin as ELF files do.
    case notELF
    /// The object is for a big-endian machine.
    case bigEndian
    /// A 32-bit ELF file, or one of an unknown class.
    case not64Bit(class: Int)
    /// An executable, a shared library or a core dump; `type` is `e_type`.
    case notRelocatable(type: Int)
    /// Code for another processor; `machine` is `e_machine`.
    case notBPF(machine: Int)
    /// Something reaches past the end of what holds it.
    case truncated(needed: Int, available: Int)
    /// Entries of a table that don't have the size that ELF prescribes.
    case entrySize(Int, expected: Int)
    /// A section index that doesn't exist.
    case noSuchSection(Int, count: Int)
    /// A symbol index that doesn't exist.
    case noSuchSymbol(Int, count: Int)
    /// A name that begins past the end of its string table, or doesn't end in it.
    case noSuchString(Int)
    /// The names overlap so much that reading them would take far more memory than the file.
    case overlappingNames
    /// Two sections share bytes of the file.
    case overlappingSections(with: String)
    /// A second section, or a second definition, of a kind that may be there once.
    case duplicate(String)
    /// Something that ELF allows and BPF objects don't have.
    case unsupported(String)

    // Code
    /// A function that isn't whole instructions within its section.
    case functionBounds(offset: Int, byteCount: Int, limit: Int)
    /// Two functions share instructions.
    case overlappingFunctions(with: String)
    /// Bytes that are no instruction.
    case decoding(DecodingError)
    /// A call or function address that isn't the start of a function.
    case noFunction(section: String, offset: Int)
    /// More code than the limit, in slots, for one program or all of them.
    case tooMuchCode(limit: Int)

    // Relocations
    /// A relocation type that BPF doesn't have.
    case relocationType(Int)
    /// A relocation of an instruction that takes none.
    case relocationSite(String)
    /// A second relocation at one place.
    case duplicateRelocation
    /// A symbol that is defined nowhere, and that the object's types don't declare as `__ksym` or `__kconfig`.
    case undefinedSymbol
    /// A symbol without a place (`SHN_COMMON`).
    case commonSymbol
    /// A symbol in a section that programs can't refer to.
    case unsupportedTarget(section: String)
    /// The address of a byte outside its section.
    case addressOutOfSection(section: String, address: Int, byteCount: Int)
    /// A pointer among initial data: nobody can fill it in before the load.
    case pointerInData
    /// A CO-RE relocation that can't be applied to its instruction.
    case typeRelocation(String)

    // Maps and variables
    /// A map definition that makes no sense.
    case mapDefinition(String)
    /// BTF-defined maps, or externs, in an object without BTF.
    case needsBTF
    /// What is wrong with the object's types or line records.
    case btf(BTFError)
    /// There is no such map; these are there.
    case noSuchMap(available: [String])
    /// There is no such program; these are there.
    case noSuchProgram(available: [String])
    /// There is no such global variable; these are there.
    case noSuchGlobal(available: [String])
    /// Several variables have the name, in these sections.
    case ambiguousGlobal(sections: [String])
    /// A map whose capacity can't be changed, or not to this.
    case capacity(Int, String)
    /// Bytes that are too few or too many for the variable.
    case valueSize(Int, expected: Int)
    /// A value that the variable can't hold.
    case valueRange(String)
    /// A `.kconfig` variable that the configuration doesn't name and that isn't weak.
    case missingKconfig
    /// A value of the configuration that doesn't fit its variable.
    case kconfigValue(String)
  }
}

extension ObjectError: CustomStringConvertible {
  /// File, place and reason in one line.
  public var description: String {
    var place = file
    if let section { place += ", section '\(section)'" }
    if let offset { place += section == nil ? ", byte \(offset) of the file" : ", byte \(offset)" }
    if let symbol { place += ", '\(symbol)'" }
    return "\(place): \(fault)"
  }
}

extension ObjectError.Fault: CustomStringConvertible {
  /// The reason as a person reads it.
  public var description: String {
    containerText ?? codeText ?? relocationText ?? dataText ?? ""
  }

  private var containerText: String? {
    switch self {
    case .notELF: "not an ELF object file"
    case .bigEndian:
      "big-endian objects are not supported; compile it for the little-endian target (clang -target bpfel)"
    case .not64Bit(let kind): "ELF class \(kind) is not supported, only 64-bit files (class 2)"
    case .notRelocatable(let type):
      "ELF type \(type) is not a relocatable object; give the .o that clang -target bpf -c writes"
    case .notBPF(let machine):
      "holds code for ELF machine \(machine), not for BPF (247); compile it with clang -target bpf"
    case .truncated(let needed, let available): "needs \(needed) bytes, but only \(available) are there"
    case .entrySize(let size, let expected): "has entries of \(size) bytes instead of \(expected)"
    case .noSuchSection(let index, let count): "refers to section \(index), but there are only \(count)"
    case .noSuchSymbol(let index, let count): "refers to symbol \(index), but there are only \(count)"
    case .noSuchString(let offset): "has no string at byte \(offset)"
    case .overlappingNames: "the names overlap too much to be read"
    case .overlappingSections(let other): "shares bytes of the file with section '\(other)'"
    case .duplicate(let what): "there is more than one \(what)"
    case .unsupported(let what): "\(what) are not supported"
    default: nil
    }
  }

  private var codeText: String? {
    switch self {
    case .functionBounds(let offset, let byteCount, let limit):
      "bytes \(offset) to \(offset.addingReportingOverflow(byteCount).partialValue) are not whole "
        + "instructions within the section's \(limit) bytes"
    case .overlappingFunctions(let other): "shares instructions with '\(other)'"
    case .decoding(let error): "\(error)"
    case .noFunction(let section, let offset):
      "no function begins at byte \(offset) of section '\(section)'"
    case .tooMuchCode(let limit): "more than \(limit) instruction slots"
    default: nil
    }
  }

  private var relocationText: String? {
    switch self {
    case .relocationType(let type): "unknown relocation type \(type)"
    case .relocationSite(let what): "a relocation of \(what), which takes none"
    case .duplicateRelocation: "is relocated twice"
    case .undefinedSymbol:
      "is defined nowhere; define it, or declare it extern with __ksym or __kconfig and compile with -g"
    case .commonSymbol: "has no place yet; give it an initial value or compile with -fno-common"
    case .unsupportedTarget(let section): "refers to section '\(section)', which programs can't use"
    case .addressOutOfSection(let section, let address, let byteCount):
      "refers to byte \(address) of '\(section)', which has \(byteCount)"
    case .pointerInData:
      "holds a pointer, which can't be filled in before the load; store an index or set it in the program"
    case .typeRelocation(let reason): "CO-RE relocation: \(reason)"
    default: nil
    }
  }

  private var dataText: String? {
    switch self {
    case .mapDefinition(let reason): "map definition: \(reason)"
    case .needsBTF: "needs the object's types (BTF); compile with -g and keep section .BTF"
    case .btf(let error): "\(error)"
    case .noSuchMap(let names): "there is no such map; " + Self.list("maps", names)
    case .noSuchProgram(let names): "there is no such program; " + Self.list("programs", names)
    case .noSuchGlobal(let names): "there is no such global variable; " + Self.list("variables", names)
    case .ambiguousGlobal(let sections):
      "is the name of \(sections.count) variables, in " + sections.joined(separator: ", ")
    case .capacity(let count, let reason): "can't have \(count) entries: \(reason)"
    case .valueSize(let count, let expected): "takes \(expected) bytes, not \(count)"
    case .valueRange(let reason): reason
    case .missingKconfig:
      "is not in the kernel's configuration; supply a value, or declare it __weak"
    case .kconfigValue(let reason): reason
    default: nil
    }
  }

  private static func list(_ what: String, _ names: [String]) -> String {
    let shown = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    return names.isEmpty ? "the object has no \(what)" : "\(what): \(shown)"
  }
}
