import BPF
import BPFRuntime

/// Turns a verified program into machine code for arm64.
///
/// `r1` to `r5` are the registers that helpers take their second to sixth argument in, and `r0` is where they answer. The
/// first argument is the machine's state, which takes the place of `r0` when that is about to be lost anyway: a call moves
/// nothing else. `r6` to `r9` are saved by whoever uses them, as in BPF.
///
///     r0 x0   r1 x1  r2 x2  r3 x3  r4 x4  r5 x5   r6 x19  r7 x20  r8 x21  r9 x22   r10 x23
///     x24 the machine's state; x25 to x28 are the loop's over a batch; x9, x10, x11 are for what one instruction needs, x16 for calls
struct ARM64Generator {
  /// Where the machine's state is, and the frame of the program's stack.
  static let state = ARM64Register.x24, frame = ARM64Register.x23
  /// What an instruction may use for itself.
  static let scratch = ARM64Register.x9, scratch2 = ARM64Register.x10, scratch3 = ARM64Register.x11
  /// What an allowance of `may_goto` takes of the host's stack, which stays aligned.
  static let allowance = Int32(MachineLayout.allowanceByteCount + 15) / 16 * 16
  /// What holds the address of what is called.
  static let callee = ARM64Register.x16

  let source: CodeSource
  let features: ARM64Features
  var assembler: ARM64Assembler
  /// The labels of slots that are jumped to, in the function at hand.
  private var labels: [ARM64Assembler.Label?]
  /// What functions start with, by slot.
  private var functions: [ARM64Assembler.Label?]
  /// Code that is seldom reached, behind all else.
  private var refusals: [(label: ARM64Assembler.Label, slot: Int)] = []
  /// Whether the place of every instruction is wanted.
  var isListed = false
  private var listed: [(slot: Int, label: ARM64Assembler.Label)] = []
  /// Where a refused run ends.
  let unwind: ARM64Assembler.Label
  /// The function that is being written.
  var function: FunctionShape
  /// The loop that the function is written into; nil where it stands by itself.
  var loop: ARM64BatchLoop?
  /// What `r1` is known to hold: a map's index.
  var knownMap: Int?

