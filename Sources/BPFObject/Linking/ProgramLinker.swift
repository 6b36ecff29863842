import BPF
import BTF

/// Makes programs of an object's entries: each with the functions that it calls, directly or not.
struct ProgramLinker {
  /// The most slots that the kernel takes for one program.
  static let programLimit = 1_000_000
  private let object: ObjectFile
  private var types: TypeResolver?
  private let maps: [MapDefinition]
  private var functions: [Int: RelocatedFunction] = [:]
  /// The most slots of all programs together, in proportion to the file: each program that calls a function
  /// carries a copy of it.
  private let totalLimit: Int
  private var total = 0

  /// Prepares to link, with the `.kconfig` map filled from a configuration.
  init(
    _ object: ObjectFile,
    target: BTF?,
    configuration: [String: KconfigValue]
  ) throws(ObjectError) {
    self.object = object
    let slots = object.elf.sections.filter(\.isCode).reduce(0) {
      $0 + $1.byteCount / EncodedInstruction.byteCount
    }
    totalLimit = max(Self.programLimit, 16 * slots)
    if let target, let local = object.btf { types = TypeResolver(local: local, target: target) }
    var maps = object.maps
    if let index = object.mapTable.kconfig {
      let contents = try object.externs.kconfig.contents(configuration, file: object.name)
      maps[index].initialContents = .section(.kconfig, contents)
    }
    self.maps = maps
  }

  /// Links the entry of an index.
  mutating func link(_ index: Int) throws(ObjectError) -> Program {
    let entry = object.entries[index]
    let layout = try layOut(object.entryTable.functions[index])
    var program = Program(
      entry.name,
      [],
      section: entry.section,
      attachType: entry.attachType,
      flags: entry.flags,
      license: object.license,
      maps: maps,
      btf: object.btf
    )
    program.functions = []
    program.instructions.reserveCapacity(layout.slotCount)
    program.lines.reserveCapacity(layout.order.reduce(0) { $0 + (functions[$1]?.lines.count ?? 0) })
    var externs: [Int: [Int]] = [:]
    for index in layout.order {
      guard let function = functions[index], let start = layout.starts[index] else { continue }
      append(function, index, at: start, layout, to: &program)
      for use in function.externs { externs[use.symbol, default: []].append(start + use.slot) }
    }
    program.externs = externs.sorted { $0.value[0] < $1.value[0] }.compactMap { symbol, slots in
      object.externs.kernelSymbols[symbol].map {
        Extern(name: $0.name, kind: $0.kind, isWeak: $0.isWeak, type: $0.type, slots: slots)
      }
    }
    return program
  }

  /// The functions of a program in the order in which they follow each other, and where each begins.
  private struct Layout {
    var order: [Int] = []
    var starts: [Int: Int] = [:]
    var slotCount = 0
  }

  /// Places the entry first, then each function where its first call is met, depth first, as libbpf does.
  private mutating func layOut(_ entry: Int) throws(ObjectError) -> Layout {
    var layout = Layout()
    var path: [(function: Int, next: Int)] = []
    try place(entry, &layout)
    path.append((entry, 0))
    while let (function, next) = path.popLast() {
      guard let references = functions[function]?.references, next < references.count else { continue }
      path.append((function, next + 1))
      let callee = references[next].callee
      if layout.starts[callee] == nil {
        try place(callee, &layout)
        path.append((callee, 0))
      }
    }
    return layout
  }

  private mutating func place(_ index: Int, _ layout: inout Layout) throws(ObjectError) {
    let function = object.functions.functions[index]
    total += function.slotCount
    layout.starts[index] = layout.slotCount
    layout.slotCount += function.slotCount
    layout.order.append(index)
    let limit = layout.slotCount > Self.programLimit ? Self.programLimit : totalLimit
    guard layout.slotCount <= Self.programLimit, total <= totalLimit else {
      throw object.elf.error(.tooMuchCode(limit: limit), in: function.section, symbol: function.name)
    }
    if functions[index] == nil {
      functions[index] = try FunctionLinker.link(index, of: object, types: &types)
    }
  }

  private func append(
    _ function: RelocatedFunction,
    _ index: Int,
    at start: Int,
    _ layout: Layout,
    to program: inout Program
  ) {
    let symbol = object.functions.functions[index]
    program.functions.append(
      Function(name: symbol.name, slot: start, isGlobal: symbol.isGlobal, type: function.type)
    )
    program.warnings += function.warnings
    for (slot, line) in function.lines { program.lines[start + slot] = line }
    var references = function.references[...]
    for (slot, instruction) in function.slots.enumerated() {
      guard let instruction else { continue }
      guard let reference = references.first, reference.slot == slot else {
        program.instructions.append(instruction)
        continue
      }
      references.removeFirst()
      let distance = Int32((layout.starts[reference.callee] ?? 0) - (start + slot + 1))
      if case .loadImmediate(let register, _) = instruction {
        program.instructions.append(.loadImmediate(register, .function(offset: distance)))
      } else {
        program.instructions.append(.call(.local(offset: distance)))
      }
    }
  }
}
