import BPF
import BPFObject
import BTF

/// Writes small ELF objects for BPF by hand: what no compiler writes any more, and what none should.
struct ELFBuilder {
  struct Section {
    var name: String
    var type: UInt32 = 1
    var flags: UInt64 = 2
    var bytes: [UInt8] = []
    /// Instead of the number of bytes.
    var claimedSize: UInt64?
    /// Instead of where the bytes are.
    var claimedOffset: UInt64?
    var link: UInt32 = 0
    var info: UInt32 = 0
    var entrySize: UInt64 = 0
  }

  struct Symbol {
    var name: String
    var section: UInt16
    var value: UInt64 = 0
    var size: UInt64 = 0
    /// A symbol type, `STT_…`.
    var type: UInt8 = 0
    /// Who sees it, `STB_…`.
    var binding: UInt8 = 1
    /// Instead of where the name is.
    var claimedName: UInt32?
  }

  /// From section 1 on.
  var sections: [Section] = []
  /// From symbol 1 on.
  var symbols: [Symbol] = []
  /// By section: offset, type and symbol.
  var relocations: [(section: UInt32, entries: [(offset: UInt64, type: UInt32, symbol: UInt32)])] = []
  /// The string table's bytes instead of the symbols' names.
  var strings: [UInt8]?
  var machine: UInt16 = 247

  /// Adds a section of instructions; gives its index.
  mutating func code(_ name: String, _ instructions: [Instruction]) -> UInt16 {
    sections.append(Section(name: name, flags: 6, bytes: instructions.encoded()))
    return UInt16(sections.count)
  }

  /// Adds a section of other contents; gives its index.
  mutating func data(_ name: String, _ bytes: [UInt8], type: UInt32 = 1, size: UInt64? = nil) -> UInt16 {
    sections.append(Section(name: name, type: type, bytes: bytes, claimedSize: size))
    return UInt16(sections.count)
  }

  /// The file.
  func build() -> [UInt8] {
    var all = [Section(name: "", type: 0, flags: 0)] + sections
    var table: [UInt8] = [0]
    var symbolBytes = [UInt8](repeating: 0, count: 24)
    for symbol in symbols {
      symbolBytes += Self.bytes(symbol.claimedName ?? UInt32(table.count))
      symbolBytes += [symbol.binding << 4 | symbol.type, 0] + Self.bytes(symbol.section)
      symbolBytes += Self.bytes(symbol.value) + Self.bytes(symbol.size)
      if symbol.claimedName == nil { table += Array(symbol.name.utf8) + [0] }
    }
    let symbolTable = UInt32(all.count)
    all.append(
      Section(name: ".symtab", type: 2, flags: 0, bytes: symbolBytes, link: symbolTable + 1, entrySize: 24)
    )
    all.append(Section(name: ".strtab", type: 3, flags: 0, bytes: strings ?? table))
    for (section, entries) in relocations {
      let bytes = entries.flatMap { Self.bytes($0.offset) + Self.bytes($0.type) + Self.bytes($0.symbol) }
      all.append(
        Section(
          name: ".rel",
          type: 9,
          flags: 0,
          bytes: bytes,
          link: symbolTable,
          info: section,
          entrySize: 16
        )
      )
    }
    return Self.file(all, machine: machine)
  }

  private static func file(_ sections: [Section], machine: UInt16) -> [UInt8] {
    var names: [UInt8] = [0]
    var nameOffsets: [UInt32] = []
    let all = sections + [Section(name: ".shstrtab", type: 3, flags: 0)]
    for section in all {
      nameOffsets.append(UInt32(names.count))
      names += Array(section.name.utf8) + [0]
    }
    var contents: [UInt8] = []
    var headers: [UInt8] = []
    for (index, section) in all.enumerated() {
      let bytes = index == all.count - 1 ? names : section.bytes
      headers += Self.bytes(nameOffsets[index]) + Self.bytes(section.type) + Self.bytes(section.flags)
      headers += Self.bytes(UInt64(0)) + Self.bytes(section.claimedOffset ?? UInt64(64 + contents.count))
      headers += Self.bytes(section.claimedSize ?? UInt64(bytes.count))
      headers += Self.bytes(section.link) + Self.bytes(section.info)
      headers += Self.bytes(UInt64(8)) + Self.bytes(section.entrySize)
      contents += bytes
    }
    var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    header += Self.bytes(UInt16(1)) + Self.bytes(machine) + Self.bytes(UInt32(1))
    header += Self.bytes(UInt64(0)) + Self.bytes(UInt64(0)) + Self.bytes(UInt64(64 + contents.count))
    header += Self.bytes(UInt32(0)) + Self.bytes(UInt16(64)) + Self.bytes(UInt16(0)) + Self.bytes(UInt16(0))
    header += Self.bytes(UInt16(64)) + Self.bytes(UInt16(all.count)) + Self.bytes(UInt16(all.count - 1))
    return header + contents + headers
  }

  /// A little-endian integer's bytes.
  static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<(value.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  /// Where a file's section headers begin.
  static func sectionTable(of file: [UInt8]) -> Int {
    file.rawBytes.littleEndian(at: 40, as: UInt64.self).map { Int($0) } ?? 0
  }

  /// The object that the file holds.
  func object(named name: String = "built.o") throws(ObjectError) -> ObjectFile {
    try ObjectFile(parsing: build().rawBytes, named: name)
  }
}
