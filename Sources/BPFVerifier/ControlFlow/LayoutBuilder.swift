import BPF
import BTF

/// Finds a program's functions and checks its structure, in time linear in its size.
struct LayoutBuilder {
  private static let tailCall: UInt32 = 12

  private let program: Program
  private(set) var instructions: [Instruction] = []
  private(set) var starts: [Bool] = []
  private(set) var owners: [UInt8] = []
  private(set) var functions: [FunctionRange] = []
  private(set) var calls: [FunctionCall] = []

  init(_ program: Program) { self.program = program }

  // MARK: Instructions

  /// Puts every instruction at its slot.
  mutating func placeInstructions() throws(Violation) {
    guard !program.instructions.isEmpty else {
      throw Violation(.emptyProgram, "the program has no instructions")
    }
    let count = program.slotCount
    guard count <= CodeLayout.mostSlots else {
      throw Violation(
        .programTooLarge,
        "the program has \(count) slots, and a program may have \(CodeLayout.mostSlots)"
      )
    }
    instructions.reserveCapacity(count)
    starts.reserveCapacity(count)
    for instruction in program.instructions {
      guard instruction.isKnown else {
        throw Violation(
          .unknownInstruction,
          "there is no instruction '\(instruction)'",
          at: instructions.count
        )
      }
      instructions.append(instruction)
      starts.append(true)
      if instruction.slotCount == 2 {
        instructions.append(.exit)
        starts.append(false)
      }
    }
  }

  // MARK: Functions

  /// Functions begin where the program does, where one is called, and where an address is taken.
  mutating func findFunctions() throws(Violation) {
    var isFunction = [Bool](repeating: false, count: starts.count)
    isFunction[0] = true
    var count = 1
    var references: [(slot: Int, target: Int)] = []
    for slot in starts.indices where starts[slot] {
      guard let offset = instructions[slot].calleeOffset else { continue }
      let target = slot + 1 + Int(offset)
      try check(target, from: slot)
      references.append((slot, target))
      if !isFunction[target] { count += 1 }
      isFunction[target] = true
    }
    let handler = exceptionHandler
    if let handler, starts.indices.contains(handler), starts[handler], !isFunction[handler] {
      isFunction[handler] = true
      count += 1
    }
    guard count <= CodeLayout.mostFunctions else {
      throw Violation(
        .tooManyFunctions,
        "the program has \(count) functions, and a program may have \(CodeLayout.mostFunctions)"
      )
    }
    layOut(isFunction)
    try connect(references)
    guard let handler, handler != 0, starts.indices.contains(handler), starts[handler] else { return }
    functions[Int(owners[handler])].isExceptionHandler = true
    if let call = calls.first(where: { $0.callee == Int(owners[handler]) && $0.kind == .direct }) {
      let name = functions[call.callee].name
      throw Violation(
        .callsExceptionHandler,
        "calls '\(name)', which handles exceptions and is only called for them",
        at: call.slot
      )
    }
  }

  private func check(_ target: Int, from slot: Int) throws(Violation) {
    let isCall = instructions[slot] == .call(.local(offset: Int32(target - slot - 1)))
    let verb = isCall ? "calls" : "takes the address of"
    guard starts.indices.contains(target) else {
      throw Violation(
        .callOutOfRange,
        "\(verb) a function at slot \(target), and the program has slots 0 to \(starts.count - 1)",
        at: slot
      )
    }
    guard starts[target] else {
      throw Violation(
        .jumpIntoImmediate,
        "\(verb) a function at slot \(target), in the middle of a 64-bit immediate",
        at: slot
      )
    }
  }

  private mutating func layOut(_ isFunction: [Bool]) {
    var known: [Int: Function] = [:]
    for function in program.functions where known[function.slot] == nil { known[function.slot] = function }
    owners = [UInt8](repeating: 0, count: starts.count)
    for slot in starts.indices {
      if isFunction[slot] {
        let function = known[slot]
        functions.append(
          FunctionRange(
            name: function?.name ?? (slot == 0 ? program.name : "function at slot \(slot)"),
            start: slot,
            end: slot,
            isGlobal: function?.isGlobal ?? (slot == 0),
            type: function?.type ?? 0
          )
        )
      }
      owners[slot] = UInt8(functions.count - 1)
      functions[functions.count - 1].end = slot + 1
      if starts[slot], instructions[slot] == .call(.helper(Self.tailCall)) {
        functions[functions.count - 1].hasTailCall = true
      }
    }
  }

