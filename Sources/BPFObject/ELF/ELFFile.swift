import BTF

/// A little-endian, 64-bit, relocatable ELF file for BPF: sections, symbols and relocations within its bounds.
///
/// It keeps one copy of the file; nothing here is larger than a small multiple of it.
struct ELFFile: Sendable {
  /// The file's name, for errors.
  let name: String
  let bytes: [UInt8]
  /// By index; the first one is the null section.
  private(set) var sections: [ELFSection] = []
  /// By index; the first one is the null symbol.
  private(set) var symbols: [ELFSymbol] = []
  /// The relocations of allocated sections, by the section they apply to, in ascending order of offset.
  private(set) var relocations: [Int: [ELFRelocation]] = [:]

  /// Reads and checks the tables of a file.
  init(parsing data: RawSpan, named name: String) throws(ObjectError) {
    self.name = name
    let header = try ELFHeader(parsing: data, named: name)
    bytes = data.copiedBytes()
    sections = try Self.readSections(data, header, named: name)
    try nameSections(header)
    try refuseOverlaps()
    guard let table = sections.firstIndex(where: { $0.kind == .symbolTable }) else { return }
    symbols = try readSymbols(of: table)
    for index in sections.indices { try readRelocations(of: index, symbolTable: table) }
  }

  /// The section of this name; the first one if there are several.
  func section(named name: String) -> Int? { sections.firstIndex { $0.name == name } }

  /// A section's bytes; none for one that takes no room in the file.
  func contents(of section: Int) -> ArraySlice<UInt8> { bytes[sections[section].range] }

