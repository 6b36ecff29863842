import BPF
import BPFRuntime

/// Turns a verified program into machine code for x86-64.
///
/// `r1` to `r5` are the registers that helpers take their second to sixth argument in, so a call moves nothing; the first
/// is the machine's state. `r6` to `r9` are saved by whoever uses them, as in BPF.
///
///     r0 rax   r1 rsi  r2 rdx  r3 rcx  r4 r8  r5 r9   r6 rbx  r7 r14  r8 r15  r9 r12   r10 rbp
///     r13 the machine's state; rdi, r10, r11 are for what one instruction needs
struct X86Generator {
  /// Where the machine's state is.
  static let state = X86Register.r13
  /// What an instruction may use for itself.
  static let scratch = X86Register.rdi, scratch2 = X86Register.r10, scratch3 = X86Register.r11

  let source: CodeSource
  let features: X86Features
  var assembler: X86Assembler
  /// The labels of slots that are jumped to, in the function at hand.
  private var labels: [X86Assembler.Label?]
  /// What functions start with, by slot.
  private var functions: [X86Assembler.Label?]
  /// Code that is seldom reached, behind all else.
  private var refusals: [(label: X86Assembler.Label, slot: Int)] = []
  /// Whether the place of every instruction is wanted.
  var isListed = false
  private var listed: [(slot: Int, label: X86Assembler.Label)] = []
  /// Where a refused run ends.
  let unwind: X86Assembler.Label
  /// The function that is being written.
  var function: FunctionShape
  /// The loop that the function is written into; nil where it stands by itself.
  var loop: BatchLoop?
  /// Where a run goes on that is over; nil where the function returns by itself.
  var exit: X86Assembler.Label?
  /// What `r1` is known to hold: a map's index.
  var knownMap: Int?

  init(_ source: CodeSource, features: X86Features) {
    self.source = source
    self.features = features
    let slotCount = source.instructions.count
    labels = .init(repeating: nil, count: slotCount)
    functions = .init(repeating: nil, count: slotCount)
    assembler = X86Assembler(reserving: 512 + 16 * slotCount)
    function = source.functions[0]
    unwind = assembler.makeLabel()
  }

  /// Writes the whole program.
  ///
  /// - Parameter batchLayout: How batches lie in memory; nil for no loop over them.
  /// - Returns: The code and where its parts are.
  /// - Throws: What cannot be compiled.
  mutating func generate(_ batchLayout: BatchLayout?) throws(CompilationError) -> GeneratedCode {
    for function in source.functions { functions[function.start] = assembler.makeLabel() }
    let entry = assembler.makeLabel(), callback = assembler.makeLabel(), batch = assembler.makeLabel()
    try writeEntry(entry)
    writeCallback(callback)
    if let batchLayout { try writeBatch(batch, batchLayout) }
    writeUnwind()
    for function in source.functions {
      if let label = functions[function.start] { assembler.place(label) }
      self.function = function
      writePrologue()
      try writeBody()
    }
    for refusal in refusals {
      assembler.place(refusal.label)
      assembler.store(.word, Int32(refusal.slot), X86Memory(Self.state, MachineLayout.refusalSlot))
      assembler.jump(to: unwind)
    }
    let finished = assembler.finish()
    var places: [Int: Int] = [:]
    for function in source.functions {
      if let label = functions[function.start] { places[function.start] = finished.offset(of: label) }
    }
    return GeneratedCode(
      bytes: finished.code,
      entry: finished.offset(of: entry) ?? 0,
      callback: finished.offset(of: callback) ?? 0,
      batch: finished.offset(of: batch),
      functions: places,
      slots: Dictionary(uniqueKeysWithValues: listed.map { ($0.slot, finished.offset(of: $0.label) ?? 0) })
    )
  }

  /// The instructions of the function at hand.
  mutating func writeBody() throws(CompilationError) {
    let range = function.start..<function.end
    for slot in range where source.isTarget[slot] { labels[slot] = assembler.makeLabel() }
    knownMap = nil
    var slot = range.lowerBound
    while slot < range.upperBound {
      if let label = labels[slot] {
        assembler.place(label)
        knownMap = nil
      }
      if let instruction = source.instructions[slot] {
        if isListed, exit == nil { list(slot) }
        if writeJoinedBytes(instruction, at: slot) {
          slot += 3
        } else if writePair(instruction, at: slot) {
          slot += 1
        } else {
          try write(instruction, at: slot)
        }
      }
      slot += 1
    }
  }

  // MARK: Entering and leaving

  /// What the host keeps in registers that a program may use.
  static let saved: [X86Register] = [.rbx, .rbp, .r12, .r13, .r14, .r15]

  /// `(state, r1, r2) -> r0`: runs the program once.
  private mutating func writeEntry(_ label: X86Assembler.Label) throws(CompilationError) {
    assembler.place(label)
    let main = source.functions[0]
    if main.start == 0, !main.calls, main.end <= Self.leafLimit { return try writeLeaf(main) }
    // Without helpers nothing is refused, and a function restores what it has of the host's.
    let isRefusable = source.functions.contains(where: \.callsHelpers)
    let kept = isRefusable ? Self.saved : [.rbp, Self.state]
    writeArrival(keeping: kept, isRefusable: isRefusable)
    assembler.load(.doubleWord, .rbp, X86Memory(Self.state, MachineLayout.stack))
    writeMainCall()
    writeReturnToHost(keeping: kept)
  }

  /// The largest main function that is written into the entry, in slots.
  private static let leafLimit = 256

