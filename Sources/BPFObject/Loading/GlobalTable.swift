import BPF
import BTF

/// The variables of the data sections, by the object's types or, without them, by its symbols.
struct GlobalTable: Sendable {
  private(set) var variables: [GlobalVariable] = []

  /// Finds the variables of a file.
  init(_ elf: ELFFile, _ btf: BTF?, _ maps: MapTable) throws(ObjectError) {
    var typed: Set<Int> = []
    if let btf {
      for (section, map) in maps.dataMaps.sorted(by: { $0.key < $1.key }) {
        let type = maps.definitions[map].valueType
        guard case .dataSection(_, _, let places) = btf[type] else { continue }
        typed.insert(section)
        for place in places {
          guard case .variable(let name, let type, _) = btf[place.type] else { continue }
          try add(name, place.offset, place.byteCount, type, section, map, elf)
        }
      }
    }
    for symbol in elf.symbols where symbol.kind == .object && symbol.size > 0 {
      guard let section = symbol.section, !typed.contains(section), let map = maps.dataMaps[section] else {
        continue
      }
      try add(symbol.name, symbol.value, symbol.size, 0, section, map, elf)
    }
    try refusePointers(elf, maps)
  }

  /// Pointers among the initial data can't be filled in: where the maps will be isn't known before the load.
  private func refusePointers(_ elf: ELFFile, _ maps: MapTable) throws(ObjectError) {
    for (section, map) in maps.dataMaps.sorted(by: { $0.key < $1.key }) {
      guard let relocation = elf.relocations[section]?.first else { continue }
      let variable = variables.first {
        $0.map == map && $0.offset <= relocation.offset && relocation.offset - $0.offset < $0.byteCount
      }
      let symbol = variable?.name ?? elf.symbols[relocation.symbol].name
      throw elf.error(.pointerInData, in: section, at: relocation.offset, symbol: symbol)
    }
  }

  private mutating func add(
    _ name: String,
    _ offset: Int,
    _ byteCount: Int,
    _ type: BTF.TypeID,
    _ section: Int,
    _ map: Int,
    _ elf: ELFFile
  ) throws(ObjectError) {
    let limit = elf.sections[section].byteCount
    guard offset >= 0, byteCount >= 0, offset <= limit, byteCount <= limit - offset else {
      let end = offset.addingReportingOverflow(byteCount)
      throw elf.error(
        .truncated(needed: end.overflow ? .max : end.partialValue, available: limit),
        in: section,
        at: offset,
        symbol: name
      )
    }
    variables.append(
      GlobalVariable(
        name: name,
        section: elf.sections[section].name,
        map: map,
        offset: offset,
        byteCount: byteCount,
        type: type
      )
    )
  }
}
