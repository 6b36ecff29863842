import BPF

/// The functions of an object that can be programs, with their indices in the `FunctionTable`.
struct EntryTable: Sendable {
  private(set) var entries: [ProgramEntry] = []
  /// Of each entry, its index among the functions.
  private(set) var functions: [Int] = []
  private(set) var warnings: [String] = []

  /// Chooses the entries: global functions of every code section but `.text`, which holds subprograms.
  ///
  /// Where there is only `.text`, its global functions can be asked for by name.
  init(_ table: FunctionTable, _ elf: ELFFile) {
    let outside = table.functions.indices.filter { elf.sections[table.functions[$0].section].name != ".text" }
    var reported: Set<Int> = []
    for index in outside.isEmpty ? Array(table.functions.indices) : outside {
      let function = table.functions[index]
      guard !function.isLocal else { continue }
      let section = elf.sections[function.section].name
      let meaning = SectionName(section)
      var flags = meaning.flags
      if meaning.attachType == nil, meaning.tailCall == nil {
        flags.insert(.notLoadedByDefault)
        if section != ".text", reported.insert(function.section).inserted {
          let what =
            meaning.otherType.map { "holds \($0) programs, not XDP's: they cannot be run here" }
            ?? "is not an XDP program's by its name: its programs are loaded only by name"
          warnings.append("section '\(section)' \(what)")
        }
      }
      functions.append(index)
      entries.append(
        ProgramEntry(
          name: function.name,
          section: section,
          attachType: meaning.attachType ?? .xdp,
          otherType: meaning.otherType,
          flags: flags,
          slotCount: function.slotCount
        )
      )
    }
  }
}
