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

  /// The instructions by slot; nil for the second slot of a 64-bit immediate.
  let instructions: [Instruction?]
  /// The functions in the order they stand.
  let functions: [FunctionShape]
  /// The slots that are jumped to.
  let targets: Set<Int>
  /// Where the addresses of the program's functions are found when it runs.
  let tableAddress: UInt64
  private let contextFields: [Int: Int]
  private let externs: [Int: Extern]
  private let environment: Environment

  /// Binds a program.
  ///
  /// - Parameters:
  ///   - program: The program, which is safe.
  ///   - environment: What it is bound to.
  ///   - tableAddress: Where the addresses of its functions will be.
  ///   - readsContext: Whether the load at a slot reads the context.
  /// - Throws: A load of a field that the context does not have.
  init(
    _ program: Program,
    in environment: Environment,
    tableAddress: UInt64,
    readsContext: (Int) -> Bool
  ) throws(CompilationError) {
    self.environment = environment
    self.tableAddress = tableAddress
    let instructions: [Instruction?] = program.instructions.flatMap { $0.slotCount == 2 ? [$0, nil] : [$0] }
    self.instructions = instructions
    var starts: Set<Int> = Set(program.functions.map(\.slot)).union([0])
    var targets: Set<Int> = []
    for (slot, instruction) in instructions.enumerated() {
      switch instruction {
      case .call(.local(let offset)): starts.insert(slot + 1 + Int(offset))
      case .loadImmediate(_, .function(let offset)): starts.insert(slot + 1 + Int(offset))
      case .jump(let offset), .mayGoto(let offset), .branch(_, _, _, _, let offset):
        targets.insert(slot + 1 + Int(offset))
      case .jumpLong(let offset): targets.insert(slot + 1 + Int(offset))
      default: break
      }
    }
    self.targets = targets
    let ordered = starts.filter { instructions.indices.contains($0) }.sorted()
    functions = zip(ordered, ordered.dropFirst() + [instructions.count]).map {
      FunctionShape($0..<$1, of: instructions)
    }
    var externs: [Int: Extern] = [:]
    for extern in program.externs { for slot in extern.slots { externs[slot] = extern } }
    self.externs = externs
    var fields: [Int: Int] = [:]
    for slot in instructions.indices where readsContext(slot) {
      guard let access = instructions[slot]?.memoryAccess,
        let field = environment.context.fields.firstIndex(where: { $0.offset == Int(access.address.offset) })
      else { throw CompilationError(slot: slot, reason: "reads a field that the context here does not have") }
      fields[slot] = field
    }
    contextFields = fields
  }

  /// The field of the context that the load at a slot reads; nil for other loads.
  func contextField(at slot: Int) -> Int? { contextFields[slot] }

  /// Whether any load reads a field of the context.
  func readsField(_ field: Int) -> Bool { contextFields.values.contains(field) }

  /// Whether the program asks where its packet is.
  var readsPacket: Bool {
    contextFields.values.contains { environment.context.fields[$0].kind == .packetStart }
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
    if prototype.readsThroughPointers {
      throw CompilationError(
        slot: slot,
        reason: "calls \(prototype.name), which follows addresses that nothing has checked"
      )
    }
    if prototype.arguments.contains(.kernelField(.timer)) {
      throw CompilationError(
        slot: slot,
        reason: "calls \(prototype.name), whose timers run in an interpreter"
      )
    }
    return found
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
