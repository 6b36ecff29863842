import BPF
import BTF

/// Resolves one function's relocations: maps, data, constants of the target's types; calls by function.
struct FunctionLinker {
  private let object: ObjectFile
  private let function: ObjectFunction
  private var result: RelocatedFunction

  /// Decodes a function, given by its index in the object's table, and resolves it.
  ///
  /// `types` answers the CO-RE relocations; without it what the compiler wrote stays.
  static func link(
    _ index: Int,
    of object: ObjectFile,
    types: inout TypeResolver?
  ) throws(ObjectError) -> RelocatedFunction {
    var linker = try FunctionLinker(index, object)
    linker.addRecords()
    try linker.relocateTypes(&types)
    try linker.relocateSymbols()
    try linker.findCalls()
    return linker.result
  }

  private init(_ index: Int, _ object: ObjectFile) throws(ObjectError) {
    self.object = object
    function = object.functions.functions[index]
    let start = object.elf.sections[function.section].range.lowerBound
    let code = object.elf.bytes.rawBytes.extracting(
      (start + function.range.lowerBound)..<(start + function.range.upperBound)
    )
    let instructions: [Instruction]
    do throws(DecodingError) {
      instructions = try Instruction.decode(bytes: code)
    } catch {
      let offset = function.range.lowerBound + error.slot * EncodedInstruction.byteCount
      throw object.elf.error(.decoding(error), in: function.section, at: offset, symbol: function.name)
    }
    var slots: [Instruction?] = []
    slots.reserveCapacity(function.slotCount)
    for instruction in instructions {
      slots.append(instruction)
      if instruction.slotCount == 2 { slots.append(nil) }
    }
    result = RelocatedFunction(slots: slots)
  }

  /// An error at a slot of this function.
  private func error(_ fault: ObjectError.Fault, slot: Int, symbol: String? = nil) -> ObjectError {
    let offset = function.range.lowerBound + slot * EncodedInstruction.byteCount
    return object.elf.error(fault, in: function.section, at: offset, symbol: symbol ?? function.name)
  }

  /// The slot at a byte of the section; nil where none begins.
  private func slot(at offset: Int) -> Int? {
    let byte = offset - function.range.lowerBound
    return byte % EncodedInstruction.byteCount == 0 ? byte / EncodedInstruction.byteCount : nil
  }
}

// MARK: Symbols

extension FunctionLinker {
  private mutating func relocateSymbols() throws(ObjectError) {
    let relocations = object.elf.relocations[function.section] ?? []
    var previous = -1
    for relocation in relocations.within(function.range, by: \.offset) {
      guard let slot = slot(at: relocation.offset), let instruction = result.slots[slot] else {
        throw object.elf.error(
          .relocationSite("the middle of an instruction"),
          in: function.section,
          at: relocation.offset,
          symbol: object.elf.symbols[relocation.symbol].name
        )
      }
      guard slot != previous else { throw error(.duplicateRelocation, slot: slot) }
      previous = slot
      try relocate(instruction, at: slot, by: relocation)
    }
  }

  private mutating func relocate(
    _ instruction: Instruction,
    at slot: Int,
    by relocation: ELFRelocation
  ) throws(ObjectError) {
    switch instruction {
    case .call(.local(let addend)):
      try relocateCall(at: slot, relocation.symbol, addend: Int(addend))
    case .call(.helper(let addend)):
      // Before functions could be called, calls of symbols were written as calls of helper -1.
      try relocateCall(at: slot, relocation.symbol, addend: Int(Int32(bitPattern: addend)))
    case .loadImmediate(let register, .value(let addend)):
      try relocateLoad(of: register, at: slot, relocation.symbol, addend: Int(Int64(bitPattern: addend)))
    case .loadImmediate(let register, .mapDescriptor(let addend)):
      try relocateLoad(of: register, at: slot, relocation.symbol, addend: Int(addend))
    default:
      let symbol = object.elf.symbols[relocation.symbol].name
      throw error(.relocationSite("an instruction that holds no address"), slot: slot, symbol: symbol)
    }
  }

