import BPF

/// Where the values of a run come from: follows its steps and knows which step wrote each register and byte.
struct ValueFlow {
  /// What is known of a register or a byte of memory.
  struct Cell: Hashable {
    /// The index of the step that wrote it; nil for what was there from the start.
    var step: Int?
    /// Its value, if it follows from the program alone: from constants and addresses of the stack.
    var constant: UInt64?
  }

  /// The registers of a function that is under way.
  struct Frame {
    var registers: [Cell]
    /// Tells calls of one function apart.
    var number: Int
    /// Where the function returns to.
    var returnSlot: Int
    var code: OracleInterpreter?
  }

  /// Something that a step used.
  struct Use: Hashable {
    /// What was used.
    enum Place: Hashable {
      case register(Register)
      /// A byte of memory, by its address.
      case byte(UInt64)
    }
    var place: Place
    /// The step that wrote it; nil for what was there from the start.
    var writer: Int?
  }

  private(set) var frames: [Frame]
  private(set) var memory: [UInt64: Cell] = [:]
  /// The step that moved the packet last: what the context says depends on it.
  private var lastMove: Int?
  private var frameCount = 1

  init() {
    frames = [Frame(registers: Self.fresh, number: 0, returnSlot: 0)]
  }

  private static let fresh = [Cell](repeating: Cell(), count: 11)

  /// What a step uses, before it is taken.
  func uses(of step: TraceStep) -> [Use] {
    let registers = frames[frames.count - 1].registers
    var read = step.instruction.readRegisters
    var bytes: [UInt64] = []
    switch step.effect {
    case .memory(let access):
      // A store into memory uses what it stores, not what lay there.
      if access.new == nil || step.change != nil { bytes += Self.range(access.address, access.byteCount) }
    case .call(let call):
      read += call.arguments.map(\.register)
      for argument in call.arguments {
        if let value = argument.value, let content = argument.bytes {
          bytes += Self.range(value.bits, content.count)
        }
      }
    case .tailCall: read += [.r3]
    default: break
    }
    var uses = read.map { Use(place: .register($0), writer: registers[Int($0.rawValue)].step) }
    uses += bytes.map { Use(place: .byte($0), writer: memory[$0]?.step) }
    if case .memory(let access) = step.effect, case .context = access.place, let lastMove {
      uses.append(Use(place: .byte(access.address), writer: lastMove))
    }
    return uses
  }

  /// Whether all that a step reads follows from the program alone.
  func isConstant(_ step: TraceStep) -> Bool {
    step.instruction.readRegisters.allSatisfy {
      frames[frames.count - 1].registers[Int($0.rawValue)].constant != nil
    }
  }

  /// Takes a step.
  mutating func take(_ step: TraceStep, at index: Int) {
    adjustDepth(to: step)
    let isConstant = isConstant(step)
    switch step.effect {
    case .enter where !step.isLocalCall: return enter(Self.fresh, returnSlot: 0, nil)
    case .enter:
      var registers = Self.fresh
      for register in 1...5 { registers[register] = frames[frames.count - 1].registers[register] }
      enter(registers, returnSlot: step.slot + 1, step.code)
      return
    case .leave:
      // What a function that was called back answers is not what its helper does.
      let frame = frames[frames.count - 1], constant = frame.code == nil ? nil : frame.registers[0].constant
      if frames.count > 1 { frames.removeLast() }
      set(0, Cell(step: index, constant: constant))
      return
    case .call(let call):
      for register in 1...5 { set(register, Cell(step: index)) }
      for argument in call.arguments {
        if let value = argument.value, let new = argument.written {
          for address in Self.range(value.bits, new.count) { memory[address] = Cell(step: index) }
        }
      }
      if let write = call.packetWrite, let start = write.address {
        for address in Self.range(start, write.new.count) { memory[address] = Cell(step: index) }
      }
      if call.packetMove != nil { lastMove = index }
    case .memory(let access):
      if let new = access.new {
        for (address, byte) in zip(Self.range(access.address, new.count), new) {
          memory[address] = Cell(step: index, constant: isConstant && step.change == nil ? UInt64(byte) : nil)
        }
      }
    default: break
    }
    guard let change = step.change else { return }
    var constant: UInt64?
    switch step.effect {
    case .memory(let access):
      let cells = Self.range(access.address, access.byteCount).map { memory[$0] }
      if access.new == nil, cells.allSatisfy({ $0?.constant != nil }) { constant = change.new?.bits }
    case .call: break
    default:
      if case .loadImmediate(_, let value) = step.instruction {
        if case .value(let bits) = value { constant = bits }
      } else if isConstant {
        constant = change.new?.bits
      }
    }
    set(Int(change.register.rawValue), Cell(step: index, constant: constant))
  }

  private mutating func set(_ register: Int, _ cell: Cell) {
    frames[frames.count - 1].registers[register] = cell
  }

  private mutating func enter(_ registers: [Cell], returnSlot: Int, _ code: OracleInterpreter?) {
    frames.append(Frame(registers: registers, number: frameCount, returnSlot: returnSlot, code: code))
    frameCount += 1
  }

  /// A helper that calls a function of the program back enters it without a step of its own.
  mutating func adjustDepth(to step: TraceStep) {
    while frames.count > step.depth + 1 { frames.removeLast() }
    while frames.count < step.depth + 1 { enter(Self.fresh, returnSlot: 0, nil) }
    // The stack's address is the same in every run of the frame.
    frames[frames.count - 1].registers[10] = Cell(constant: step.stackPointer)
  }

  private static func range(_ start: UInt64, _ count: Int) -> [UInt64] {
    (0..<UInt64(count)).map { start &+ $0 }
  }
}

extension TraceStep {
  /// Whether the instruction itself calls a function of the program, rather than a helper that calls one back.
  fileprivate var isLocalCall: Bool {
    switch instruction {
    case .call(.local), .call(.register): true
    default: false
    }
  }
}