  /// The whole run of a main function that calls nothing.
  private mutating func writeLeaf(_ main: FunctionShape) throws(CompilationError) {
    function = main
    assembler.push(Self.state)
    assembler.move(.doubleWord, Self.state, .rdi)
    for register in main.saved { assembler.push(X86Register(register)) }
    if main.needsFrame {
      assembler.push(.rbp)
      assembler.load(.doubleWord, .rbp, X86Memory(Self.state, MachineLayout.stack))
      assembler.arithmetic(.add, .doubleWord, .rbp, Int32(MachineLayout.frameByteCount))
    }
    let end = assembler.makeLabel()
    exit = end
    try writeBody()
    exit = nil
    assembler.place(end)
    writeEpilogue()
    assembler.pop(Self.state)
    assembler.ret()
  }

  /// `(state, function, r1, r2, r3, r4) -> r0`: calls a function of the program out of a helper.
  private mutating func writeCallback(_ label: X86Assembler.Label) {
    assembler.place(label)
    // A run that is refused within returns here, and what is outside has its own place to return to.
    writeArrival()
    assembler.load(.doubleWord, .rbp, X86Memory(Self.state, MachineLayout.framePointer))
    assembler.move(.doubleWord, .rax, .rsi)
    assembler.move(.doubleWord, .rsi, .rdx)
    assembler.move(.doubleWord, .rdx, .rcx)
    assembler.move(.doubleWord, .rcx, .r8)
    assembler.move(.doubleWord, .r8, .r9)
    assembler.call(.rax)
    writeReturnToHost()
  }

  /// Keeps the host's registers, and where a refused run is to return to; the stack is aligned for calls afterwards.
  ///
  /// - Parameters:
  ///   - kept: Which registers, an even number of them.
  ///   - isRefusable: Whether a run may be refused.
  mutating func writeArrival(keeping kept: [X86Register] = saved, isRefusable: Bool = true) {
    for register in kept { assembler.push(register) }
    assembler.push(.rdi)
    assembler.move(.doubleWord, Self.state, .rdi)
    if isRefusable {
      assembler.store(.doubleWord, .rsp, X86Memory(Self.state, MachineLayout.stackPointer))
    }
  }

  mutating func writeMainCall() {
    if let main = functions[0] { assembler.call(main) }
  }

  mutating func writeReturnToHost(keeping kept: [X86Register] = saved) {
    assembler.pop(.rdi)
    for register in kept.reversed() { assembler.pop(register) }
    assembler.ret()
  }

  /// A run that is refused goes back to the host from wherever it is.
  private mutating func writeUnwind() {
    assembler.place(unwind)
    assembler.load(.doubleWord, .rsp, X86Memory(Self.state, MachineLayout.stackPointer))
    assembler.move(.rax, 0)
    writeReturnToHost()
  }

  /// The frame of the program's stack, and the registers that the function uses.
  private mutating func writePrologue() {
    for register in function.saved { assembler.push(X86Register(register)) }
    if function.needsFrame {
      assembler.push(.rbp)
      assembler.arithmetic(.add, .doubleWord, .rbp, Int32(MachineLayout.frameByteCount))
    }
    if nativeFrame > 0 { assembler.arithmetic(.sub, .doubleWord, .rsp, nativeFrame) }
    if function.hasLoops { writeAllowance() }
  }

  mutating func writeEpilogue() {
    if nativeFrame > 0 { assembler.arithmetic(.add, .doubleWord, .rsp, nativeFrame) }
    if function.needsFrame { assembler.pop(.rbp) }
    for register in function.saved.reversed() { assembler.pop(X86Register(register)) }
  }

  /// Bytes of the host's stack beside what is pushed: for `may_goto`, and so that calls find it aligned.
  var nativeFrame: Int32 {
    let pushed = 8 * (1 + function.saved.count + (function.needsFrame ? 1 : 0))
    let wanted = function.hasLoops ? MachineLayout.allowanceByteCount : 0
    if !function.calls && wanted == 0 { return 0 }
    return Int32((pushed + wanted + 15) / 16 * 16 - pushed)
  }

  // MARK: Labels

  private mutating func list(_ slot: Int) {
    let label = assembler.makeLabel()
    assembler.place(label)
    listed.append((slot, label))
  }

  func label(_ slot: Int) throws(CompilationError) -> X86Assembler.Label {
    guard labels.indices.contains(slot), let label = labels[slot] else {
      throw CompilationError(slot: slot, reason: "is jumped to, and is no instruction")
    }
    return label
  }

  func functionLabel(_ slot: Int) throws(CompilationError) -> X86Assembler.Label {
    guard functions.indices.contains(slot), let label = functions[slot] else {
      throw CompilationError(slot: slot, reason: "is called, and is no function")
    }
    return label
  }

  /// Where a run goes on whose helper refused at a slot.
  mutating func refusalLabel(at slot: Int) -> X86Assembler.Label {
    let label = assembler.makeLabel()
    refusals.append((label, slot))
    return label
  }
}

extension X86Register {
  /// Where a register of BPF is kept.
  init(_ register: Register) {
    self =
      switch register {
      case .r0: .rax
      case .r1: .rsi
      case .r2: .rdx
      case .r3: .rcx
      case .r4: .r8
      case .r5: .r9
      case .r6: .rbx
      case .r7: .r14
      case .r8: .r15
      case .r9: .r12
      case .r10: .rbp
      }
  }
}

extension X86Memory {
  init(_ address: Address) { self.init(X86Register(address.base), Int32(address.offset)) }
}
