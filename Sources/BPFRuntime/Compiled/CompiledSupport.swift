package import BPF
import BPFMaps

/// What machine code calls beside helpers.
///
/// The invariant of every thunk: its first argument is the address of the worker's `MachineState`, and what machine code
/// passes along was put there by its generator.
package enum CompiledSupport {
  /// `bpf_tail_call` of a map and an index: the address of a program's main function, or 0 to go on.
  package static let tailCall: HelperThunk = { state, map, index, _, _, _ in
    let state = unsafe state.state
    guard unsafe state.pointee.tailCalls < tailCallLimit,
      let array = unsafe mapArgument(map).takeUnretainedValue() as? ProgramArrayMap,
      let target = array.program(at: UInt32(truncatingIfNeeded: index)) as? Interpreter
    else { return 0 }
    let address = target.compiledAddress
    guard address != 0 else {
      unsafe state.pointee.state.refusal = "the program '\(target.program.name)' is not compiled"
      return 0
    }
    unsafe state.pointee.tailCalls += 1
    unsafe state.pointee.compiledHost = target.compiledHost
    return address
  }

  /// Calls what the helper before wants called; the helper's answer and the table of functions come in, `r0` goes out.
  package static let callBack: HelperThunk = { state, answer, table, _, _, _ in
    let machine = unsafe state.state
    guard let loop = unsafe machine.pointee.pendingLoop else { return answer }
    unsafe machine.pointee.pendingLoop = nil
    let words = unsafe pointer(table).assumingMemoryBound(to: UInt64.self)
    let enter = unsafe unsafeBitCast(UInt(words[0]), to: HelperThunk.self)
    let function = unsafe words[loop.function + 1]
    // What is called back may loop itself, and leave its own frame here.
    let frame = unsafe machine.pointee.callerFrame
    var count: UInt64 = 0
    if let walk = unsafe loop.walk {
      let elements = unsafe walk.takeRetainedValue()
      let map = unsafe UInt64(UInt(bitPattern: Unmanaged.passUnretained(elements.map).toOpaque()))
      while let value = unsafe elements.advance(cpu: machine.pointee.state.cpu) {
        let key = unsafe UInt64(UInt(bitPattern: elements.key))
        let address = UInt64(UInt(bitPattern: value))
        count += 1
        unsafe machine.pointee.callerFrame = frame
        if unsafe enter(state, function, map, key, address, loop.context) != 0 { break }
        if unsafe mustStop(machine, count) { break }
      }
    } else {
      while unsafe count < loop.limit {
        let index = count
        count += 1
        unsafe machine.pointee.callerFrame = frame
        if unsafe enter(state, function, index, loop.context, 0, 0) != 0 { break }
        if unsafe mustStop(machine, count) { break }
      }
    }
    return count
  }

  /// Whether a loop must end early: something within was refused, or somebody asked for an end.
  @inline(__always)
  private static func mustStop(_ machine: UnsafeMutablePointer<MachineState>, _ count: UInt64) -> Bool {
    if unsafe machine.pointee.state.isRefused {
      // The innermost call says where; those around it are left for its sake.
      if unsafe machine.pointee.innerRefusalSlot < 0 {
        unsafe machine.pointee.innerRefusalSlot = machine.pointee.refusalSlot
      }
      return true
    }
    if count & 0xFFF == 0, let stop = unsafe machine.pointee.state.stop, stop.isMade {
      unsafe machine.pointee.state.refusal = "the run was asked to stop"
      return true
    }
    return false
  }

  /// Looks at the clock for `may_goto`: 1 to go on, 0 to jump.
  package static let renewAllowance: HelperThunk = { state, allowance, _, _, _, _ in
    let machine = unsafe state.state
    let now = unsafe machine.pointee.state.hasFixedClock ? nil : HostClock.monotonic.nanoseconds()
    let place = unsafe UnsafeMutableRawPointer(mutating: pointer(allowance))
      .assumingMemoryBound(to: CompiledAllowance.self)
    return unsafe place.pointee.renew(limit: machine.pointee.loopLimit, now: now) ? 1 : 0
  }
}

extension Machine {
  /// Runs machine code once over the context in the machine's state: `r0`, or nil where a helper refused.
  @inline(__always) package func runCompiled(at entry: UInt64, for host: CompiledHost) -> UInt64? {
    unsafe runCompiled(at: entry, for: host, UInt64(UInt(bitPattern: block)), 0)
  }

