import BPF
import BPFRuntime

// The loop over a batch: descriptors in, an action and an answer a packet out, nothing of the host in between.

extension X86Generator {
  /// How many packets ahead the memory of one is asked for.
  private static let lead: Int32 = 16

  /// `(state, descriptors, count, pool, actions, answers)`: runs the program on every packet; `count` is not 0.
  ///
  /// What stays from packet to packet lies in the registers that functions restore: `rbx` the descriptor, `r14` the pool,
  /// `r12` the place of the next action, `r15` that of the next answer; the end of the actions is on the stack.
  mutating func writeBatch(_ label: X86Assembler.Label, _ layout: BatchLayout) {
    assembler.place(label)
    writeArrival()
    assembler.move(.doubleWord, .rbx, .rsi)
    assembler.move(.doubleWord, .r14, .rcx)
    assembler.move(.doubleWord, .r12, .r8)
    assembler.move(.doubleWord, .r15, .r9)
    assembler.arithmetic(.add, .doubleWord, .rdx, .r8)
    assembler.arithmetic(.sub, .doubleWord, .rsp, 16)
    assembler.store(.doubleWord, .rdx, X86Memory(.rsp))
    let again = assembler.makeLabel(), isAction = assembler.makeLabel()
    assembler.place(again)
    writePositions(layout)
    if source.readsPacket { writePrefetch(layout) }
    assembler.load(.doubleWord, .rbp, X86Memory(Self.state, MachineLayout.stack))
    assembler.store(.doubleWord, .r12, X86Memory(Self.state, MachineLayout.batchPlace))
    assembler.move(.doubleWord, .rsi, Self.state)
    writeMainCall()
    assembler.store(.word, .rax, X86Memory(.r15))
    assembler.arithmetic(.compare, .word, .rax, Int32(layout.highestAction))
    assembler.jump(if: .belowOrEqual, to: isAction)
    assembler.arithmetic(.xor, .word, .rax, .rax)
    assembler.place(isAction)
    assembler.store(.byte, .rax, X86Memory(.r12))
    assembler.arithmetic(.add, .doubleWord, .r15, 4)
    assembler.arithmetic(.add, .doubleWord, .rbx, Int32(layout.descriptorByteCount))
    assembler.arithmetic(.add, .doubleWord, .r12, 1)
    assembler.compare(.doubleWord, .r12, X86Memory(.rsp))
    assembler.jump(if: .below, to: again)
    assembler.arithmetic(.add, .doubleWord, .rsp, 16)
    writeReturnToHost()
  }

  /// Puts the packet's addresses into the context, those that the program can ask for.
  private mutating func writePositions(_ layout: BatchLayout) {
    let frame = X86Register.rdi
    assembler.load(.doubleWord, frame, X86Memory(.rbx, Int32(layout.frameOffset)))
    assembler.arithmetic(.add, .doubleWord, frame, .r14)
    for (position, register) in [
      (layout.start, X86Register.rax), (layout.end, .rcx), (layout.metadata, .rdx),
    ] {
      guard let field = position.field, source.readsField(field) else { continue }
      assembler.load(.word, register, X86Memory(.rbx, Int32(position.offset)))
      assembler.arithmetic(.add, .doubleWord, register, frame)
      let place = X86Memory(Self.state, MachineLayout.context + Int32(8 * field))
      assembler.store(.doubleWord, register, place)
    }
  }

  /// Asks for the memory of a packet that comes later in the batch.
  private mutating func writePrefetch(_ layout: BatchLayout) {
    let none = assembler.makeLabel()
    assembler.loadAddress(.rax, X86Memory(.r12, Self.lead))
    assembler.compare(.doubleWord, .rax, X86Memory(.rsp))
    assembler.jump(if: .aboveOrEqual, to: none)
    let ahead = Self.lead * Int32(layout.descriptorByteCount)
    assembler.load(.word, .rax, X86Memory(.rbx, ahead + Int32(layout.start.offset)))
    assembler.load(.doubleWord, .rcx, X86Memory(.rbx, ahead + Int32(layout.frameOffset)))
    assembler.arithmetic(.add, .doubleWord, .rax, .rcx)
    assembler.arithmetic(.add, .doubleWord, .rax, .r14)
    assembler.prefetch(X86Memory(.rax))
    assembler.place(none)
  }
}
