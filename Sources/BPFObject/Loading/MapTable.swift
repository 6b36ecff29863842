import BPF
import BTF

/// All maps of an object: those that it defines, then one for each data section, then `.kconfig`.
struct MapTable: Sendable {
  /// The most maps that an object can define; the kernel lets a program use 64.
  static let limit = 1024

  var definitions: [MapDefinition] = []
  /// Defined maps by where their definition is.
  private(set) var places: [SectionPlace: Int] = [:]
  /// Data maps by section.
  private(set) var dataMaps: [Int: Int] = [:]
  /// The map of the `.kconfig` variables.
  private(set) var kconfig: Int?
  private(set) var warnings: [String] = []

  /// Reads the definitions of a file.
  init(
    _ elf: ELFFile,
    _ types: ObjectTypes,
    _ entries: EntryTable,
    _ externs: ExternTable
  ) throws(ObjectError) {
    let legacy = try LegacyMaps(elf, types.btf, entries)
    add(legacy.maps)
    warnings = legacy.warnings
    let declared = try DeclaredMaps(elf, types.btf)
    if let section = declared.section {
      add(declared.maps.map { (SectionPlace(section: section, offset: $0.offset), $0.definition) })
    }
    for (index, contents) in try declared.staticValues(places: places, entries, elf) {
      definitions[definitions.count - declared.maps.count + index].initialContents = contents
    }
    try addDataSections(elf, types.btf)
    if let btf = types.btf {
      for index in definitions.indices {
        definitions[index].fields = definitions[index].kernelFields(in: btf)
        for inner in definitions[index].inner.indices {
          definitions[index].inner[inner].fields = definitions[index].inner[inner].kernelFields(in: btf)
        }
      }
    }
    if externs.kconfig.byteCount > 0 {
      kconfig = definitions.count
      definitions.append(externs.kconfig.definition)
    }
  }

  /// The map of a data section.
  static func dataMap(
    _ name: String,
    _ kind: MapDefinition.DataSection,
    byteCount: Int,
    type: BTF.TypeID,
    contents: [UInt8]
  ) -> MapDefinition {
    MapDefinition(
      name: name,
      type: .array,
      keySize: 4,
      valueSize: byteCount,
      maxEntries: 1,
      flags: kind == .readOnly || kind == .kconfig ? .readOnlyForPrograms : [],
      valueType: type,
      initialContents: .section(kind, contents)
    )
  }

  private mutating func add(_ maps: [(place: SectionPlace, definition: MapDefinition)]) {
    for map in maps {
      places[map.place] = definitions.count
      definitions.append(map.definition)
    }
  }

  private mutating func addDataSections(_ elf: ELFFile, _ btf: BTF?) throws(ObjectError) {
    for (index, section) in elf.sections.enumerated() where section.byteCount > 0 {
      guard let kind = Self.dataKind(section) else { continue }
      guard section.byteCount <= Int32.max else {
        throw elf.error(
          .mapDefinition("\(section.byteCount) bytes are more than a value can have"),
          in: index
        )
      }
      dataMaps[index] = definitions.count
      definitions.append(
        Self.dataMap(
          section.name,
          kind,
          byteCount: section.byteCount,
          type: btf?.find(named: section.name, kind: .dataSection) ?? 0,
          contents: Array(elf.contents(of: index))
        )
      )
    }
  }

  private static func dataKind(_ section: ELFSection) -> MapDefinition.DataSection? {
    guard section.isAllocated, !section.isExecutable else { return nil }
    let name = section.name
    switch section.kind {
    case .contents:
      if name == ".data" || name.hasPrefix(".data.") { return .data }
      return name == ".rodata" || name.hasPrefix(".rodata.") ? .readOnly : nil
    case .zero: return name == ".bss" || name.hasPrefix(".bss.") ? .zero : nil
    default: return nil
    }
  }
}
