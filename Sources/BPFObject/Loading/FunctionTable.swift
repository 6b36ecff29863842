import BPF

/// The functions of all code sections, by index, in order of section and offset.
struct FunctionTable: Sendable {
  private(set) var functions: [ObjectFunction] = []
  /// The function that begins at a place; of several names for one the first.
  private(set) var starts: [SectionPlace: Int] = [:]

  /// Finds the functions of a file by its symbols.
  init(_ elf: ELFFile) throws(ObjectError) {
    var candidates: [Int: [Int]] = [:]
    for (index, symbol) in elf.symbols.enumerated() {
      guard let section = symbol.section, elf.sections[section].isCode else { continue }
      if symbol.kind == .function || Self.isOldFunction(symbol) {
        candidates[section, default: []].append(index)
      }
    }
    for section in elf.sections.indices where elf.sections[section].isCode {
      try add(candidates[section] ?? [], of: section, in: elf)
    }
  }

  /// Whether an untyped symbol can be a function: compilers before LLVM 7 gave functions no type.
  ///
  /// They also left labels of blocks in the symbol table, which begin as the assembler's private names do.
  private static func isOldFunction(_ symbol: ELFSymbol) -> Bool {
    guard symbol.kind == .none, !symbol.name.isEmpty else { return false }
    return symbol.binding != .local
      || !["LBB", "Ltmp", ".L", "Lfunc_", "Lsec_"].contains {
        symbol.name.hasPrefix($0)
      }
  }

  private mutating func add(_ candidates: [Int], of section: Int, in elf: ELFFile) throws(ObjectError) {
    let limit = elf.sections[section].byteCount
    let typed = candidates.filter { elf.symbols[$0].kind == .function }
    let symbols = (typed.isEmpty ? candidates : typed).sorted {
      (elf.symbols[$0].value, $0) < (elf.symbols[$1].value, $1)
    }
    if symbols.isEmpty {
      let name = elf.sections[section].name
      try add(name, section, 0..<limit, symbol: nil, in: elf)
    }
    /// Where the next function begins, found from the end so that aliases share an extent.
    var next = limit
    var found: [(symbol: Int, range: Range<Int>)] = []
    for (position, index) in symbols.enumerated().reversed() {
      let symbol = elf.symbols[index]
      if position + 1 < symbols.count, elf.symbols[symbols[position + 1]].value > symbol.value {
        next = elf.symbols[symbols[position + 1]].value
      }
      let size = symbol.size > 0 ? symbol.size : max(next - symbol.value, 0)
      guard symbol.value <= limit, size > 0, size <= limit - symbol.value, symbol.value % 8 == 0,
        size % 8 == 0
      else {
        let fault = ObjectError.Fault.functionBounds(offset: symbol.value, byteCount: size, limit: limit)
        throw elf.error(fault, in: section, symbol: symbol.name)
      }
      found.append((index, symbol.value..<(symbol.value + size)))
    }
    for (index, range) in found.reversed() {
      try add(elf.symbols[index].name, section, range, symbol: elf.symbols[index], in: elf)
    }
  }

  private mutating func add(
    _ name: String,
    _ section: Int,
    _ range: Range<Int>,
    symbol: ELFSymbol?,
    in elf: ELFFile
  ) throws(ObjectError) {
    guard range.count % EncodedInstruction.byteCount == 0 else {
      let fault = ObjectError.Fault.functionBounds(offset: 0, byteCount: range.count, limit: range.count)
      throw elf.error(fault, in: section)
    }
    if let last = functions.last, last.section == section, last.range != range,
      last.range.upperBound > range.lowerBound
    {
      throw elf.error(
        .overlappingFunctions(with: last.name),
        in: section,
        at: range.lowerBound,
        symbol: name
      )
    }
    let isLocal = symbol?.binding == .local
    let place = SectionPlace(section: section, offset: range.lowerBound)
    if starts[place] == nil { starts[place] = functions.count }
    functions.append(
      ObjectFunction(
        name: name,
        section: section,
        range: range,
        isLocal: isLocal,
        isGlobal: !isLocal && symbol?.isHidden != true
      )
    )
  }
}
