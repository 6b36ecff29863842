import BPF
import BPFRuntime

// Calls: functions of the program, helpers, tail calls, functions that helpers call back, and `may_goto`.

extension X86Generator {
  mutating func write(_ target: CallTarget, at slot: Int) throws(CompilationError) {
    switch target {
    case .local(let offset): assembler.call(try functionLabel(slot + 1 + Int(offset)))
    case .helper(12): writeTailCall(at: slot)
    case .helper, .kernelFunction: try write(try source.helper(at: slot, target), at: slot)
    case .register: throw CompilationError(slot: slot, reason: "calls an address in a register")
    }
  }

  private mutating func write(_ helper: Helper, at slot: Int) throws(CompilationError) {
    let isLoop = helper.prototype.result == .callbackCount
    if isLoop {
      assembler.store(.doubleWord, .rbp, X86Memory(Self.state, MachineLayout.framePointer))
      assembler.store(.doubleWord, .rcx, X86Memory(Self.state, MachineLayout.register(.r3)))
    }
    if case .mapValueOrNull = helper.prototype.result, let map = knownMap, helper.prototype.id == 1,
      writeLookup(in: map)
    {
      return
    }
    assembler.move(.doubleWord, .rdi, Self.state)
    assembler.move(.rax, unsafe MachineLayout.address(of: helper.thunk))
    assembler.call(.rax)
    if isLoop {
      // The helper only says what it wants called.
      assembler.load(.doubleWord, .r10, X86Memory(Self.state, MachineLayout.stackPointer))
      assembler.push(.r10)
      assembler.push(.r10)
      assembler.move(.doubleWord, .rdi, Self.state)
      assembler.move(.doubleWord, .rsi, .rax)
      assembler.move(.rdx, source.tableAddress)
      assembler.move(.rax, unsafe MachineLayout.address(of: CompiledSupport.callBack))
      assembler.call(.rax)
      assembler.pop(.r10)
      assembler.pop(.r10)
      assembler.store(.doubleWord, .r10, X86Memory(Self.state, MachineLayout.stackPointer))
    }
    assembler.compareByte(X86Memory(Self.state, MachineLayout.isRefused), 0)
    assembler.jump(if: .notEqual, to: refusalLabel(at: slot))
  }

  /// Looks a map up without the helper: an array without any call, others by a function of their own.
  private mutating func writeLookup(in map: Int) -> Bool {
    guard let lookup = source.directLookup(map), let cpuStride = Int32(exactly: lookup.cpuStride),
      let cpuCount = Int32(exactly: lookup.cpuCount)
    else { return false }
    if case .array(_, let stride, _) = lookup.place, Int32(exactly: stride) == nil { return false }
    let outside = assembler.makeLabel(), done = assembler.makeLabel()
    let isPerCPU = cpuStride != 0
    if isPerCPU {
      assembler.load(.doubleWord, Self.scratch3, X86Memory(Self.state, MachineLayout.cpu))
      assembler.arithmetic(.compare, .doubleWord, Self.scratch3, cpuCount)
      assembler.jump(if: .aboveOrEqual, to: outside)
    }
    switch lookup.place {
    case .array(let base, let stride, let count):
      // A count beyond the signed numbers compares as it would unsigned.
      assembler.load(.word, .rax, X86Memory(.rdx))
      assembler.arithmetic(.compare, .word, .rax, Int32(bitPattern: count))
      assembler.jump(if: .aboveOrEqual, to: outside)
      writeScaling(.rax, by: Int32(stride))
      assembler.move(Self.scratch, base)
      assembler.arithmetic(.add, .doubleWord, .rax, Self.scratch)
    case .function(let address, let object):
      assembler.move(.doubleWord, .rdi, Self.state)
      assembler.move(.rsi, object)
      assembler.move(.rax, address)
      assembler.call(.rax)
      guard isPerCPU else { return true }
      assembler.test(.doubleWord, .rax, .rax)
      assembler.jump(if: .equal, to: done)
      assembler.load(.doubleWord, Self.scratch3, X86Memory(Self.state, MachineLayout.cpu))
    }
    if isPerCPU {
      writeScaling(Self.scratch3, by: cpuStride)
      assembler.arithmetic(.add, .doubleWord, .rax, Self.scratch3)
    }
    assembler.jump(to: done)
    assembler.place(outside)
    assembler.arithmetic(.xor, .word, .rax, .rax)
    assembler.place(done)
    return true
  }

  private mutating func writeScaling(_ register: X86Register, by factor: Int32) {
    if factor.nonzeroBitCount == 1 {
      assembler.shift(.left, .doubleWord, register, by: UInt8(factor.trailingZeroBitCount))
    } else {
      assembler.multiply(.doubleWord, register, by: factor)
    }
  }

  /// Goes to another program's code with the frame of this function, or on where there is none.
  private mutating func writeTailCall(at slot: Int) {
    assembler.move(.doubleWord, .rdi, Self.state)
    assembler.move(.doubleWord, .rsi, .rdx)
    assembler.move(.doubleWord, .rdx, .rcx)
    assembler.move(.rax, unsafe MachineLayout.address(of: CompiledSupport.tailCall))
    assembler.call(.rax)
    let none = assembler.makeLabel()
    assembler.test(.doubleWord, .rax, .rax)
    assembler.jump(if: .equal, to: none)
    writeEpilogue()
    assembler.move(.doubleWord, .rsi, Self.state)
    assembler.jump(to: .rax)
    assembler.place(none)
    assembler.compareByte(X86Memory(Self.state, MachineLayout.isRefused), 0)
    assembler.jump(if: .notEqual, to: refusalLabel(at: slot))
  }

  // MARK: may_goto

  /// A function's own allowance lies at the end of the host's stack.
  mutating func writeAllowance() {
    assembler.store(.doubleWord, 0, X86Memory(.rsp))
    assembler.store(.doubleWord, 0, X86Memory(.rsp, 8))
  }

  mutating func writeMayGoto(to target: X86Assembler.Label) {
    let goesOn = assembler.makeLabel(), asks = assembler.makeLabel()
    assembler.arithmetic(.sub, .word, X86Memory(.rsp), 1)
    assembler.jump(if: .aboveOrEqual, to: goesOn)
    assembler.place(asks)
    // r0 to r5 go on after it.
    let kept: [X86Register] = [.rax, .rsi, .rdx, .rcx, .r8, .r9]
    assembler.loadAddress(Self.scratch2, X86Memory(.rsp))
    for register in kept { assembler.push(register) }
    assembler.move(.doubleWord, .rdi, Self.state)
    assembler.move(.doubleWord, .rsi, Self.scratch2)
    assembler.move(.rax, unsafe MachineLayout.address(of: CompiledSupport.renewAllowance))
    assembler.call(.rax)
    assembler.move(.doubleWord, Self.scratch2, .rax)
    for register in kept.reversed() { assembler.pop(register) }
    assembler.test(.doubleWord, Self.scratch2, Self.scratch2)
    assembler.jump(if: .equal, to: target)
    assembler.place(goesOn)
  }
}