  /// A section's bytes up to the first zero, as text; nil where there is no such section.
  func text(ofSection name: String) -> String? {
    section(named: name).map { String(decoding: contents(of: $0).prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// An error at a place of this file.
  func error(
    _ fault: ObjectError.Fault,
    in section: Int? = nil,
    at offset: Int? = nil,
    symbol: String? = nil
  ) -> ObjectError {
    let sectionName = section.map { sections[$0].name.isEmpty ? "#\($0)" : sections[$0].name }
    return ObjectError(fault, file: name, section: sectionName, offset: offset, symbol: symbol)
  }
}

extension ELFFile {
  private static func readSections(
    _ data: RawSpan,
    _ header: ELFHeader,
    named name: String
  ) throws(ObjectError) -> [ELFSection] {
    guard header.sectionTable > 0 else { return [] }
    let first = try ELFSection(parsing: data, at: header.sectionTable, named: name)
    // The first header's size is the number of sections where the file's header has no room for it.
    let sizeOffset = header.sectionTable + 32
    let extended = data.littleEndian(at: sizeOffset, as: UInt64.self).map { Int(clamping: $0) } ?? 0
    let count = header.sectionCount == 0 ? extended : header.sectionCount
    let available = data.byteCount - header.sectionTable
    guard count <= available / ELFSection.headerByteCount else {
      let needed = count.multipliedReportingOverflow(by: ELFSection.headerByteCount)
      let fault = ObjectError.Fault.truncated(
        needed: needed.overflow ? .max : needed.partialValue,
        available: available
      )
      throw ObjectError(fault, file: name, offset: header.sectionTable)
    }
    var sections = [first]
    sections.reserveCapacity(count)
    for index in 1..<max(count, 1) {
      let offset = header.sectionTable + index * ELFSection.headerByteCount
      sections.append(try ELFSection(parsing: data, at: offset, named: name))
    }
    return sections
  }

  private mutating func nameSections(_ header: ELFHeader) throws(ObjectError) {
    guard let first = sections.first else { return }
    let index = header.nameSection == 0xffff ? first.link : header.nameSection
    guard sections.indices.contains(index), sections[index].kind == .stringTable else {
      throw error(.noSuchSection(index, count: sections.count))
    }
    var names = ELFNames(bytes, in: sections[index].range)
    for section in sections.indices {
      let offset = sections[section].nameOffset
      sections[section].name = try readName(&names, at: offset, table: index)
    }
  }

  private func readName(
    _ names: inout ELFNames,
    at offset: UInt32,
    table: Int
  ) throws(ObjectError) -> String {
    do throws(ELFNameFault) {
      return try names.name(at: offset)
    } catch {
      let fault: ObjectError.Fault =
        error == .missing ? .noSuchString(Int(offset)) : .overlappingNames
      throw self.error(fault, in: table, at: Int(offset))
    }
  }

  private func refuseOverlaps() throws(ObjectError) {
    let order = sections.indices.filter { !sections[$0].range.isEmpty }
      .sorted { sections[$0].range.lowerBound < sections[$1].range.lowerBound }
    for (left, right) in zip(order, order.dropFirst())
    where sections[left].range.upperBound > sections[right].range.lowerBound {
      throw error(
        .overlappingSections(with: sections[left].name),
        in: right,
        at: 0
      )
    }
  }
}

extension ELFFile {
  private func readSymbols(of table: Int) throws(ObjectError) -> [ELFSymbol] {
    let section = sections[table]
    guard section.entryByteCount == ELFSymbol.byteCount else {
      throw error(.entrySize(section.entryByteCount, expected: ELFSymbol.byteCount), in: table)
    }
    guard sections.indices.contains(section.link), sections[section.link].kind == .stringTable else {
      throw error(.noSuchSection(section.link, count: sections.count), in: table)
    }
    var names = ELFNames(bytes, in: sections[section.link].range)
    var symbols: [ELFSymbol] = []
    symbols.reserveCapacity(section.byteCount / ELFSymbol.byteCount)
    let data = bytes.rawBytes.extracting(section.range)
    for offset in stride(from: 0, to: section.byteCount, by: ELFSymbol.byteCount) {
      guard
        let nameOffset = data.littleEndian(at: offset, as: UInt32.self),
        let info = data.littleEndian(at: offset + 4, as: UInt8.self),
        let other = data.littleEndian(at: offset + 5, as: UInt8.self),
        let home = data.littleEndian(at: offset + 6, as: UInt16.self),
        let value = data.littleEndian(at: offset + 8, as: UInt64.self),
        let size = data.littleEndian(at: offset + 16, as: UInt64.self)
      else {
        let available = section.byteCount - offset
        throw error(.truncated(needed: ELFSymbol.byteCount, available: available), in: table, at: offset)
      }
      let place = try symbolHome(home, table: table, at: offset)
      var name = try readName(&names, at: nameOffset, table: section.link)
      // The symbol that stands for a whole section has the section's name.
      if name.isEmpty, info & 15 == 3, case .section(let index) = place { name = sections[index].name }
      symbols.append(
        ELFSymbol(
          name: name,
          kind: .init(info & 15),
          binding: info >> 4 == 0 ? .local : info >> 4 == 2 ? .weak : .global,
          isHidden: other & 3 == 1 || other & 3 == 2,
          home: place,
          value: Int(clamping: value),
          size: Int(clamping: size)
        )
      )
    }
    return symbols
  }

  private func symbolHome(
    _ index: UInt16,
    table: Int,
    at offset: Int
  ) throws(ObjectError) -> ELFSymbol.Home {
    switch index {
    case 0: return .undefined
    case 0xfff1: return .absolute
    case 0xfff2: return .common
    case 0xff00...: throw error(.unsupported("extended section indices"), in: table, at: offset)
    default:
      guard index < sections.count else {
        throw error(.noSuchSection(Int(index), count: sections.count), in: table, at: offset)
      }
      return .section(Int(index))
    }
  }

  private mutating func readRelocations(of index: Int, symbolTable: Int) throws(ObjectError) {
    let section = sections[index]
    guard section.kind == .relocations || section.kind == .addendRelocations else { return }
    guard section.info > 0, section.info < sections.count else {
      throw error(.noSuchSection(section.info, count: sections.count), in: index)
    }
    guard sections[section.info].isAllocated, section.byteCount > 0 else { return }
    guard section.kind == .relocations else {
      throw error(.unsupported("relocations with addends (SHT_RELA)"), in: index)
    }
    guard section.entryByteCount == ELFRelocation.byteCount else {
      throw error(.entrySize(section.entryByteCount, expected: ELFRelocation.byteCount), in: index)
    }
    guard section.link == symbolTable else { throw error(.duplicate("symbol table"), in: index) }
    guard relocations[section.info] == nil else {
      throw error(.duplicate("relocation section for '\(sections[section.info].name)'"), in: index)
    }
    relocations[section.info] = try parseRelocations(of: index)
  }

  private func parseRelocations(of index: Int) throws(ObjectError) -> [ELFRelocation] {
    let section = sections[index]
    let limit = sections[section.info].byteCount
    let data = bytes.rawBytes.extracting(section.range)
    var result: [ELFRelocation] = []
    result.reserveCapacity(section.byteCount / ELFRelocation.byteCount)
    for position in stride(from: 0, to: section.byteCount, by: ELFRelocation.byteCount) {
      guard
        let offset = data.littleEndian(at: position, as: UInt64.self),
        let type = data.littleEndian(at: position + 8, as: UInt32.self),
        let symbol = data.littleEndian(at: position + 12, as: UInt32.self)
      else {
        let available = section.byteCount - position
        throw error(
          .truncated(needed: ELFRelocation.byteCount, available: available),
          in: index,
          at: position
        )
      }
      guard let kind = ELFRelocation.Kind(rawValue: type) else {
        throw error(.relocationType(Int(type)), in: section.info, at: Int(clamping: offset))
      }
      guard symbol < symbols.count else {
        throw error(.noSuchSymbol(Int(symbol), count: symbols.count), in: index, at: position)
      }
      guard offset < limit, limit - Int(offset) >= 4 else {
        let end = Int(clamping: offset).addingReportingOverflow(4)
        throw error(
          .truncated(needed: end.overflow ? .max : end.partialValue, available: limit),
          in: index,
          at: position
        )
      }
      if kind == .none { continue }
      result.append(ELFRelocation(offset: Int(offset), kind: kind, symbol: Int(symbol)))
    }
    return result.sorted { $0.offset < $1.offset }
  }
}
