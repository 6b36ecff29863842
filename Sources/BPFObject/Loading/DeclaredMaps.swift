import BPF
import BTF

/// The maps that an object declares in `.maps`: variables whose types say what the maps are.
struct DeclaredMaps {
  /// Of the section `.maps`; nil if there is none.
  private(set) var section: Int?
  /// In ascending order of offset.
  private(set) var maps: [(offset: Int, definition: MapDefinition)] = []
  /// By position in `maps`, the bytes of the section that hold pointers to initial values.
  private(set) var values: [Int: Range<Int>] = [:]

  /// Reads the declarations of a file.
  init(_ elf: ELFFile, _ btf: BTF?) throws(ObjectError) {
    section = elf.section(named: ".maps")
    guard let section, elf.sections[section].byteCount > 0 else { return }
    guard let btf, let id = btf.find(named: ".maps", kind: .dataSection),
      case .dataSection(_, _, let variables) = btf[id]
    else { throw elf.error(.needsBTF, in: section) }
    guard variables.count <= MapTable.limit else {
      throw elf.error(.mapDefinition("more than \(MapTable.limit) maps"), in: section)
    }
    var end = 0
    for variable in variables {
      guard case .variable(let name, let type, _) = btf[variable.type] else { continue }
      let limit = elf.sections[section].byteCount
      guard variable.offset >= end, variable.byteCount <= limit, variable.offset <= limit - variable.byteCount
      else {
        let reason = "bytes \(variable.offset), \(variable.byteCount) of them, overlap or leave the section"
        throw elf.error(.mapDefinition(reason), in: section, at: variable.offset, symbol: name)
      }
      end = variable.offset + variable.byteCount
      do throws(DeclaredMap.Fault) {
        let map = try DeclaredMap(named: name, type: type, in: btf)
        if let start = map.valuesOffset, start <= variable.byteCount {
          values[maps.count] = (variable.offset + start)..<end
        }
        maps.append((variable.offset, map.definition))
      } catch {
        throw elf.error(.mapDefinition(error.reason), in: section, at: variable.offset, symbol: name)
      }
    }
  }

  /// What the relocations of `.maps` put into maps of maps and program arrays, by position in `maps`.
  ///
  /// `places` are all maps of the object by where their definitions are, `entries` the programs that a program
  /// array can hold.
  func staticValues(
    places: [SectionPlace: Int],
    _ entries: EntryTable,
    _ elf: ELFFile
  ) throws(ObjectError) -> [Int: MapDefinition.InitialContents] {
    guard let section, let relocations = elf.relocations[section] else { return [:] }
    let programs = Set(entries.entries.map(\.name))
    var result: [Int: MapDefinition.InitialContents] = [:]
    var remaining = relocations[...]
    for index in maps.indices {
      guard let range = values[index] else { continue }
      let isProgramArray = maps[index].definition.type == .programArray
      var programsBySlot: [Int: String] = [:]
      var mapsBySlot: [Int: Int] = [:]
      while let relocation = remaining.first, relocation.offset < range.upperBound {
        let symbol = elf.symbols[relocation.symbol]
        guard relocation.offset >= range.lowerBound, (relocation.offset - range.lowerBound) % 8 == 0 else {
          break
        }
        let slot = (relocation.offset - range.lowerBound) / 8
        if isProgramArray, programs.contains(symbol.name) {
          programsBySlot[slot] = symbol.name
        } else if !isProgramArray, let map = places[try place(of: symbol, relocation, section, elf)] {
          mapsBySlot[slot] = map
        } else {
          throw elf.error(.undefinedSymbol, in: section, at: relocation.offset, symbol: symbol.name)
        }
        remaining.removeFirst()
      }
      if !programsBySlot.isEmpty { result[index] = .programs(programsBySlot) }
      if !mapsBySlot.isEmpty { result[index] = .maps(mapsBySlot) }
    }
    if let relocation = remaining.first {
      throw elf.error(.relocationSite("part of a map declaration"), in: section, at: relocation.offset)
    }
    return result
  }

  /// Where a pointer in `.maps` points to; for a static map the addend is in its place.
  private func place(
    of symbol: ELFSymbol,
    _ relocation: ELFRelocation,
    _ section: Int,
    _ elf: ELFFile
  ) throws(ObjectError) -> SectionPlace {
    guard let home = symbol.section else {
      throw elf.error(.undefinedSymbol, in: section, at: relocation.offset, symbol: symbol.name)
    }
    let data = elf.bytes.rawBytes.extracting(elf.sections[section].range)
    let addend: UInt64 = data.littleEndian(at: relocation.offset) ?? 0
    let (offset, overflow) = symbol.value.addingReportingOverflow(Int(clamping: addend))
    return SectionPlace(section: home, offset: overflow ? -1 : offset)
  }
}
