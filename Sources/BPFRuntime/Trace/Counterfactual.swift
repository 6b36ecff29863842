import BPF

/// What a run might have returned, had one branch gone the other way.
///
/// Follows every way from there with what is known for sure, which is what follows from the program alone: all that came
/// out of the packet, of maps and of helpers might have been anything. So "the same" is certain, "another" is not.
struct Counterfactual {
  /// What is known at a point: registers, and bytes of the stack by address.
  private struct Facts: Hashable {
    var registers: [UInt64?]
    var memory: [UInt64: UInt64]

    /// What both know; false if that is all that this one knew.
    mutating func meet(_ other: Facts) -> Bool {
      let before = self
      for index in registers.indices where registers[index] != other.registers[index] {
        registers[index] = nil
      }
      memory = memory.filter { other.memory[$0.key] == $0.value }
      return self != before
    }
  }

  private struct Point: Hashable {
    var frame: Int
    var slot: Int
  }

  /// Instructions that are looked at before the answer is "another".
  private static let limit = 1 << 14

  private let flow: ValueFlow
  private let expected: UInt32
  private var facts: [Point: Facts] = [:]
  private var open: [Point] = []
  private var isSame = true

  /// Whether the run would have returned `expected` all the same, had the branch `step` gone the other way.
  ///
  /// `flow` is the state before the step.
  static func stays(_ expected: UInt32, otherwiseThan step: TraceStep, _ flow: ValueFlow) -> Bool {
    guard case .branch(let taken) = step.effect else { return false }
    let offset: Int
    switch step.instruction {
    case .branch(_, _, _, _, let distance), .mayGoto(let distance): offset = Int(distance)
    default: return false
    }
    var counterfactual = Counterfactual(flow, expected)
    return counterfactual.follow(from: taken ? step.slot + 1 : step.slot + 1 + offset, step.code)
  }

  private init(_ flow: ValueFlow, _ expected: UInt32) {
    self.flow = flow
    self.expected = expected
  }

  private mutating func follow(from slot: Int, _ code: OracleInterpreter) -> Bool {
    let frame = flow.frames.count - 1
    let start = Facts(
      registers: flow.frames[frame].registers.map(\.constant),
      memory: flow.memory.compactMapValues(\.constant)
    )
    reach(Point(frame: frame, slot: slot), start)
    var budget = Self.limit
    while isSame, let point = open.popLast(), let facts = facts[point] {
      budget -= 1
      guard budget > 0, code.slots.indices.contains(point.slot), let instruction = code.slots[point.slot]
      else {
        return false
      }
      take(instruction, at: point, facts, code)
    }
    return isSame
  }

  private mutating func reach(_ point: Point, _ new: Facts) {
    guard var known = facts[point] else {
      facts[point] = new
      open.append(point)
      return
    }
    if known.meet(new) {
      facts[point] = known
      open.append(point)
    }
  }

