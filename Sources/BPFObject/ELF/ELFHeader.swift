import BTF

/// What matters of an ELF file's header (`Elf64_Ehdr`), which says that this is an object for BPF.
struct ELFHeader {
  /// Where the section headers begin; 0 if there are none.
  let sectionTable: Int
  /// 0 where the first section header says it.
  let sectionCount: Int
  /// The section that holds the sections' names, or 0xffff where the first section header says it.
  let nameSection: Int

  private static let byteCount = 64
  private static let relocatable: UInt16 = 1
  /// `EM_BPF`; the first compilers wrote `EM_NONE`.
  private static let machines: Set<UInt16> = [247, 0]

  /// Reads the header of a file.
  init(parsing file: RawSpan, named name: String) throws(ObjectError) {
    guard file.littleEndian(at: 0, as: UInt32.self) == 0x464c_457f else {
      throw ObjectError(.notELF, file: name)
    }
    guard
      let kind = file.littleEndian(at: 4, as: UInt8.self),
      let order = file.littleEndian(at: 5, as: UInt8.self),
      let type = file.littleEndian(at: 16, as: UInt16.self),
      let machine = file.littleEndian(at: 18, as: UInt16.self),
      let table = file.littleEndian(at: 40, as: UInt64.self),
      let entrySize = file.littleEndian(at: 58, as: UInt16.self),
      let count = file.littleEndian(at: 60, as: UInt16.self),
      let names = file.littleEndian(at: 62, as: UInt16.self)
    else { throw ObjectError(.truncated(needed: Self.byteCount, available: file.byteCount), file: name) }
    guard order != 2 else { throw ObjectError(.bigEndian, file: name) }
    guard order == 1 else { throw ObjectError(.notELF, file: name, offset: 5) }
    guard kind == 2 else { throw ObjectError(.not64Bit(class: Int(kind)), file: name) }
    guard Self.machines.contains(machine) else {
      throw ObjectError(.notBPF(machine: Int(machine)), file: name)
    }
    guard type == Self.relocatable else {
      throw ObjectError(.notRelocatable(type: Int(type)), file: name)
    }
    guard table == 0 || entrySize == ELFSection.headerByteCount else {
      let fault = ObjectError.Fault.entrySize(Int(entrySize), expected: ELFSection.headerByteCount)
      throw ObjectError(fault, file: name, offset: 58)
    }
    guard table <= file.byteCount else {
      let fault = ObjectError.Fault.truncated(needed: Int(clamping: table), available: file.byteCount)
      throw ObjectError(fault, file: name, offset: 40)
    }
    sectionTable = Int(table)
    sectionCount = Int(count)
    nameSection = Int(names)
  }
}
