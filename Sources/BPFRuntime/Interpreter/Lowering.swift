import BPF
import BPFMaps

/// Turns a program into steps: handlers are picked, maps become addresses, and every branch is known to land on an instruction.
@safe struct Lowering {
  var steps: [Step] = unsafe []
  var calls: [Helper] = []
  var refusals: [Code.Refusal] = []
  var helperIndices: [UInt32: Int] = [:]
  var functionSlots: Set<Int> = []
  var maps: [UserMap] = []
  var fixedRegions: [(tag: UInt64, region: Region)] = []
  var layout = ContextLayout(byteCount: 0, fields: [])
  /// The program itself.
  var program = Program("none", [])
  /// What the program carries that cannot run here.
  var warnings: [String] = []

  /// What the address of a kernel function that is there reads as.
  static let presentFunction: UInt64 = 1

  private var helpers = HelperTable()
  private var functionIndices: [String: Int] = [:]
  private var externs: [Int: Extern] = [:]
  private var instructionSlots: Set<Int> = []
  private var slotCount = 0
  /// Registers that probably hold the context, by following the code in its written order.
  private var contextGuess: Set<Register> = [.r1]

  /// No program: for a machine that has not run yet.
  init() {}

  init(_ program: Program, in environment: Environment) throws(BindingError) {
    self.program = program
    helpers = environment.helpers
    maps = environment.maps
    layout = environment.context
    guard maps.count <= Int(Tag.mapLimit) else {
      throw BindingError(
        program: program.name,
        slot: nil,
        reason: "has \(maps.count) maps; \(Tag.mapLimit) are possible"
      )
    }
    guard layout.fields.count <= RunState.contextFieldLimit else {
      throw BindingError(program: program.name, slot: nil, reason: "its context has too many fields")
    }
    for extern in program.externs { for slot in extern.slots { externs[slot] = extern } }
    functionSlots = Set(program.functions.map(\.slot))
    slotCount = program.slotCount
    var slot = 0
    for instruction in program.instructions {
      instructionSlots.insert(slot)
      slot += instruction.slotCount
    }
    for function in program.functions where function.slot != 0 && !instructionSlots.contains(function.slot) {
      throw fault(function.slot, "is said to start the function '\(function.name)', but no instruction")
    }
    for map in maps where map.definition.keySize > Int(UInt16.max) {
      throw BindingError(
        program: program.name,
        slot: nil,
        reason:
          "map '\(map.definition.name)' has keys of \(map.definition.keySize) bytes; 65,535 are possible"
      )
    }
    describeMaps()
    unsafe steps.reserveCapacity(slotCount + 1)
    for instruction in program.instructions {
      let slot = unsafe steps.count
      if functionSlots.contains(slot) { contextGuess = slot == 0 ? [.r1] : [] }
      try lower(instruction, at: slot)
    }
    unsafe steps.append(refusing(.badInstruction, "runs past its last instruction"))
  }

  // MARK: Maps

  private mutating func describeMaps() {
    for (index, map) in maps.enumerated() {
      let access = Region.Access(of: map.definition)
      let tag = Tag.map + UInt64(index)
      let start = unsafe Tag.pointer(tag, UInt64(UInt(bitPattern: Unmanaged.passUnretained(map).toOpaque())))
      let region = Region(
        map: start,
        keySize: map.definition.keySize,
        valueSize: map.definition.valueSize,
        access: access
      )
      fixedRegions.append((tag, region))
    }
  }

  /// The pointer to a byte of a map's first value, which becomes an object of its own.
  private mutating func globalPointer(
    _ index: Int,
    _ offset: UInt32,
    _ slot: Int
  ) throws(BindingError) -> UInt64 {
    let map = maps[index], zero: [UInt8] = [0, 0, 0, 0]
    guard map.definition.type == .array, map.definition.maxEntries == 1,
      let host = unsafe zero.withUnsafeBytes({ unsafe map.element($0.baseAddress.unsafelyUnwrapped, cpu: 0) })
    else { throw fault(slot, "refers into map '\(map.definition.name)', which is not an array of one value") }
    guard Int(offset) < map.definition.valueSize else {
      throw fault(
        slot,
        "refers to byte \(offset) of map '\(map.definition.name)', whose value has \(map.definition.valueSize)"
      )
    }
    let tag = Tag.globalValue + UInt64(index)
    let start = Tag.pointer(tag, UInt64(UInt(bitPattern: host)))
    let owner = fixedRegions[index]
    let value = Region(
      .mapValue,
      start: start,
      byteCount: map.definition.valueSize,
      access: owner.region.access,
      owner: UInt32(owner.tag)
    )
    fixedRegions.append((tag, value))
    return start + UInt64(offset)
  }

  // MARK: Instructions

