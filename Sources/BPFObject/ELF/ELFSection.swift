/// A section of an ELF file (`Elf64_Shdr`), checked against the file's size.
struct ELFSection: Sendable {
  /// What a section holds (`sh_type`).
  enum Kind: Equatable, Sendable {
    case null, contents, symbolTable, stringTable, addendRelocations, zero, relocations
    case other(UInt32)

    init(_ raw: UInt32) {
      switch raw {
      case 0: self = .null
      case 1: self = .contents
      case 2: self = .symbolTable
      case 3: self = .stringTable
      case 4: self = .addendRelocations
      case 8: self = .zero
      case 9: self = .relocations
      default: self = .other(raw)
      }
    }
  }

  /// `sizeof(Elf64_Shdr)`.
  static let headerByteCount = 64

  var name = ""
  let nameOffset: UInt32
  let kind: Kind
  /// `SHF_ALLOC`: part of the loaded program.
  let isAllocated: Bool
  /// `SHF_EXECINSTR`.
  let isExecutable: Bool
  /// Where the bytes are in the file; empty for `.zero`.
  let range: Range<Int>
  /// The size in memory; for `.zero` only a number of the file's.
  let byteCount: Int
  /// `sh_link`: for relocations and symbols the index of another section.
  let link: Int
  /// `sh_info`: for relocations the section that they apply to.
  let info: Int
  /// `sh_entsize`.
  let entryByteCount: Int

  /// Whether it holds instructions.
  var isCode: Bool { kind == .contents && isExecutable && byteCount > 0 }

  /// Reads the header at an offset, which must lie within the file.
  init(parsing file: RawSpan, at offset: Int, named fileName: String) throws(ObjectError) {
    guard
      let nameOffset = file.littleEndian(at: offset, as: UInt32.self),
      let type = file.littleEndian(at: offset + 4, as: UInt32.self),
      let flags = file.littleEndian(at: offset + 8, as: UInt64.self),
      let start = file.littleEndian(at: offset + 24, as: UInt64.self),
      let size = file.littleEndian(at: offset + 32, as: UInt64.self),
      let link = file.littleEndian(at: offset + 40, as: UInt32.self),
      let info = file.littleEndian(at: offset + 44, as: UInt32.self),
      let entrySize = file.littleEndian(at: offset + 56, as: UInt64.self)
    else {
      let available = max(file.byteCount - offset, 0)
      throw ObjectError(
        .truncated(needed: Self.headerByteCount, available: available),
        file: fileName,
        offset: offset
      )
    }
    self.nameOffset = nameOffset
    kind = Kind(type)
    isAllocated = flags & 2 != 0
    isExecutable = flags & 4 != 0
    self.link = Int(link)
    self.info = Int(info)
    entryByteCount = Int(clamping: entrySize)
    byteCount = kind == .null ? 0 : Int(clamping: size)
    if kind == .zero || byteCount == 0 {
      range = 0..<0
    } else {
      let available = max(file.byteCount - Int(clamping: start), 0)
      guard byteCount <= available else {
        let fault = ObjectError.Fault.truncated(needed: byteCount, available: available)
        throw ObjectError(fault, file: fileName, offset: Int(clamping: start))
      }
      // An empty section may say that it starts anywhere.
      range = byteCount == 0 ? 0..<0 : Int(clamping: start)..<(Int(clamping: start) + byteCount)
    }
  }
}
