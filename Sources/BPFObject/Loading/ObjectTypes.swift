import BTF

/// The object's types and line records, completed by what only its ELF sections and symbols say.
struct ObjectTypes: Sendable {
  /// Nil for an object without `.BTF`.
  private(set) var btf: BTF?
  /// The records of `.BTF.ext`, each section's in ascending order of the instruction.
  private(set) var records = BTFExtension()

  /// Reads `.BTF` and `.BTF.ext`.
  init(_ elf: ELFFile) throws(ObjectError) {
    guard let section = elf.section(named: ".BTF"), !elf.contents(of: section).isEmpty else {
      btf = nil
      return
    }
    let raw = try Self.wrapping(elf, section) { () throws(BTFError) in
      try BTF(parsing: elf.bytes.rawBytes.extracting(elf.sections[section].range))
    }
    btf = Self.complete(raw, from: elf)
    guard let section = elf.section(named: ".BTF.ext"), !elf.contents(of: section).isEmpty else { return }
    records = try Self.wrapping(elf, section) { () throws(BTFError) in
      try BTFExtension(parsing: elf.bytes.rawBytes.extracting(elf.sections[section].range), btf: raw)
    }
    records.functions = records.functions.mapValues { Self.sorted($0, by: \.byteOffset) }
    records.lines = records.lines.mapValues { Self.sorted($0, by: \.byteOffset) }
    records.relocations = records.relocations.mapValues { Self.sorted($0, by: \.byteOffset) }
  }

  /// Gives the variables of `.kconfig` the places that they have in their map.
  ///
  /// They become ordinary variables, which is what the kernel takes in a map's data section.
  mutating func place(_ kconfig: KconfigTable) {
    guard let btf, !kconfig.variables.isEmpty,
      case .dataSection(let name, _, let variables) = btf[kconfig.type]
    else { return }
    let offsets = Dictionary(
      kconfig.variables.map { ($0.name, $0.offset) },
      uniquingKeysWith: { first, _ in first }
    )
    var types = btf.types
    var placed: [BTFType.SectionVariable] = []
    for variable in variables {
      guard case .variable(let name, let type, _) = btf[variable.type], let offset = offsets[name] else {
        continue
      }
      types[Int(variable.type)] = .variable(name: name, type: type, linkage: .global)
      placed.append(.init(type: variable.type, offset: offset, byteCount: variable.byteCount))
    }
    types[Int(kconfig.type)] = .dataSection(
      name: name,
      byteCount: kconfig.byteCount,
      variables: placed.sorted { $0.offset < $1.offset }
    )
    self.btf = BTF(types: types)
  }

  private static func sorted<Record>(_ records: [Record], by offset: (Record) -> Int) -> [Record] {
    let isSorted = zip(records, records.dropFirst()).allSatisfy { offset($0) <= offset($1) }
    return isSorted ? records : records.sorted { offset($0) < offset($1) }
  }

  private static func wrapping<Result>(
    _ elf: ELFFile,
    _ section: Int,
    _ body: () throws(BTFError) -> Result
  ) throws(ObjectError) -> Result {
    do throws(BTFError) { return try body() } catch { throw elf.error(.btf(error), in: section) }
  }

  /// Gives data sections their sizes and variables their offsets, and hidden functions static linkage.
  ///
  /// The compiler leaves sizes and the offsets of global variables to the loader.
  private static func complete(_ btf: BTF, from elf: ELFFile) -> BTF {
    var symbols: [String: ELFSymbol] = [:]
    for symbol in elf.symbols where symbol.binding != .local && !symbol.name.isEmpty {
      symbols[symbol.name] = symbol
    }
    var sections: [String: Int] = [:]
    for (index, section) in elf.sections.enumerated() where sections[section.name] == nil {
      sections[section.name] = index
    }
    var types = btf.types
    for (index, type) in types.enumerated() {
      switch type {
      case .dataSection(let name, _, let variables):
        guard let section = sections[name] else { continue }
        let placed = variables.map { variable in
          guard case .variable(let name, _, let linkage) = btf[variable.type], linkage != .static,
            let symbol = symbols[name], symbol.section == section
          else { return variable }
          return BTFType.SectionVariable(
            type: variable.type,
            offset: symbol.value,
            byteCount: variable.byteCount
          )
        }
        types[index] = .dataSection(
          name: name,
          byteCount: elf.sections[section].byteCount,
          variables: placed.sorted { $0.offset < $1.offset }
        )
      case .function(let name, let prototype, .global) where symbols[name]?.isHidden == true:
        types[index] = .function(name: name, prototype: prototype, linkage: .static)
      default: continue
      }
    }
    return BTF(types: types)
  }
}