  /// Runs machine code once with `r1` the address of some memory and `r2` its length.
  package func runCompiled(at entry: UInt64, for host: CompiledHost, memory: inout [UInt8]) -> UInt64? {
    unsafe memory.withUnsafeMutableBytes { bytes in
      runCompiled(at: entry, for: host, UInt64(UInt(bitPattern: bytes.baseAddress)), UInt64(bytes.count))
    }
  }

  /// Where machine code says, before it calls a helper, which packet of a batch is at hand; the same address always.
  @unsafe package var batchIndexAddress: UnsafePointer<UInt64> {
    unsafe (UnsafeRawPointer(block) + Int(MachineLayout.batchIndex)).assumingMemoryBound(to: UInt64.self)
  }

  /// Runs machine code on a batch: how many packets it went through before one was refused.
  ///
  /// - Parameters:
  ///   - entry: The machine code.
  ///   - host: What its helpers need to know of it.
  ///   - descriptors: The packets, `count` of them, at least one.
  ///   - count: How many there are.
  ///   - pool: The first byte of the pool that they lie in.
  ///   - asksAhead: Whether the packets may lie in memory far away, so that it is worth while to ask for all at once.
  ///   - actions: Gets a byte a packet.
  ///   - answers: Gets `r0` of each, its low half.
  /// - Returns: `count`, or the place of the packet that was refused.
  @unsafe package func runCompiledBatch(
    at entry: UInt64,
    for host: CompiledHost,
    _ descriptors: UnsafeRawPointer,
    count: Int,
    in pool: UnsafeMutableRawPointer,
    asksAhead: Bool,
    actions: UnsafeMutablePointer<UInt8>,
    answers: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let block = unsafe self.block
    unsafe block.pointee.tailCalls = 0
    typealias Loop =
      @convention(c) (
        UnsafeMutableRawPointer, UnsafeRawPointer, Int, UnsafeMutableRawPointer, UnsafeMutablePointer<UInt8>,
        UnsafeMutablePointer<UInt32>
      ) -> UInt64
    let code = unsafe unsafeBitCast(UInt(entry), to: Loop.self)
    unsafe block.pointee.compiledHost = Unmanaged.passUnretained(host)
    unsafe block.pointee.asksAhead = asksAhead
    _ = unsafe code(UnsafeMutableRawPointer(block), descriptors, count, pool, actions, answers)
    unsafe block.pointee.compiledHost = nil
    if unsafe block.pointee.isUntidy { unsafe block.tidy() }
    if unsafe block.pointee.releasedOwner != 0 { unsafe block.pointee.releasedOwner = 0 }
    guard unsafe block.pointee.state.isRefused else { return count }
    return unsafe Int(block.pointee.batchIndex)
  }

  @inline(__always)
  private func runCompiled(
    at entry: UInt64,
    for host: CompiledHost,
    _ first: UInt64,
    _ second: UInt64
  ) -> UInt64? {
    let block = unsafe self.block
    unsafe block.pointee.tailCalls = 0
    let code = unsafe unsafeBitCast(
      UInt(entry),
      to: (@convention(c) (UnsafeMutableRawPointer, UInt64, UInt64) -> UInt64).self
    )
    unsafe block.pointee.compiledHost = Unmanaged.passUnretained(host)
    let result = unsafe code(UnsafeMutableRawPointer(block), first, second)
    unsafe block.pointee.compiledHost = nil
    if unsafe block.pointee.isUntidy { unsafe block.tidy() }
    if unsafe block.pointee.releasedOwner != 0 { unsafe block.pointee.releasedOwner = 0 }
    return unsafe block.pointee.state.isRefused ? nil : result
  }

  /// Why the last run of machine code was refused.
  package func compiledTrap(of program: Program) -> Trap {
    let inner = unsafe block.pointee.innerRefusalSlot
    let slot = unsafe Int(inner >= 0 ? inner : block.pointee.refusalSlot)
    unsafe block.pointee.innerRefusalSlot = -1
    let message = unsafe block.pointee.state.refusal ?? "did not trap"
    unsafe block.pointee.state.refusal = nil
    return Trap(.helper, slot: slot, line: program.line(at: slot), message: message)
  }
}