  private mutating func relocateCall(at slot: Int, _ symbolIndex: Int, addend: Int) throws(ObjectError) {
    let symbol = object.elf.symbols[symbolIndex]
    switch symbol.home {
    case .undefined:
      guard let extern = object.externs.kernelSymbols[symbolIndex], extern.kind == .function else {
        throw error(.undefinedSymbol, slot: slot, symbol: symbol.name)
      }
      result.slots[slot] = .call(.kernelFunction(btfID: 0, module: 0))
      result.externs.append((slot, symbolIndex))
    case .section(let section):
      let distance = (addend + 1) * EncodedInstruction.byteCount
      let offset = symbol.value.addingReportingOverflow(distance).partialValue
      let callee = try callee(section, offset, slot: slot)
      result.slots[slot] = .call(.local(offset: 0))
      result.references.append(.init(slot: slot, callee: callee))
    case .absolute, .common:
      throw error(.undefinedSymbol, slot: slot, symbol: symbol.name)
    }
  }

  private mutating func relocateLoad(
    of register: Register,
    at slot: Int,
    _ symbolIndex: Int,
    addend: Int
  ) throws(ObjectError) {
    let symbol = object.elf.symbols[symbolIndex]
    switch symbol.home {
    case .undefined:
      result.slots[slot] = .loadImmediate(register, try extern(symbolIndex, slot: slot, addend: addend))
    case .common: throw error(.commonSymbol, slot: slot, symbol: symbol.name)
    case .absolute:
      throw error(.unsupportedTarget(section: "absolute symbols"), slot: slot, symbol: symbol.name)
    case .section(let section):
      let (offset, overflow) = symbol.value.addingReportingOverflow(addend)
      guard !overflow else { throw error(.noFunction(section: "", offset: addend), slot: slot) }
      if object.elf.sections[section].isCode {
        let callee = try callee(section, offset, slot: slot)
        result.slots[slot] = .loadImmediate(register, .function(offset: 0))
        result.references.append(.init(slot: slot, callee: callee))
      } else {
        result.slots[slot] = .loadImmediate(register, try data(section, offset, symbol, slot: slot))
      }
    }
  }

  /// The reference to a map, or to a byte of a data section.
  private func data(
    _ section: Int,
    _ offset: Int,
    _ symbol: ELFSymbol,
    slot: Int
  ) throws(ObjectError) -> Immediate64 {
    if let map = object.mapTable.places[SectionPlace(section: section, offset: offset)] {
      return .map(index: Int32(map))
    }
    let name = object.elf.sections[section].name
    if let map = object.mapTable.dataMaps[section] {
      let byteCount = object.maps[map].valueSize
      guard offset >= 0, offset < byteCount else {
        let fault = ObjectError.Fault.addressOutOfSection(
          section: name,
          address: offset,
          byteCount: byteCount
        )
        throw error(fault, slot: slot, symbol: symbol.name)
      }
      return .mapValue(index: Int32(map), offset: UInt32(offset))
    }
    guard name == ".maps" || LegacyMaps.isHome(name) else {
      throw error(.unsupportedTarget(section: name), slot: slot, symbol: symbol.name)
    }
    let fault = ObjectError.Fault.mapDefinition("no map begins at byte \(offset) of '\(name)'")
    throw error(fault, slot: slot, symbol: symbol.name)
  }

  private mutating func extern(_ symbolIndex: Int, slot: Int, addend: Int) throws(ObjectError) -> Immediate64
  {
    let symbol = object.elf.symbols[symbolIndex]
    if let map = object.mapTable.kconfig, let start = object.externs.kconfigOffsets[symbolIndex] {
      let byteCount = object.externs.kconfig.byteCount
      let (offset, overflow) = start.addingReportingOverflow(addend)
      guard !overflow, offset >= 0, offset < byteCount else {
        let fault = ObjectError.Fault.addressOutOfSection(
          section: ".kconfig",
          address: offset,
          byteCount: byteCount
        )
        throw error(fault, slot: slot, symbol: symbol.name)
      }
      return .mapValue(index: Int32(map), offset: UInt32(offset))
    }
    guard let extern = object.externs.kernelSymbols[symbolIndex] else {
      throw error(.undefinedSymbol, slot: slot, symbol: symbol.name)
    }
    guard addend == 0 else {
      let fault = ObjectError.Fault.addressOutOfSection(section: ".ksyms", address: addend, byteCount: 0)
      throw error(fault, slot: slot, symbol: symbol.name)
    }
    result.externs.append((slot, symbolIndex))
    return extern.kind == .symbol ? .value(0) : .kernelVariable(btfID: 0, module: 0)
  }

