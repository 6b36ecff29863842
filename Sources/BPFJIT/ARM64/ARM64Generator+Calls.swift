import BPF
import BPFRuntime

// Calls: functions of the program, helpers, tail calls, functions that helpers call back, and `may_goto`.

extension ARM64Generator {
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
      assembler.store(.doubleWord, Self.frame, ARM64Memory(Self.state, MachineLayout.framePointer))
      assembler.store(.doubleWord, .x3, ARM64Memory(Self.state, MachineLayout.register(.r3)))
    }
    if case .mapValueOrNull = helper.prototype.result, let map = knownMap, helper.prototype.id == 1,
      writeLookup(in: map)
    {
      return
    }
    callHost(unsafe MachineLayout.address(of: helper.thunk))
    if isLoop {
      // The helper only says what it wants called.
      assembler.load(.doubleWord, Self.scratch, ARM64Memory(Self.state, MachineLayout.stackPointer))
      assembler.push(Self.scratch, .zero)
      assembler.move(.doubleWord, .x1, .x0)
      assembler.move(.x2, source.tableAddress)
      callHost(unsafe MachineLayout.address(of: CompiledSupport.callBack))
      assembler.pop(Self.scratch, .zero)
      assembler.store(.doubleWord, Self.scratch, ARM64Memory(Self.state, MachineLayout.stackPointer))
    }
    writeRefusalCheck(at: slot)
  }

  /// Calls the host with the machine's state as the first argument.
  mutating func callHost(_ address: UInt64) {
    assembler.move(.doubleWord, .x0, Self.state)
    assembler.move(Self.callee, address)
    assembler.call(Self.callee)
  }

  private mutating func writeRefusalCheck(at slot: Int) {
    assembler.load(.byte, Self.scratch, ARM64Memory(Self.state, MachineLayout.isRefused))
    assembler.branch(ifNotZero: Self.scratch, .word, to: refusalLabel(at: slot))
  }

  /// Looks a map up without the helper: an array without any call, others by a function of their own.
  private mutating func writeLookup(in map: Int) -> Bool {
    guard let lookup = source.directLookup(map) else { return false }
    let none = assembler.makeLabel(), cpu = Self.scratch3
    switch lookup.place {
    case .array(let base, let stride, let count):
      assembler.load(.word, .x0, ARM64Memory(.x2))
      // A count beyond the signed numbers compares as it would unsigned.
      assembler.compare(.word, .x0, Int32(bitPattern: count))
      assembler.move(Self.scratch, base)
      multiplyAdd(.x0, by: stride, to: Self.scratch)
      assembler.select(.doubleWord, .x0, Self.scratch, if: .below, else: .zero)
    case .function(let address, let object):
      assembler.move(.x1, object)
      callHost(address)
    }
    guard lookup.cpuStride != 0 else { return true }
    assembler.branch(ifZero: .x0, .doubleWord, to: none)
    assembler.load(.doubleWord, cpu, ARM64Memory(Self.state, MachineLayout.cpu))
    assembler.compare(.doubleWord, cpu, Int32(clamping: lookup.cpuCount))
    multiplyAdd(cpu, by: lookup.cpuStride, to: .x0)
    assembler.select(.doubleWord, .x0, .x0, if: .below, else: .zero)
    assembler.place(none)
    return true
  }

  /// `sum += number * factor`; the flags stay.
  private mutating func multiplyAdd(_ number: ARM64Register, by factor: Int, to sum: ARM64Register) {
    if factor.nonzeroBitCount == 1 {
      assembler.add(sum, sum, number, shifted: UInt32(factor.trailingZeroBitCount))
    } else {
      assembler.move(Self.scratch2, UInt64(factor))
      assembler.multiplyAdd(.doubleWord, sum, number, Self.scratch2, sum)
    }
  }

  /// Goes to another program's code with the frame of this function, or on where there is none.
  private mutating func writeTailCall(at slot: Int) {
    assembler.move(.doubleWord, .x1, .x2)
    assembler.move(.doubleWord, .x2, .x3)
    callHost(unsafe MachineLayout.address(of: CompiledSupport.tailCall))
    let none = assembler.makeLabel()
    assembler.branch(ifZero: .x0, .doubleWord, to: none)
    writeEpilogue()
    assembler.move(.doubleWord, .x1, Self.state)
    assembler.move(.doubleWord, Self.callee, .x0)
    assembler.branch(to: Self.callee)
    assembler.place(none)
    writeRefusalCheck(at: slot)
  }

  // MARK: may_goto

  /// A function's own allowance lies at the end of the host's stack.
  mutating func writeAllowance() {
    assembler.store(.doubleWord, .zero, ARM64Memory(.stackPointer))
    assembler.store(.doubleWord, .zero, ARM64Memory(.stackPointer, 8))
  }

  mutating func writeMayGoto(to target: ARM64Assembler.Label) {
    let goesOn = assembler.makeLabel()
    assembler.load(.word, Self.scratch, ARM64Memory(.stackPointer))
    assembler.subtractSettingFlags(.word, Self.scratch, Self.scratch, 1)
    assembler.store(.word, Self.scratch, ARM64Memory(.stackPointer))
    assembler.branch(if: .aboveOrEqual, to: goesOn)
    // r0 to r5 go on after it.
    assembler.push(.x0, .x1)
    assembler.push(.x2, .x3)
    assembler.push(.x4, .x5)
    assembler.loadAddress(.x1, ARM64Memory(.stackPointer, 48))
    callHost(unsafe MachineLayout.address(of: CompiledSupport.renewAllowance))
    assembler.move(.doubleWord, Self.scratch, .x0)
    assembler.pop(.x4, .x5)
    assembler.pop(.x2, .x3)
    assembler.pop(.x0, .x1)
    assembler.branch(ifZero: Self.scratch, .doubleWord, to: target)
    assembler.place(goesOn)
  }
}