  private mutating func connect(_ references: [(slot: Int, target: Int)]) throws(Violation) {
    calls.reserveCapacity(references.count)
    for (slot, target) in references {
      let callee = Int(owners[target])
      let isDirect = if case .call = instructions[slot] { true } else { false }
      calls.append(
        FunctionCall(
          caller: Int(owners[slot]),
          callee: callee,
          slot: slot,
          kind: isDirect ? .direct : .address
        )
      )
      if !isDirect { functions[callee].isCallback = true }
    }
  }

  /// The slot of the function that the entry's declaration tag names as the handler of exceptions.
  private var exceptionHandler: Int? {
    guard let btf = program.btf, let entry = program.functions.first(where: { $0.slot == 0 }), entry.type != 0
    else { return nil }
    let prefix = "exception_callback:"
    for type in btf.types {
      guard case .declarationTag(let name, entry.type, nil, _) = type, name.hasPrefix(prefix) else {
        continue
      }
      let handler = name.dropFirst(prefix.count)
      return program.functions.first { btf.name(of: $0.type) == handler }?.slot
    }
    return nil
  }

  // MARK: Jumps

  /// Every jump stays in its function, and every function ends with an exit or a jump.
  func checkFunctions() throws(Violation) {
    for function in functions {
      for slot in function.start..<function.end where starts[slot] {
        if let offset = instructions[slot].jumpOffset {
          try checkJump(from: slot, to: slot + 1 + offset, in: function)
        }
      }
      let last = starts[function.end - 1] ? function.end - 1 : function.end - 2
      guard instructions[last].fallsThrough else { continue }
      let beyond =
        function.end == starts.count ? "the end of the program" : "the function that lies after it"
      throw Violation(
        .fallsOffEnd,
        "the last instruction of '\(function.name)' is neither an exit nor a goto, so that it runs into \(beyond)",
        at: last
      )
    }
  }

  private func checkJump(from slot: Int, to target: Int, in function: FunctionRange) throws(Violation) {
    guard starts.indices.contains(target) else {
      throw Violation(
        .jumpOutOfRange,
        "jumps to slot \(target), and the program has slots 0 to \(starts.count - 1)",
        at: slot
      )
    }
    guard function.start..<function.end ~= target else {
      throw Violation(
        .jumpBetweenFunctions,
        "jumps from '\(function.name)' into '\(functions[Int(owners[target])].name)', to slot \(target)",
        at: slot
      )
    }
    guard starts[target] else {
      throw Violation(
        .jumpIntoImmediate,
        "jumps to slot \(target), in the middle of a 64-bit immediate",
        at: slot
      )
    }
  }

  // MARK: Maps

  /// A program uses few maps; the object may declare more.
  func countMaps() throws(Violation) {
    var used: Set<Int32> = []
    for slot in starts.indices where starts[slot] {
      switch instructions[slot] {
      case .loadImmediate(_, .map(let index)), .loadImmediate(_, .mapValue(let index, _)): used.insert(index)
      default: continue
      }
      guard used.count <= CodeLayout.mostMaps else {
        throw Violation(
          .tooManyMaps,
          "this is the program's \(used.count)th map, and a program may use \(CodeLayout.mostMaps)",
          at: slot
        )
      }
    }
  }
}

extension Instruction {
  /// Whether the kernel has such an instruction; the type can say a few more than there are.
  fileprivate var isKnown: Bool {
    switch self {
    case .moveSignExtending(let size, let width, _, _): size.bitCount < width.bitCount
    case .loadSignExtending(let size, _, _): size != .doubleWord
    case .swap(_, let size, _): size != .byte
    case .call(.register): false
    default: true
    }
  }
}
