import BPF
import BTF

/// The maps of an object's section `maps`: structs of words, from before BTF, in the layouts of several loaders.
///
/// All layouts begin with type, key size, value size and capacity; what follows depends on the length, which
/// is the distance to the next symbol. gobpf gives each map a section of its own, `maps/NAME`.
struct LegacyMaps {
  /// In ascending order of place.
  private(set) var maps: [(place: SectionPlace, definition: MapDefinition)] = []
  private(set) var warnings: [String] = []

  /// Whether a section of this name holds such structs.
  static func isHome(_ name: String) -> Bool { name == "maps" || name.hasPrefix("maps/") }

  /// Reads the definitions of a file.
  init(_ elf: ELFFile, _ btf: BTF?, _ entries: EntryTable) throws(ObjectError) {
    let structs = try Self.structs(elf)
    for map in structs {
      guard var definition = map.definition else {
        throw Self.error("there is no map type \(map.typeNumber)", map.place, map.name, elf)
      }
      if let btf { Self.addTypes(to: &definition, from: btf) }
      if map.hasUnknownContents {
        warnings.append(
          "map '\(map.name)': the last \(map.byteCount - map.knownByteCount) bytes of its definition are of an "
            + "unknown layout and are ignored"
        )
      }
      maps.append((map.place, definition))
    }
    try resolvePointers(structs, elf)
    nestMaps(structs)
    fillProgramArrays(structs, entries)
  }

  private static func structs(_ elf: ELFFile) throws(ObjectError) -> [LegacyMap] {
    let homes = Set(
      elf.sections.indices.filter { isHome(elf.sections[$0].name) && elf.sections[$0].kind == .contents }
    )
    let symbols: [(place: SectionPlace, symbol: ELFSymbol)] = elf.symbols.compactMap { symbol in
      guard let section = symbol.section, homes.contains(section),
        symbol.kind == .object || symbol.kind == .none && symbol.binding != .local
      else { return nil }
      return (SectionPlace(section: section, offset: symbol.value), symbol)
    }
    .sorted { ($0.place.section, $0.place.offset) < ($1.place.section, $1.place.offset) }
    guard symbols.count <= MapTable.limit else {
      throw elf.error(.mapDefinition("more than \(MapTable.limit) maps"), in: symbols[0].place.section)
    }
    var structs: [LegacyMap] = []
    for (index, (place, symbol)) in symbols.enumerated() {
      let limit = elf.sections[place.section].byteCount
      let next = index + 1 < symbols.count ? symbols[index + 1].place : place
      let distance = (next.section == place.section && next != place ? next.offset : limit) - place.offset
      let size = symbol.size > 0 ? min(symbol.size, distance) : distance
      guard place.offset <= limit, size >= LegacyMap.minimumByteCount, size <= limit - place.offset else {
        let reason = "\(size) bytes are too few for type, key size, value size and capacity"
        throw error(reason, place, symbol.name, elf)
      }
      let start = elf.sections[place.section].range.lowerBound + place.offset
      let data = elf.bytes.rawBytes.extracting(start..<(start + size))
      structs.append(LegacyMap(named: symbol.name, at: place, parsing: data))
    }
    return structs
  }

  private static func error(
    _ reason: String,
    _ place: SectionPlace,
    _ symbol: String,
    _ elf: ELFFile
  ) -> ObjectError {
    elf.error(.mapDefinition(reason), in: place.section, at: place.offset, symbol: symbol)
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
  private mutating func resolvePointers(_ structs: [LegacyMap], _ elf: ELFFile) throws(ObjectError) {
    var positions: [SectionPlace: Int] = [:]
    for (index, map) in structs.enumerated() { positions[map.place] = index }
    for section in Set(structs.map(\.place.section)).sorted() {
      for relocation in elf.relocations[section] ?? [] {
        let symbol = elf.symbols[relocation.symbol]
        func map(before distance: Int) -> Int? {
          positions[SectionPlace(section: section, offset: relocation.offset - distance)]
            .flatMap { structs[$0].byteCount == LegacyMap.pointerLayoutByteCount ? $0 : nil }
        }
        if let index = map(before: LegacyMap.innerPointerOffset) {
          guard let home = symbol.section,
            let inner = positions[SectionPlace(section: home, offset: symbol.value)]
          else { throw elf.error(.undefinedSymbol, in: section, at: relocation.offset, symbol: symbol.name) }
          maps[index].definition.inner = [maps[inner].definition]
        } else if let index = map(before: LegacyMap.pathPointerOffset) {
          warnings.append("map '\(structs[index].name)': the path that it is to be pinned to is ignored")
        } else {
          throw elf.error(.pointerInData, in: section, at: relocation.offset, symbol: symbol.name)
        }
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
