public import BPF
public import BTF

/// A BPF object file as clang wrote it: its programs still in parts, its maps, globals and types.
///
/// Parsing checks the whole file's structure; code is decoded when it is linked. Between the two, maps can be
/// resized and globals set. Memory is bounded by a small multiple of the file's size, whatever it says.
public struct ObjectFile: Sendable {
  /// The file's name as the caller gave it, for errors.
  public let name: String
  /// All maps: the object's own, then its data sections under their sections' names, then `.kconfig`.
  ///
  /// Every linked program carries this list, so that indices agree. The contents of a `.bss` map may be
  /// shorter than its value: the rest is zero.
  public internal(set) var maps: [MapDefinition]
  /// The license of section `license`; empty where there is none.
  public let license: String
  /// The object's types, with the sizes and offsets that the compiler leaves to the loader.
  public internal(set) var btf: BTF?
  /// Functions that can be loaded as programs, in order of section and offset.
  public let entries: [ProgramEntry]
  /// The variables of the data sections.
  public internal(set) var globals: [GlobalVariable]
  /// What a person should know of the object, one line each.
  public let warnings: [String]

  let elf: ELFFile
  let types: ObjectTypes
  let functions: FunctionTable
  let entryTable: EntryTable
  let externs: ExternTable
  let mapTable: MapTable

  /// Reads an object file; `name` is for errors to say.
  public init(parsing data: RawSpan, named name: String) throws(ObjectError) {
    self.name = name
    elf = try ELFFile(parsing: data, named: name)
    var types = try ObjectTypes(elf)
    functions = try FunctionTable(elf)
    entryTable = EntryTable(functions, elf)
    externs = try ExternTable(elf, types.btf)
    types.place(externs.kconfig)
    self.types = types
    mapTable = try MapTable(elf, types, entryTable, externs)
    globals = try GlobalTable(elf, types.btf, mapTable).variables
    btf = types.btf
    entries = entryTable.entries
    maps = mapTable.definitions
    warnings = entryTable.warnings + mapTable.warnings
    license = elf.text(ofSection: "license") ?? ""
  }

  /// Whether linking has use for the kernel's types: the code carries CO-RE relocations.
  public var usesKernelTypes: Bool { types.records.relocations.contains { !$0.value.isEmpty } }

  /// Links all programs that are loaded unless asked otherwise: XDP's by their sections' names, without `?`.
  ///
  /// `kernel` are the types that CO-RE relocations are resolved against, such as `/sys/kernel/btf/vmlinux`;
  /// without them the code stays as compiled. `kconfig` has the values of `.kconfig` variables by name, such as
  /// `CONFIG_HZ` or `LINUX_KERNEL_VERSION`.
  public func linked(
    kernel: BTF? = nil,
    kconfig: [String: KconfigValue] = [:]
  ) throws(ObjectError) -> [Program] {
    var linker = try ProgramLinker(self, target: kernel, configuration: kconfig)
    var programs: [Program] = []
    for (index, entry) in entries.enumerated() where !entry.flags.contains(.notLoadedByDefault) {
      programs.append(try linker.link(index))
    }
    return programs
  }

  /// Links one program by its name, whether or not it is loaded by default.
  public func linked(
    _ program: String,
    kernel: BTF? = nil,
    kconfig: [String: KconfigValue] = [:]
  ) throws(ObjectError) -> Program {
    guard let index = entries.firstIndex(where: { $0.name == program }) else {
      throw ObjectError(.noSuchProgram(available: entries.map(\.name)), file: name, symbol: program)
    }
    var linker = try ProgramLinker(self, target: kernel, configuration: kconfig)
    return try linker.link(index)
  }
}
