import BPF
import BPFRuntime

// The loop over a batch: descriptors in, an action and an answer a packet out, nothing of the host in between.

extension X86Generator {
  /// The largest main function that is written into the loop, in slots; a larger one is called.
  private static let inlineLimit = 1024

  /// `(state, descriptors, count, pool, actions, answers)`: runs the program on every packet; `count` is not 0.
  mutating func writeBatch(_ label: X86Assembler.Label, _ layout: BatchLayout) throws(CompilationError) {
    function = source.functions[0]
    // A program that is gone to by a tail call returns, and so must this one.
    let isInlined = function.end <= Self.inlineLimit && !source.makesTailCalls
    let again = assembler.makeLabel()
    let loop = BatchLoop(layout, around: function, isInlined, next: assembler.makeLabel(), source)
    assembler.place(label)
    writeArrival()
    assembler.arithmetic(.sub, .doubleWord, .rsp, loop.frameByteCount)
    assembler.store(.doubleWord, .rdx, loop.count)
    for (variable, register) in [
      (BatchLoop.Variable.descriptor, X86Register.rsi), (.pool, .rcx), (.actions, .r8), (.answers, .r9),
    ] { assembler.store(.doubleWord, register, loop.slot(variable)) }
    assembler.store(.doubleWord, 0, loop.slot(.index))
    if source.readsPacket { writePrefetch(layout) }
    for variable in BatchLoop.Variable.allCases {
      if let register = loop.register(variable) { assembler.load(.doubleWord, register, loop.slot(variable)) }
    }
    assembler.load(.doubleWord, .rbp, X86Memory(Self.state, MachineLayout.stack))
    if isInlined, function.needsFrame {
      assembler.arithmetic(.add, .doubleWord, .rbp, Int32(MachineLayout.frameByteCount))
    }
    assembler.place(again)
    self.loop = loop
    if let hooks = layout.hooks {
      writeHook(hooks.begin) { $0.use(.pool, .rdx) }
    } else {
      writePositions(layout, loop.isInlined ? function : nil)
    }
    if source.makesTailCalls { writeTailCallReset() }
    if function.callsHelpers || source.functions.count > 1 {
      // Where a refusal is to be told of.
      let index = use(.index, .rdi)
      assembler.store(.doubleWord, index, X86Memory(Self.state, MachineLayout.batchIndex))
    }
    if loop.passesContext { assembler.move(.doubleWord, .rsi, Self.state) }
    if isInlined {
      if function.hasLoops { writeAllowance() }
      exit = loop.next
      try writeBody()
      exit = nil
      assembler.place(loop.next)
    } else {
      self.loop = nil
      writeMainCall()
      self.loop = loop
    }
    writeVerdict(layout)
    if let hooks = layout.hooks { writeHook(hooks.end) { $0.use(.index, .rdx) } }
    if loop.needsDescriptor { advance(.descriptor, by: Int32(layout.descriptorByteCount)) }
    let index = advance(.index, by: 1)
    assembler.compare(.doubleWord, index, loop.count)
    assembler.jump(if: .below, to: again)
    assembler.arithmetic(.add, .doubleWord, .rsp, loop.frameByteCount)
    writeReturnToHost()
    self.loop = nil
  }

  /// Calls a hook with the state, the descriptor and another variable.
  private mutating func writeHook(_ address: UInt64, _ variable: (inout X86Generator) -> X86Register) {
    let register = variable(&self)
    if register != .rdx { assembler.move(.doubleWord, .rdx, register) }
    let descriptor = use(.descriptor, .rsi)
    if descriptor != .rsi { assembler.move(.doubleWord, .rsi, descriptor) }
    assembler.move(.doubleWord, .rdi, Self.state)
    assembler.move(.rax, address)
    assembler.call(.rax)
  }

