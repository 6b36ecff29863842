import BPF
import BPFMaps

/// One run of the oracle.
struct OracleRun {
  let code: OracleInterpreter
  let machine: Machine
  /// The program that runs now, which a tail call replaces.
  var current: OracleInterpreter
  var registers = [OracleValue](repeating: .uninitialized, count: 11)
  var objects: [OracleObject] = []
  var slot = 0
  /// What the run gave back.
  private var returned: UInt64 = 0
  var budget: UInt64
  var callers: [Caller] = []
  /// How many of them called before the program at hand began.
  var floor = 0
  var tailCalls = 0
  /// What `may_goto` still allows the function at hand.
  var allowance: LoopAllowance
  /// The objects of the packet at hand: its bytes, and the metadata before them.
  var packet: Int? = nil
  var metadata: Int? = nil
  var context: Int? = nil
  /// Objects of map values by address, so that equal pointers share one.
  var values: [UInt64: Int] = [:]
  /// What is remembered for an observer.
  var trace = OracleTrace()

  /// Objects of lent memory by address.
  var slices: [UInt64: Int] = [:]

  /// What a local call comes back to.
  struct Caller {
    var slot: Int
    var saved: [OracleValue]
    /// The caller's program, which a tail call in the callee may have replaced.
    var program: OracleInterpreter
    /// What `may_goto` still allows the caller.
    var allowance: LoopAllowance
    /// The callers before the caller's program.
    var floor: Int
    /// What calls the function back, if it is not the program that called it.
    var loop: OracleLoop? = nil
  }

  init(_ code: OracleInterpreter, _ machine: Machine) {
    self.code = code
    self.machine = machine
    current = code
    budget = code.environment.budget
    allowance = LoopAllowance(left: code.environment.loopLimit)
  }

  /// Runs to the end.
  mutating func finish() -> RunOutcome {
    defer {
      discardRecords()
      unsafe machine.block.pointee.oracle = nil
      unsafe machine.block.tidy()
    }
    do {
      while try step() {}
      return .returned(returned)
    } catch {
      return .trapped(error)
    }
  }

  /// Runs one instruction; false when the run is over.
  private mutating func step() throws(Trap) -> Bool {
    guard current.slots.indices.contains(slot), let instruction = current.slots[slot] else {
      throw trap(.badInstruction, "runs past its last instruction")
    }
    guard budget > 0 else { throw trap(.budget, "used up its instruction budget") }
    budget -= 1
    if budget & 0xfff == 0, machine.state.stop?.isMade == true {
      throw trap(.interrupted, "was asked to stop")
    }
    if let observer = machine.observer { return try perform(instruction, watchedBy: observer) }
    return try perform(instruction)
  }

  /// Performs the instruction at the current slot and moves on; false when the run is over.
  mutating func perform(_ instruction: Instruction) throws(Trap) -> Bool {
    if case .exit = instruction { return try exit() }
    if let jump = try jumpOffset(of: instruction) {
      slot += 1 + jump
    } else if case .call(let target) = instruction {
      try call(target)
    } else {
      try execute(instruction)
      slot += instruction.slotCount
    }
    return true
  }

  private mutating func exit() throws(Trap) -> Bool {
    // A function of the program may return nothing; what is called back, and the entry, must give an answer.
    let result = callers.isEmpty || callers[callers.count - 1].loop != nil ? try read(.r0) : registers[0]
    guard let caller = callers.popLast() else {
      returned = result.bits
      return false
    }
    retireFrame()
    for (index, value) in caller.saved.enumerated() { registers[6 + index] = value }
    for register in 1...5 { registers[register] = .uninitialized }
    slot = caller.slot
    current = caller.program
    allowance = caller.allowance
    floor = caller.floor
    if var loop = caller.loop {
      loop.count += 1
      if result.bits == 0 { try call(back: loop) } else { end(loop) }
    }
    return true
  }

  // MARK: Branches

  /// How far an instruction jumps, or nil if it does not.
  private mutating func jumpOffset(of instruction: Instruction) throws(Trap) -> Int? {
    switch instruction {
    case .jump(let offset): return Int(offset)
    case .jumpLong(let offset): return Int(offset)
    case .mayGoto(let offset):
      if allowance.count == 0 || Int64(clamping: budget) < allowance.floor {
        // This engine is too slow to be held to a clock.
        return allowance.renew(budget: Int64(clamping: budget), now: nil) ? nil : Int(offset)
      }
      allowance.count -= 1
      return nil
    case .branch(let comparison, let width, let register, let operand, let offset):
      let left = try read(register).bits, right = try read(operand)
      let holds =
        width == .doubleWord
        ? comparison.holds(left, right.bits)
        : comparison.holds(UInt32(truncatingIfNeeded: left), UInt32(truncatingIfNeeded: right.bits))
      return holds ? Int(offset) : nil
    default: return nil
    }
  }