  private mutating func lower(_ instruction: Instruction, at slot: Int) throws(BindingError) {
    guard instruction.writtenRegister != .r10 else { throw fault(slot, "writes r10, the frame pointer") }
    switch instruction {
    case .alu(let operation, let width, let destination, let operand):
      if operation == .mov, width == .doubleWord, case .register(let source) = operand,
        contextGuess.contains(source)
      {
        contextGuess.insert(destination)
      } else {
        contextGuess.remove(destination)
      }
      let fromRegister = operand.isRegister
      let handler =
        unsafe width == .doubleWord
        ? Handlers.wide(operation, fromRegister: fromRegister)
        : Handlers.narrow(operation, fromRegister: fromRegister)
      unsafe append(handler, destination, operand)
    case .negate(let width, let register):
      unsafe append(Handlers.negate(width), register, .register(register))
    case .moveSignExtending(let size, let width, let destination, let source):
      contextGuess.remove(destination)
      unsafe append(Handlers.moveSignExtending(size, width), destination, .register(source))
    case .swap(let swap, let size, let register):
      unsafe append(Handlers.swap(swap, size), register, .register(register))
    case .load(let size, let destination, let address): lowerLoad(size, destination, address)
    case .loadSignExtending(let size, let destination, let address):
      contextGuess.remove(destination)
      unsafe append(Handlers.loadSignExtending(size), destination, .register(address.base), address.offset)
    case .store(let size, let operand, let address):
      unsafe append(
        Handlers.store(size, fromRegister: operand.isRegister),
        address.base,
        operand,
        address.offset
      )
    case .atomic(let operation, let width, let source, let address):
      let handler =
        unsafe width == .doubleWord ? Handlers.wideAtomic(operation) : Handlers.narrowAtomic(operation)
      unsafe append(handler, address.base, .register(source), address.offset)
    case .loadAcquire(let size, let destination, let address):
      unsafe append(Handlers.loadAcquire(size), destination, .register(address.base), address.offset)
    case .storeRelease(let size, let source, let address):
      unsafe append(Handlers.storeRelease(size), address.base, .register(source), address.offset)
    case .loadImmediate(let destination, let value): try lowerImmediate(destination, value, at: slot)
    case .jump(let offset): try unsafe appendJump(Handlers.jump, Int(offset), at: slot)
    case .jumpLong(let offset): try unsafe appendJump(Handlers.jump, Int(offset), at: slot)
    case .branch(let comparison, let width, let register, let operand, let offset):
      try checkTarget(Int(offset), at: slot)
      let withRegister = operand.isRegister
      let handler =
        unsafe width == .doubleWord
        ? Handlers.wideBranch(comparison, withRegister: withRegister)
        : Handlers.narrowBranch(comparison, withRegister: withRegister)
      unsafe append(handler, register, operand, offset)
    case .mayGoto(let offset):
      try checkTarget(Int(offset), at: slot)
      unsafe steps.append(Step(Handlers.mayGoto, offset: offset))
    case .call(let target): try lowerCall(target, at: slot)
    case .addressSpaceCast:
      unsafe steps.append(refusing(.badInstruction, "casts an arena address; there are no arenas here"))
    case .exit: unsafe steps.append(Step(Handlers.exit))
    }
  }

  private mutating func lowerLoad(_ size: Size, _ destination: Register, _ address: Address) {
    let isContext = contextGuess.contains(address.base)
    contextGuess.remove(destination)
    if isContext, size == .word,
      let field = layout.fields.firstIndex(where: { $0.offset == Int(address.offset) && $0.byteCount == 4 })
    {
      unsafe steps.append(
        Step(
          Handlers.loadContext,
          destination: destination.rawValue,
          source: address.base.rawValue,
          offset: address.offset,
          immediate: Int32(field)
        )
      )
    } else {
      unsafe append(Handlers.load(size), destination, .register(address.base), address.offset)
    }
  }