  /// Each packet may take as many tail calls as the others, and begins in this program.
  private mutating func writeTailCallReset() {
    assembler.store(.doubleWord, 0, X86Memory(Self.state, MachineLayout.tailCalls))
    assembler.move(.rax, source.hostAddress)
    assembler.store(.doubleWord, .rax, X86Memory(Self.state, MachineLayout.host))
  }

  /// The register that a variable is in, `spare` if it had to be fetched.
  private mutating func use(_ variable: BatchLoop.Variable, _ spare: X86Register) -> X86Register {
    guard let loop else { return spare }
    if let register = loop.register(variable) { return register }
    assembler.load(.doubleWord, spare, loop.slot(variable))
    return spare
  }

  /// Adds to a variable: the register that has the sum.
  @discardableResult
  private mutating func advance(_ variable: BatchLoop.Variable, by step: Int32) -> X86Register {
    let register = use(variable, .rdi)
    assembler.arithmetic(.add, .doubleWord, register, step)
    if let loop, loop.register(variable) == nil {
      assembler.store(.doubleWord, register, loop.slot(variable))
    }
    return register
  }

  /// Where the packet begins, or ends: its frame's place, and the place in it.
  mutating func load(_ position: BatchLayout.Position, _ destination: X86Register) {
    guard let loop else { return }
    let descriptor = use(.descriptor, .rdi)
    assembler.load(.word, destination, X86Memory(descriptor, Int32(position.offset)))
    assembler.add(.doubleWord, destination, X86Memory(descriptor, Int32(loop.layout.frameOffset)))
    if let pool = loop.register(.pool) {
      assembler.arithmetic(.add, .doubleWord, destination, pool)
    } else {
      assembler.add(.doubleWord, destination, loop.slot(.pool))
    }
  }

  /// Puts the packet's addresses into the context for the functions that are not in the loop.
  private mutating func writePositions(_ layout: BatchLayout, _ inlined: FunctionShape?) {
    for position in [layout.start, layout.end, layout.metadata] {
      guard let field = position.field, source.readsField(field, outside: inlined) else { continue }
      load(position, .rax)
      assembler.store(.doubleWord, .rax, X86Memory(Self.state, MachineLayout.context + Int32(8 * field)))
    }
  }

  /// Asks for the memory of every packet before the first one runs, from the registers that the batch came in.
  ///
  /// Measured over a million frames in memory: sixteen packets ahead the first ones of each batch are waited for, and a
  /// packet takes 138 cycles; with all of them asked for at once it takes 56, and half a cycle more where they are cached.
  private mutating func writePrefetch(_ layout: BatchLayout) {
    let again = assembler.makeLabel(), none = assembler.makeLabel()
    assembler.compareByte(X86Memory(Self.state, MachineLayout.asksAhead), 0)
    assembler.jump(if: .equal, to: none)
    assembler.place(again)
    assembler.load(.word, .rax, X86Memory(.rsi, Int32(layout.start.offset)))
    assembler.add(.doubleWord, .rax, X86Memory(.rsi, Int32(layout.frameOffset)))
    assembler.prefetch(X86Memory(.rax, index: .rcx))
    assembler.arithmetic(.add, .doubleWord, .rsi, Int32(layout.descriptorByteCount))
    assembler.arithmetic(.sub, .doubleWord, .rdx, 1)
    assembler.jump(if: .notEqual, to: again)
    assembler.place(none)
  }

  /// Stores what the program said.
  private mutating func writeVerdict(_ layout: BatchLayout) {
    let isAction = assembler.makeLabel()
    let index = use(.index, .rdi)
    assembler.store(.word, .rax, X86Memory(use(.answers, .r10), index: index, shift: 2))
    assembler.arithmetic(.compare, .word, .rax, Int32(layout.highestAction))
    assembler.jump(if: .belowOrEqual, to: isAction)
    assembler.arithmetic(.xor, .word, .rax, .rax)
    assembler.place(isAction)
    assembler.store(.byte, .rax, X86Memory(use(.actions, .r10), index: index))
  }
}