  // MARK: Everything that goes on at the next slot

  private mutating func execute(_ instruction: Instruction) throws(Trap) {
    switch instruction {
    case .alu(let operation, let width, let destination, let operand):
      write(destination, try compute(operation, width, destination, operand))
    case .negate(let width, let register):
      let bits = 0 &- (try read(register).bits)
      write(register, .number(width == .word ? bits & 0xffff_ffff : bits))
    case .moveSignExtending(let size, let width, let destination, let source):
      let bits = size.signExtend(try read(source).bits)
      write(destination, .number(width == .word ? bits & 0xffff_ffff : bits))
    case .swap(let swap, let size, let register):
      write(register, .number(swap.evaluate(try read(register).bits, size)))
    case .load(let size, let destination, let address), .loadAcquire(let size, let destination, let address):
      if case .loadAcquire = instruction { try checkAlignment(address, size.byteCount) }
      write(destination, try load(size, address))
    case .loadSignExtending(let size, let destination, let address):
      write(destination, .number(size.signExtend(try load(size, address).bits)))
    case .store(let size, let operand, let address): try store(size, try read(operand), address)
    case .storeRelease(let size, let source, let address):
      try checkAlignment(address, size.byteCount)
      try store(size, try read(source), address)
    case .atomic(let operation, let width, let source, let address):
      try atomic(operation, width, source, address)
    case .loadImmediate(let destination, let value): write(destination, try constant(value))
    case .addressSpaceCast: throw trap(.badInstruction, "casts an arena address; there are no arenas here")
    case .jump, .jumpLong, .branch, .call, .exit, .mayGoto: break
    }
  }

  private func compute(
    _ operation: ALU,
    _ width: Width,
    _ destination: Register,
    _ operand: Operand
  ) throws(Trap) -> OracleValue {
    let right = try read(operand)
    let left = operation == .mov ? OracleValue.number(0) : try read(destination)
    guard width == .doubleWord else {
      let bits = operation.evaluate(
        UInt32(truncatingIfNeeded: left.bits),
        UInt32(truncatingIfNeeded: right.bits)
      )
      return .number(UInt64(bits))
    }
    let bits = operation.evaluate(left.bits, right.bits)
    switch (operation, left.object, right.object) {
    case (.mov, _, let object): return OracleValue(bits: bits, object: object, isInitialized: true)
    case (.add, let object?, nil), (.add, nil, let object?), (.sub, let object?, nil):
      return .pointer(bits, into: object)
    default: return .number(bits)
    }
  }

  private mutating func atomic(
    _ operation: AtomicOperation,
    _ width: Width,
    _ source: Register,
    _ address: Address
  ) throws(Trap) {
    let value = try read(source).bits
    let expected = operation == .compareExchange ? try read(.r0).bits : 0
    let old = try replace(width, address) { old in
      switch operation {
      case .add: old &+ value
      case .or: old | value
      case .and: old & value
      case .xor: old ^ value
      case .exchange: value
      case .compareExchange:
        old == (width == .doubleWord ? expected : expected & 0xffff_ffff) ? value : old
      }
    }
    switch operation {
    case .add(true), .or(true), .and(true), .xor(true), .exchange: write(source, .number(old))
    case .compareExchange: write(.r0, .number(old))
    default: break
    }
  }

  // MARK: Registers

  /// A register that was written.
  func read(_ register: Register) throws(Trap) -> OracleValue {
    let value = registers[Int(register.rawValue)]
    guard value.isInitialized else {
      throw trap(.uninitialized, "reads \(register), which was never written")
    }
    return value
  }

  private func read(_ operand: Operand) throws(Trap) -> OracleValue {
    switch operand {
    case .register(let register): return try read(register)
    case .immediate(let value): return .number(UInt64(bitPattern: Int64(value)))
    }
  }

  mutating func write(_ register: Register, _ value: OracleValue) {
    registers[Int(register.rawValue)] = value
  }

  /// A trap at the current slot.
  func trap(_ kind: Trap.Kind, _ message: String) -> Trap {
    Trap(kind, slot: slot, line: current.program.line(at: slot), message: message)
  }
}
