import BPF
import BPFMaps
import BPFRuntime

/// A safe program bound to maps and helpers: what a generator asks about, whatever machine it writes for.
struct CodeSource {
  /// An array whose values machine code may find by itself.
  struct ArrayShape {
    var base: UInt64
    var stride: Int32
    var count: Int32
  }

  /// The instructions by slot; nil for the second slot of a 64-bit immediate, and where no run gets to.
  let instructions: [Instruction?]
  /// The functions in the order they stand, those that a run can get to.
  let functions: [FunctionShape]
  /// Whether a slot is jumped to.
  let isTarget: [Bool]
  /// Where the addresses of the program's functions are found when it runs.
  let tableAddress: UInt64
  /// What helpers need to know of the code: the address of its `CompiledHost`; 0 where it is not to run.
  let hostAddress: UInt64
  private let contextFields: [Int8]
  private let externs: [Int: Extern]
  private let environment: Environment
  private let hasTimers: Bool

  /// Binds a program.
  ///
  /// - Parameters:
  ///   - program: The program, which is safe.
  ///   - environment: What it is bound to.
  ///   - tableAddress: Where the addresses of its functions will be.
  ///   - hostAddress: Where what helpers need to know of it will be; 0 where it is not to run.
  ///   - hasTimers: Whether there is something that runs timers.
  ///   - facts: What is known of it.
  /// - Throws: A load of a field that the context does not have.
  init(
    _ program: Program,
    in environment: Environment,
    tableAddress: UInt64,
    hostAddress: UInt64 = 0,
    hasTimers: Bool,
    facts: ProgramFacts
  ) throws(CompilationError) {
    self.environment = environment
    self.tableAddress = tableAddress
    self.hasTimers = hasTimers
    self.hostAddress = hostAddress
    let layout = CodeLayout(program, facts)
    instructions = layout.instructions
    isTarget = layout.isTarget
    functions = layout.functions
    var externs: [Int: Extern] = [:]
    for extern in program.externs { for slot in extern.slots { externs[slot] = extern } }
    self.externs = externs
    var fields = [Int8](repeating: -1, count: instructions.count)
    for slot in instructions.indices {
      guard let access = instructions[slot]?.memoryAccess, facts.readsContext(slot) else { continue }
      guard
        let field = environment.context.fields.firstIndex(where: { $0.offset == Int(access.address.offset) })
      else { throw CompilationError(slot: slot, reason: "reads a field that the context here does not have") }
      fields[slot] = Int8(field)
    }
    contextFields = fields
  }

  /// The field of the context that the load at a slot reads; nil for other loads.
  func contextField(at slot: Int) -> Int? { contextFields[slot] >= 0 ? Int(contextFields[slot]) : nil }

  /// Whether a load reads a field of the context.
  ///
  /// - Parameters:
  ///   - field: The field.
  ///   - function: A function whose loads do not count, nil for none.
  /// - Returns: Whether any does.
  func readsField(_ field: Int, outside function: FunctionShape? = nil) -> Bool {
    contextFields.indices.contains { slot in
      contextFields[slot] == Int8(field) && !(function.map { $0.start..<$0.end ~= slot } ?? false)
    }
  }

  /// Whether a function may do something with the address of the context beside loading from it.
  ///
  /// Follows all ways from its start as far as `r1` is what it was.
  func usesContextAddress(in function: FunctionShape) -> Bool {
    var isSeen = [Bool](repeating: false, count: function.end - function.start)
    var pending = [function.start]
    while var slot = pending.popLast() {
      while slot < function.end, slot >= function.start, !isSeen[slot - function.start] {
        isSeen[slot - function.start] = true
        slot += 1
        guard let instruction = instructions[slot - 1] else { continue }
        if instruction.reads(.r1), contextField(at: slot - 1) == nil { return true }
        if case .call = instruction { return true }
        if instruction.writtenRegister == .r1 { break }
        switch instruction {
        case .exit: slot = function.end
        case .jump(let offset): slot += Int(offset)
        case .jumpLong(let offset): slot += Int(offset)
        case .branch(_, _, _, _, let offset), .mayGoto(let offset): pending.append(slot + Int(offset))
        default: break
        }
      }
    }
    return false
  }

  /// Whether the program goes on to others.
  var makesTailCalls: Bool {
    instructions.contains { if case .call(.helper(12)) = $0 { true } else { false } }
  }

  /// Whether the program asks where its packet is.
  var readsPacket: Bool {
    contextFields.contains { $0 >= 0 && environment.context.fields[Int($0)].kind == .packetStart }
  }

  /// What a call calls.
  func helper(at slot: Int, _ target: CallTarget) throws(CompilationError) -> Helper {
    let found: Helper?
    let name: String
    switch target {
    case .helper(let id):
      found = environment.helpers[id]
      name = "helper \(id)"
    default:
      name = externs[slot]?.name ?? "a kernel function"
      found = environment.helpers[function: name]
    }
    guard let found else {
      throw CompilationError(slot: slot, reason: "calls \(name), which cannot run here")
    }
    let prototype = found.prototype
    if !hasTimers, prototype.arguments.contains(.kernelField(.timer)) {
      throw CompilationError(
        slot: slot,
        reason: "calls \(prototype.name), and nothing here runs its timers"
      )
    }
    return found
  }

  /// How the map of an index is looked up without a helper; nil where only the helper can.
  func directLookup(_ map: Int) -> DirectLookup? {
    environment.maps.indices.contains(map) ? environment.maps[map].directLookup : nil
  }

  /// An array of ordinary values, by its index among the maps.
  func array(_ map: Int) -> ArrayShape? {
    guard environment.maps.indices.contains(map), let array = environment.maps[map] as? ArrayMap,
      let stride = Int32(exactly: array.stride), let count = Int32(exactly: array.definition.maxEntries)
    else { return nil }
    return unsafe ArrayShape(base: UInt64(UInt(bitPattern: array.base)), stride: stride, count: count)
  }

  /// What a 64-bit immediate stands for.
  func constant(_ value: Immediate64, at slot: Int) throws(CompilationError) -> UInt64 {
    switch value {
    case .value(let bits): return bits
    case .function(let offset): return UInt64(slot + 1 + Int(offset))
    case .map(let index):
      guard environment.maps.indices.contains(Int(index)) else { break }
      let map = environment.maps[Int(index)]
      return unsafe UInt64(UInt(bitPattern: Unmanaged.passUnretained(map).toOpaque()))
    case .mapValue(let index, let offset):
      guard let array = array(Int(index)) else { break }
      return array.base + UInt64(offset)
    case .kernelVariable:
      if let extern = externs[slot], environment.helpers[function: extern.name] != nil { return 1 }
      if externs[slot]?.isWeak == true { return 0 }
    case .mapDescriptor, .mapDescriptorValue: break
    }
    throw CompilationError(slot: slot, reason: "has a constant that means nothing here")
  }
}
