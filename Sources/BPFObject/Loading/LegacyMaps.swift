import BPF
import BTF

/// The maps of an object's section `maps`: structs of words, from before BTF, in the layouts of several loaders.
///
/// All layouts begin with type, key size, value size and capacity; what follows depends on the length, which
/// is the distance to the next symbol.
struct LegacyMaps {
  /// Of the section `maps`; nil if there is none.
  private(set) var section: Int?
  /// In ascending order of offset.
  private(set) var maps: [(offset: Int, definition: MapDefinition)] = []
  private(set) var warnings: [String] = []

  /// Reads the definitions of a file.
  init(_ elf: ELFFile, _ btf: BTF?, _ entries: EntryTable) throws(ObjectError) {
    section = elf.section(named: "maps")
    guard let section, elf.sections[section].kind == .contents else { return }
    let limit = elf.sections[section].byteCount
    let symbols = elf.symbols.filter {
      $0.section == section && ($0.kind == .object || $0.kind == .none && $0.binding != .local)
    }
    .sorted { $0.value < $1.value }
    guard symbols.count <= MapTable.limit else {
      throw elf.error(.mapDefinition("more than \(MapTable.limit) maps"), in: section)
    }
    var structs: [LegacyMap] = []
    for (index, symbol) in symbols.enumerated() {
      let end = index + 1 < symbols.count ? symbols[index + 1].value : limit
      let size = symbol.size > 0 ? min(symbol.size, end - symbol.value) : end - symbol.value
      guard symbol.value >= 0, symbol.value <= limit, size >= LegacyMap.minimumByteCount,
        size <= limit - symbol.value
      else {
        let reason = "\(size) bytes are too few for type, key size, value size and capacity"
        throw elf.error(.mapDefinition(reason), in: section, at: symbol.value, symbol: symbol.name)
      }
      let start = elf.sections[section].range.lowerBound + symbol.value
      let data = elf.bytes.rawBytes.extracting(start..<(start + size))
      structs.append(LegacyMap(named: symbol.name, at: symbol.value, parsing: data))
    }
    try definitions(of: structs, section, elf, btf)
    try resolvePointers(structs, section, elf)
    nestMaps(structs)
    fillProgramArrays(structs, entries)
  }

  private mutating func definitions(
    of structs: [LegacyMap],
    _ section: Int,
    _ elf: ELFFile,
    _ btf: BTF?
  ) throws(ObjectError) {
    for map in structs {
      guard var definition = map.definition else {
        let reason = "there is no map type \(map.typeNumber)"
        throw elf.error(.mapDefinition(reason), in: section, at: map.offset, symbol: map.name)
      }
      if let btf { Self.addTypes(to: &definition, from: btf) }
      if map.hasUnknownContents {
        warnings.append(
          "map '\(map.name)': the last \(map.byteCount - map.knownByteCount) bytes of its definition are of an "
            + "unknown layout and are ignored"
        )
      }
      maps.append((map.offset, definition))
    }
  }

  /// `BPF_ANNOTATE_KV_PAIR` declares key and value as members of a struct.
  private static func addTypes(to definition: inout MapDefinition, from btf: BTF) {
    guard let id = btf.find(named: "____btf_map_" + definition.name, kind: .structure),
      let members = btf[id].composite?.members, members.count == 2,
      btf.byteCount(of: members[0].type) == definition.keySize,
      btf.byteCount(of: members[1].type) == definition.valueSize
    else { return }
    definition.keyType = members[0].type
    definition.valueType = members[1].type
  }

  /// goebpf's structs hold pointers to the inner map and to a path to pin to.
  private mutating func resolvePointers(
    _ structs: [LegacyMap],
    _ section: Int,
    _ elf: ELFFile
  ) throws(ObjectError) {
    guard let relocations = elf.relocations[section] else { return }
    var places: [Int: Int] = [:]
    var positions: [Int: Int] = [:]
    for (index, map) in structs.enumerated() {
      places[map.offset] = index
      if map.byteCount == LegacyMap.pointerLayoutByteCount { positions[map.offset] = index }
    }
    for relocation in relocations {
      let symbol = elf.symbols[relocation.symbol]
      if let index = positions[relocation.offset - LegacyMap.innerPointerOffset] {
        guard symbol.section == section, let inner = places[symbol.value]
        else { throw elf.error(.undefinedSymbol, in: section, at: relocation.offset, symbol: symbol.name) }
        maps[index].definition.inner = [maps[inner].definition]
      } else if let index = positions[relocation.offset - LegacyMap.pathPointerOffset] {
        warnings.append("map '\(structs[index].name)': the path that it is to be pinned to is ignored")
      } else {
        throw elf.error(.pointerInData, in: section, at: relocation.offset, symbol: symbol.name)
      }
    }
  }

  /// Finds inner maps by their position among the maps (kernel samples) or by their id (iproute2).
  private mutating func nestMaps(_ structs: [LegacyMap]) {
    var byID: [UInt32: [Int]] = [:]
    for (index, map) in structs.enumerated() where map.id != 0 { byID[map.id, default: []].append(index) }
    for (index, map) in structs.enumerated() {
      guard [.arrayOfMaps, .hashOfMaps].contains(maps[index].definition.type) else { continue }
      if let inner = map.innerPosition, structs.indices.contains(inner), inner != index {
        maps[index].definition.inner = [maps[inner].definition]
      }
      guard map.innerID != 0, let inner = byID[map.innerID]?.filter({ $0 != index }), let first = inner.first
      else { continue }
      maps[index].definition.inner = [maps[first].definition]
      var contents: [Int: Int] = [:]
      for position in inner {
        if let slot = structs[position].innerSlot, slot < maps[index].definition.maxEntries {
          contents[slot] = position
        }
      }
      if !contents.isEmpty { maps[index].definition.initialContents = .maps(contents) }
    }
  }

  /// iproute2 puts the programs of sections `ID/POSITION` into the program array of that id.
  private mutating func fillProgramArrays(_ structs: [LegacyMap], _ entries: EntryTable) {
    var programs: [UInt32: [Int: String]] = [:]
    for entry in entries.entries {
      guard let target = SectionName(entry.section).tailCall else { continue }
      programs[target.map, default: [:]][target.position] = entry.name
    }
    for (index, map) in structs.enumerated() where maps[index].definition.type == .programArray && map.id != 0
    {
      if let contents = programs[map.id] {
        maps[index].definition.initialContents = .programs(contents)
      }
    }
  }
}