  private mutating func lowerImmediate(
    _ destination: Register,
    _ value: Immediate64,
    at slot: Int
  ) throws(BindingError) {
    contextGuess.remove(destination)
    let bits: UInt64
    switch value {
    case .value(let constant): bits = constant
    case .function(let offset):
      let target = slot + 1 + Int(offset)
      guard instructionSlots.contains(target) else {
        throw fault(slot, "takes the address of slot \(target), which is not an instruction")
      }
      functionSlots.insert(target)
      bits = Tag.pointer(Tag.function, UInt64(target) * 8)
    case .map(let index):
      guard maps.indices.contains(Int(index)) else {
        throw fault(slot, "refers to map \(index) of \(maps.count)")
      }
      bits = fixedRegions[Int(index)].region.start
    case .mapValue(let index, let offset):
      guard maps.indices.contains(Int(index)) else {
        throw fault(slot, "refers to map \(index) of \(maps.count)")
      }
      bits = try globalPointer(Int(index), offset, slot)
    case .mapDescriptor, .mapDescriptorValue: throw fault(slot, "refers to a map by a file descriptor")
    case .kernelVariable:
      if let extern = externs[slot], helpers[function: extern.name] != nil {
        // Only to be compared with null: a program calls a kernel function by its name.
        bits = Self.presentFunction
        break
      }
      guard let extern = externs[slot], extern.isWeak else {
        throw fault(
          slot,
          "needs the kernel symbol '\(externs[slot]?.name ?? "?")', which user space does not have"
        )
      }
      bits = 0
    }
    unsafe steps.append(
      Step(
        Handlers.loadImmediate,
        destination: destination.rawValue,
        immediate: Int32(truncatingIfNeeded: bits)
      )
    )
    unsafe steps.append(
      Step(Handlers.refuse, immediate: Int32(truncatingIfNeeded: bits >> 32))
    )
  }

  private mutating func lowerCall(_ target: CallTarget, at slot: Int) throws(BindingError) {
    for register in [Register.r0, .r1, .r2, .r3, .r4, .r5] { contextGuess.remove(register) }
    switch target {
    case .helper(12): unsafe steps.append(Step(Handlers.tailCall))
    case .helper(let id):
      guard let helper = helpers[id] else {
        return warn(MissingHelpers.explanation(ofHelper: id), at: slot)
      }
      let handler = unsafe id == 1 ? Handlers.lookUp : Handlers.callHelper
      unsafe steps.append(Step(handler, immediate: Int32(index(of: helper))))
    case .local(let offset):
      let callee = slot + 1 + Int(offset)
      guard instructionSlots.contains(callee) else {
        throw fault(slot, "calls slot \(callee), which is not an instruction")
      }
      unsafe steps.append(Step(Handlers.callLocal, immediate: offset))
    case .kernelFunction(let id, _):
      let name = externs[slot]?.name ?? "number \(id)"
      guard let function = helpers[function: name] else {
        return warn(MissingHelpers.explanation(ofFunction: name), at: slot)
      }
      unsafe steps.append(Step(Handlers.callHelper, immediate: Int32(index(of: function))))
    case .register(let register):
      for id in helpers.ids { if let helper = helpers[id] { _ = index(of: helper) } }
      unsafe steps.append(Step(Handlers.callRegister, destination: register.rawValue))
    }
  }

  private mutating func index(of helper: Helper) -> Int {
    let prototype = helper.prototype
    let known = prototype.id == 0 ? functionIndices[prototype.name] : helperIndices[prototype.id]
    if let known { return known }
    calls.append(helper)
    if prototype.id == 0 {
      functionIndices[prototype.name] = calls.count - 1
    } else {
      helperIndices[prototype.id] = calls.count - 1
    }
    return calls.count - 1
  }

  // MARK: Steps

  private mutating func append(
    _ handler: @escaping Handler,
    _ destination: Register,
    _ operand: Operand,
    _ offset: Int16 = 0
  ) {
    switch operand {
    case .register(let source):
      unsafe steps.append(
        Step(handler, destination: destination.rawValue, source: source.rawValue, offset: offset)
      )
    case .immediate(let value):
      unsafe steps.append(Step(handler, destination: destination.rawValue, offset: offset, immediate: value))
    }
  }

  private mutating func appendJump(
    _ handler: @escaping Handler,
    _ offset: Int,
    at slot: Int
  ) throws(BindingError) {
    try checkTarget(offset, at: slot)
    unsafe steps.append(Step(handler, immediate: Int32(offset)))
  }

  private func checkTarget(_ offset: Int, at slot: Int) throws(BindingError) {
    let target = slot + 1 + offset
    guard instructionSlots.contains(target) else {
      throw fault(
        slot,
        target < 0 || target >= slotCount
          ? "jumps out of the program, to slot \(target) of \(slotCount)"
          : "jumps into the middle of the instruction at slot \(target - 1)"
      )
    }
  }

  private mutating func refusing(_ kind: Trap.Kind, _ message: String) -> Step {
    refusals.append(Code.Refusal(kind: kind, message: message))
    return unsafe Step(Handlers.refuse, immediate: Int32(refusals.count - 1))
  }

  private mutating func warn(_ message: String, at slot: Int) {
    warnings.append("program '\(program.name)', slot \(slot): \(message); it traps if it gets there")
    unsafe steps.append(refusing(.unknownHelper, message))
  }

  private func fault(_ slot: Int, _ reason: String) -> BindingError {
    BindingError(program: program.name, slot: slot, reason: reason)
  }
}

extension Operand {
  var isRegister: Bool {
    if case .register = self { true } else { false }
  }
}
