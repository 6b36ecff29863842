import BPF
import BPFRuntime

// The loop over a batch: descriptors in, an action and an answer a packet out, nothing of the host in between.

extension ARM64Generator {
  /// The largest main function that is written into the loop, in slots; a larger one is called.
  private static let inlineLimit = 1024

  /// `(state, descriptors, count, pool, actions, answers)`: runs the program on every packet; `count` is not 0.
  mutating func writeBatch(_ label: ARM64Assembler.Label, _ layout: BatchLayout) throws(CompilationError) {
    let inner = assembler.makeLabel()
    assembler.place(label)
    // A refused run returns from the inner part, and finds the loop's registers kept here.
    assembler.push(.x29, .x30)
    assembler.push(.x25, .x26)
    assembler.push(.x27, .x28)
    assembler.call(inner)
    assembler.pop(.x27, .x28)
    assembler.pop(.x25, .x26)
    assembler.pop(.x29, .x30)
    assembler.ret()
    assembler.place(inner)
    writeArrival()
    function = source.functions[0]
    // A program that is gone to by a tail call returns, and so must this one.
    let isInlined = function.end <= Self.inlineLimit && !source.makesTailCalls
    let loop = ARM64BatchLoop(layout, around: function, isInlined, next: assembler.makeLabel(), source)
    assembler.arithmetic(.sub, .doubleWord, .stackPointer, .stackPointer, loop.frameByteCount)
    assembler.store(.doubleWord, .x2, loop.count)
    assembler.store(.doubleWord, .x4, loop.actions)
    assembler.store(.doubleWord, .x3, loop.pool)
    assembler.move(.doubleWord, ARM64BatchLoop.descriptor, .x1)
    if source.readsPacket { writePrefetch(layout) }
    assembler.move(.doubleWord, ARM64BatchLoop.answers, .x5)
    assembler.move(ARM64BatchLoop.index, 0)
    assembler.load(.doubleWord, Self.frame, ARM64Memory(Self.state, MachineLayout.stack))
    if isInlined, function.needsFrame {
      assembler.arithmetic(.add, .doubleWord, Self.frame, Self.frame, Int32(MachineLayout.frameByteCount))
    }
    try writeRounds(loop)
    assembler.arithmetic(.add, .doubleWord, .stackPointer, .stackPointer, loop.frameByteCount)
    writeReturnToHost()
  }

  private mutating func writeRounds(_ loop: ARM64BatchLoop) throws(CompilationError) {
    let again = assembler.makeLabel(), layout = loop.layout
    assembler.place(again)
    if let hooks = layout.hooks {
      assembler.load(.doubleWord, .x2, loop.pool)
      writeHook(hooks.begin)
    } else if loop.needsDescriptor {
      writePositions(loop)
    }
    if source.makesTailCalls { writeTailCallReset() }
    if function.callsHelpers || source.functions.count > 1 {
      // Where a refusal is to be told of.
      assembler.store(
        .doubleWord,
        ARM64BatchLoop.index,
        ARM64Memory(Self.state, MachineLayout.batchIndex)
      )
    }
    if loop.passesContext { assembler.move(.doubleWord, .x1, Self.state) }
    if loop.isInlined {
      if function.hasLoops { writeAllowance() }
      self.loop = loop
      try writeBody()
      self.loop = nil
      assembler.place(loop.next)
    } else {
      writeMainCall()
    }
    assembler.store(.word, .x0, ARM64BatchLoop.answers, index: ARM64BatchLoop.index)
    assembler.compare(.word, .x0, Int32(layout.highestAction))
    assembler.select(.word, .x0, .x0, if: .belowOrEqual, else: .zero)
    assembler.load(.doubleWord, Self.scratch, loop.actions)
    assembler.store(.byte, .x0, Self.scratch, index: ARM64BatchLoop.index)
    if let hooks = layout.hooks {
      assembler.move(.doubleWord, .x2, ARM64BatchLoop.index)
      writeHook(hooks.end)
    }
    if loop.needsDescriptor {
      let descriptor = ARM64BatchLoop.descriptor, step = Int32(layout.descriptorByteCount)
      assembler.arithmetic(.add, .doubleWord, descriptor, descriptor, step)
    }
    assembler.arithmetic(.add, .doubleWord, ARM64BatchLoop.index, ARM64BatchLoop.index, 1)
    assembler.load(.doubleWord, Self.scratch, loop.count)
    assembler.compare(.doubleWord, ARM64BatchLoop.index, Self.scratch)
    assembler.branch(if: .below, to: again)
  }

  /// Calls a hook with the state, the descriptor and what is in `x2`.
  private mutating func writeHook(_ address: UInt64) {
    assembler.move(.doubleWord, .x1, ARM64BatchLoop.descriptor)
    callHost(address)
  }

  /// Each packet may take as many tail calls as the others, and begins in this program.
  private mutating func writeTailCallReset() {
    assembler.store(.doubleWord, .zero, ARM64Memory(Self.state, MachineLayout.tailCalls))
    assembler.move(Self.scratch, source.hostAddress)
    assembler.store(.doubleWord, Self.scratch, ARM64Memory(Self.state, MachineLayout.host))
  }

  /// Where the packet begins, or ends: its frame's place, and the place in it.
  mutating func load(_ position: BatchLayout.Position, _ destination: ARM64Register) {
    let place = ARM64Memory(ARM64BatchLoop.descriptor, Int32(position.offset))
    assembler.load(.word, destination, place)
    assembler.arithmetic(.add, .doubleWord, destination, destination, ARM64BatchLoop.frame)
  }

  /// Finds the frame, and puts the packet's addresses into the context for the functions that are not in the loop.
  private mutating func writePositions(_ loop: ARM64BatchLoop) {
    let layout = loop.layout, frame = ARM64BatchLoop.frame
    assembler.load(.doubleWord, Self.scratch, loop.pool)
    assembler.load(.doubleWord, frame, ARM64Memory(ARM64BatchLoop.descriptor, Int32(layout.frameOffset)))
    assembler.arithmetic(.add, .doubleWord, frame, frame, Self.scratch)
    for position in [layout.start, layout.end, layout.metadata] {
      guard let field = position.field,
        source.readsField(field, outside: loop.isInlined ? function : nil)
      else { continue }
      load(position, Self.scratch)
      let value = ARM64Memory(Self.state, MachineLayout.context + Int32(8 * field))
      assembler.store(.doubleWord, Self.scratch, value)
    }
  }

  /// Asks for the memory of every packet before the first one runs, from the registers that the batch came in.
  private mutating func writePrefetch(_ layout: BatchLayout) {
    let again = assembler.makeLabel(), place = Self.scratch, frame = Self.scratch2
    assembler.place(again)
    assembler.load(.word, place, ARM64Memory(.x1, Int32(layout.start.offset)))
    assembler.load(.doubleWord, frame, ARM64Memory(.x1, Int32(layout.frameOffset)))
    assembler.arithmetic(.add, .doubleWord, place, place, frame)
    assembler.arithmetic(.add, .doubleWord, place, place, .x3)
    assembler.prefetch(ARM64Memory(place))
    assembler.arithmetic(.add, .doubleWord, .x1, .x1, Int32(layout.descriptorByteCount))
    assembler.arithmetic(.sub, .doubleWord, .x2, .x2, 1)
    assembler.branch(ifNotZero: .x2, .doubleWord, to: again)
  }
}