  init(_ source: CodeSource, features: ARM64Features) {
    self.source = source
    self.features = features
    let slotCount = source.instructions.count
    labels = .init(repeating: nil, count: slotCount)
    functions = .init(repeating: nil, count: slotCount)
    assembler = ARM64Assembler(reserving: 128 + 4 * slotCount)
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
    writeEntry(entry)
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
      assembler.move(Self.scratch, UInt64(refusal.slot))
      assembler.store(.word, Self.scratch, ARM64Memory(Self.state, MachineLayout.refusalSlot))
      assembler.branch(to: unwind)
    }
    let code = try assembler.finish()
    var places: [Int: Int] = [:]
    for function in source.functions {
      if let label = functions[function.start] { places[function.start] = code[label] }
    }
    return GeneratedCode(
      bytes: code.bytes,
      entry: code[entry] ?? 0,
      callback: code[callback] ?? 0,
      batch: code[batch],
      functions: places,
      slots: Dictionary(uniqueKeysWithValues: listed.map { ($0.slot, code[$0.label] ?? 0) })
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
        if isListed, loop == nil { list(slot) }
        if writePair(instruction, at: slot) {
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
  private static let saved: [(ARM64Register, ARM64Register)] = [
    (.x29, .x30), (.x19, .x20), (.x21, .x22), (.x23, .x24),
  ]

  /// `(state, r1, r2) -> r0`: runs the program once.
  private mutating func writeEntry(_ label: ARM64Assembler.Label) {
    assembler.place(label)
    writeArrival()
    assembler.load(.doubleWord, Self.frame, ARM64Memory(Self.state, MachineLayout.stack))
    writeMainCall()
    writeReturnToHost()
  }

  /// `(state, function, r1, r2, r3, r4) -> r0`: calls a function of the program out of a helper.
  private mutating func writeCallback(_ label: ARM64Assembler.Label) {
    assembler.place(label)
    // A run that is refused within returns here, and what is outside has its own place to return to.
    writeArrival()
    assembler.load(.doubleWord, Self.frame, ARM64Memory(Self.state, MachineLayout.framePointer))
    assembler.move(.doubleWord, Self.callee, .x1)
    assembler.move(.doubleWord, .x1, .x2)
    assembler.move(.doubleWord, .x2, .x3)
    assembler.move(.doubleWord, .x3, .x4)
    assembler.move(.doubleWord, .x4, .x5)
    assembler.call(Self.callee)
    writeReturnToHost()
  }

  /// Keeps the host's registers, and where a refused run is to return to.
  mutating func writeArrival() {
    for pair in Self.saved { assembler.push(pair.0, pair.1) }
    assembler.move(.doubleWord, Self.state, .x0)
    assembler.moveStackPointer(Self.scratch, .stackPointer)
    assembler.store(.doubleWord, Self.scratch, ARM64Memory(Self.state, MachineLayout.stackPointer))
  }

  mutating func writeMainCall() {
    if let main = functions[0] { assembler.call(main) }
  }

  mutating func writeReturnToHost() {
    for pair in Self.saved.reversed() { assembler.pop(pair.0, pair.1) }
    assembler.ret()
  }

  /// A run that is refused goes back to the host from wherever it is.
  private mutating func writeUnwind() {
    assembler.place(unwind)
    assembler.load(.doubleWord, Self.scratch, ARM64Memory(Self.state, MachineLayout.stackPointer))
    assembler.moveStackPointer(.stackPointer, Self.scratch)
    assembler.move(.x0, 0)
    writeReturnToHost()
  }

  /// What a function keeps on the host's stack, in pairs: where it returns to, and the registers that it uses.
  private var kept: [(ARM64Register, ARM64Register)] {
    var pairs: [(ARM64Register, ARM64Register)] = function.calls ? [(.x29, .x30)] : []
    let saved = function.saved.map { ARM64Register($0) }
    for index in stride(from: 0, to: saved.count, by: 2) {
      pairs.append((saved[index], index + 1 < saved.count ? saved[index + 1] : .zero))
    }
    return pairs
  }

  /// The frame of the program's stack, and the registers that the function uses.
  private mutating func writePrologue() {
    for pair in kept {
      assembler.push(pair.0, pair.1)
      // The chain of frames, for those who look at the stack from outside.
      if pair.0 == .x29 { assembler.moveStackPointer(.x29, .stackPointer) }
    }
    if function.needsFrame {
      assembler.arithmetic(.add, .doubleWord, Self.frame, Self.frame, Int32(MachineLayout.frameByteCount))
    }
    if function.hasLoops {
      assembler.arithmetic(.sub, .doubleWord, .stackPointer, .stackPointer, Self.allowance)
      writeAllowance()
    }
  }

  mutating func writeEpilogue() {
    if function.hasLoops {
      assembler.arithmetic(.add, .doubleWord, .stackPointer, .stackPointer, Self.allowance)
    }
    if function.needsFrame {
      assembler.arithmetic(.sub, .doubleWord, Self.frame, Self.frame, Int32(MachineLayout.frameByteCount))
    }
    for pair in kept.reversed() { assembler.pop(pair.0, pair.1) }
  }

  // MARK: Labels

  private mutating func list(_ slot: Int) {
    let label = assembler.makeLabel()
    assembler.place(label)
    listed.append((slot, label))
  }

  func label(_ slot: Int) throws(CompilationError) -> ARM64Assembler.Label {
    guard labels.indices.contains(slot), let label = labels[slot] else {
      throw CompilationError(slot: slot, reason: "is jumped to, and is no instruction")
    }
    return label
  }

  func functionLabel(_ slot: Int) throws(CompilationError) -> ARM64Assembler.Label {
    guard functions.indices.contains(slot), let label = functions[slot] else {
      throw CompilationError(slot: slot, reason: "is called, and is no function")
    }
    return label
  }

  /// Where a run goes on whose helper refused at a slot.
  mutating func refusalLabel(at slot: Int) -> ARM64Assembler.Label {
    let label = assembler.makeLabel()
    refusals.append((label, slot))
    return label
  }
}

extension ARM64Register {
  /// Where a register of BPF is kept.
  init(_ register: Register) {
    self =
      switch register {
      case .r0: .x0
      case .r1: .x1
      case .r2: .x2
      case .r3: .x3
      case .r4: .x4
      case .r5: .x5
      case .r6: .x19
      case .r7: .x20
      case .r8: .x21
      case .r9: .x22
      case .r10: .x23
      }
  }
}

extension ARM64Memory {
  init(_ address: Address) { self.init(ARM64Register(address.base), Int32(address.offset)) }
}