  private func callee(_ section: Int, _ offset: Int, slot: Int) throws(ObjectError) -> Int {
    guard let callee = object.functions.starts[SectionPlace(section: section, offset: offset)] else {
      let name = object.elf.sections[section].name
      throw error(.noFunction(section: name, offset: offset), slot: slot)
    }
    return callee
  }

  /// Finds the callees of calls that the compiler resolved itself, within the section.
  private mutating func findCalls() throws(ObjectError) {
    var known = result.references.makeIterator()
    var next = known.next()
    var all: [RelocatedFunction.Reference] = []
    for (slot, instruction) in result.slots.enumerated() {
      if let reference = next, reference.slot == slot {
        all.append(reference)
        next = known.next()
        continue
      }
      let distance: Int
      switch instruction {
      case .call(.local(let offset)): distance = Int(offset)
      case .loadImmediate(_, .function(let offset)): distance = Int(offset)
      default: continue
      }
      let offset = function.range.lowerBound + (slot + 1 + distance) * EncodedInstruction.byteCount
      all.append(.init(slot: slot, callee: try callee(function.section, offset, slot: slot)))
    }
    result.references = all
  }
}

// MARK: Lines and types

extension FunctionLinker {
  private var sectionName: String { object.elf.sections[function.section].name }

  private mutating func addRecords() {
    let lines = object.types.records.lines[sectionName] ?? []
    for record in lines.within(function.range, by: \.byteOffset) {
      guard let slot = slot(at: record.byteOffset) else { continue }
      let line = SourceLine(file: record.file, line: record.line, column: record.column, text: record.text)
      result.lines.append((slot, line))
    }
    let functions = object.types.records.functions[sectionName] ?? []
    let first = functions.within(function.range, by: \.byteOffset).first
    if let first, first.byteOffset == function.range.lowerBound { result.type = first.type }
  }

  private mutating func relocateTypes(_ types: inout TypeResolver?) throws(ObjectError) {
    let relocations = object.types.records.relocations[sectionName] ?? []
    let ours = relocations.within(function.range, by: \.byteOffset)
    guard types != nil else {
      if !ours.isEmpty {
        result.warnings.append(
          "'\(function.name)': no kernel types were given: \(ours.count) CO-RE relocations keep what the compiler saw"
        )
      }
      return
    }
    for relocation in ours {
      guard let slot = slot(at: relocation.byteOffset), let instruction = result.slots[slot] else {
        let fault = ObjectError.Fault.relocationSite("the middle of an instruction")
        throw object.elf.error(fault, in: function.section, at: relocation.byteOffset)
      }
      let resolution: COREResolution?
      do throws(BTFError) {
        resolution = try types?.resolve(relocation)
      } catch {
        throw self.error(.btf(error), slot: slot)
      }
      guard let resolution else { continue }
      switch instruction.patched(by: resolution) {
      case .patched(let patched): result.slots[slot] = patched
      case .refused(let reason):
        throw error(.typeRelocation("\(resolution.explanation): \(reason)"), slot: slot)
      case .unresolved(let reason): poison(slot, instruction, reason)
      }
    }
  }

  /// Replaces an instruction by calls that no program may reach, as many as it has slots.
  private mutating func poison(_ slot: Int, _ instruction: Instruction, _ reason: String) {
    for offset in 0..<instruction.slotCount {
      result.slots[slot + offset] = .call(.helper(Program.poisonedHelper))
    }
    let before = result.lines.within(0..<(slot + 1), by: \.slot).last
    let line = before.map { ", \($0.line.file):\($0.line.line)" } ?? ""
    result.warnings.append(
      "'\(function.name)' slot \(slot)\(line): \(reason); the program stops there if it is reached"
    )
  }
}