  private mutating func take(
    _ instruction: Instruction,
    at point: Point,
    _ before: Facts,
    _ code: OracleInterpreter
  ) {
    var facts = before
    let next = Point(frame: point.frame, slot: point.slot + instruction.slotCount)
    func known(_ register: Register) -> UInt64? { facts.registers[Int(register.rawValue)] }
    func known(_ operand: Operand) -> UInt64? {
      switch operand {
      case .register(let register): known(register)
      case .immediate(let value): UInt64(bitPattern: Int64(value))
      }
    }
    func bytes(_ address: Address, _ count: Int) -> [UInt64]? {
      known(address.base).map { base in
        (0..<UInt64(count)).map { base &+ UInt64(bitPattern: Int64(address.offset)) &+ $0 }
      }
    }
    func load(_ size: Size, _ address: Address) -> UInt64? {
      guard let places = bytes(address, size.byteCount) else { return nil }
      return places.reversed().reduce(UInt64(0)) { value, place in
        guard let value, let byte = facts.memory[place] else { return nil }
        return value << 8 | byte
      }
    }
    func store(_ count: Int, _ value: UInt64?, _ address: Address) {
      // Nobody knows where it goes: nothing about memory is known any more.
      guard let places = bytes(address, count) else {
        // A store to the packet or to a map's value cannot reach the stack.
        return
      }
      for (index, place) in places.enumerated() {
        facts.memory[place] = value.map { $0 >> UInt64(8 * index) & 0xff }
      }
    }

    switch instruction {
    case .exit: return leave(point, facts)
    case .jump(let offset): return reach(Point(frame: point.frame, slot: next.slot + Int(offset)), facts)
    case .jumpLong(let offset): return reach(Point(frame: point.frame, slot: next.slot + Int(offset)), facts)
    case .mayGoto(let offset):
      reach(Point(frame: point.frame, slot: next.slot + Int(offset)), facts)
    case .branch(let comparison, let width, let register, let operand, let offset):
      let target = Point(frame: point.frame, slot: next.slot + Int(offset))
      guard let left = known(register), let right = known(operand) else {
        reach(target, facts)
        break
      }
      let holds =
        width == .doubleWord
        ? comparison.holds(left, right)
        : comparison.holds(UInt32(truncatingIfNeeded: left), UInt32(truncatingIfNeeded: right))
      if holds { return reach(target, facts) }
    case .call(let target):
      guard forget(target, &facts, code) else {
        isSame = false
        return
      }
    case .alu(let operation, let width, let register, let operand):
      var result: UInt64?
      if let right = known(operand), let left = operation == .mov ? 0 : known(register) {
        result =
          width == .doubleWord
          ? operation.evaluate(left, right)
          : UInt64(operation.evaluate(UInt32(truncatingIfNeeded: left), UInt32(truncatingIfNeeded: right)))
      }
      facts.registers[Int(register.rawValue)] = result
    case .load(let size, let register, let address), .loadAcquire(let size, let register, let address):
      facts.registers[Int(register.rawValue)] = load(size, address)
    case .store(let size, let operand, let address): store(size.byteCount, known(operand), address)
    case .storeRelease(let size, let source, let address): store(size.byteCount, known(source), address)
    case .loadImmediate(let register, .value(let value)): facts.registers[Int(register.rawValue)] = value
    case .atomic(_, let width, _, let address):
      store(width == .doubleWord ? 8 : 4, nil, address)
      if let register = instruction.writtenRegister { facts.registers[Int(register.rawValue)] = nil }
    default:
      if let register = instruction.writtenRegister { facts.registers[Int(register.rawValue)] = nil }
    }
    reach(next, facts)
  }

  /// A call makes `r0` to `r5` unknown and, where it may write memory, the stack; false for one that may end the run.
  private func forget(_ target: CallTarget, _ facts: inout Facts, _ code: OracleInterpreter) -> Bool {
    for register in 0...5 { facts.registers[register] = nil }
    guard case .helper(let id) = target else {
      facts.memory = [:]
      return true
    }
    guard id != 12, let prototype = code.environment.helpers[id]?.prototype else { return false }
    let isHarmless = prototype.arguments.allSatisfy { kind in
      switch kind {
      case .scalar, .context, .map, .mapKey, .mapValue, .readableMemory, .readableMemoryOrNull,
        .readableFixed,
        .size, .sizeOrZero, .ringRecord:
        true
      default: false
      }
    }
    if !isHarmless { facts.memory = [:] }
    return true
  }

  /// The end of a function: of the run, or back to where the caller goes on.
  private mutating func leave(_ point: Point, _ facts: Facts) {
    guard point.frame > 0 else {
      if facts.registers[0].map({ UInt32(truncatingIfNeeded: $0) }) != expected { isSame = false }
      return
    }
    let callee = flow.frames[point.frame], caller = flow.frames[point.frame - 1]
    // A function that a helper called back returns into that helper.
    guard callee.code != nil else {
      isSame = false
      return
    }
    var back = facts
    back.registers = caller.registers.map(\.constant)
    for register in 0...5 { back.registers[register] = nil }
    back.registers[0] = facts.registers[0]
    reach(Point(frame: point.frame - 1, slot: callee.returnSlot), back)
  }
}
