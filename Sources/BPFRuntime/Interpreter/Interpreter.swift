public import BPF
import BPFMaps
import Synchronization

/// Runs a program step by step and checks every access: safe for any program, verified or not.
///
/// A pointer is good for exactly the object it was made from: the context, a stack frame, the packet, one map value, one
/// ring-buffer record. Anything else ends the run with a `Trap`. A run is bounded by the environment's budget. An
/// interpreter is immutable once made; any number of workers may run it at once, each on its own `Machine`.
public final class Interpreter: Sendable {
  /// The program as it was given.
  public let program: Program
  /// What the program carries that cannot run here: it traps if a run gets there.
  public let warnings: [String]
  let code: Code
  let environment: Environment
  /// The main function of this program's machine code, 0 as long as there is none.
  var compiledAddress: UInt64 { compiled.load(ordering: .acquiring) }
  private let compiled = Atomic<UInt64>(0)
  /// What the helpers of that machine code need to know of it.
  var compiledHost: Unmanaged<CompiledHost>? {
    let address = unsafe UnsafeRawPointer(bitPattern: UInt(compiledHostAddress.load(ordering: .acquiring)))
    return unsafe address.map { unsafe Unmanaged<CompiledHost>.fromOpaque($0) }
  }
  private let compiledHostAddress = Atomic<UInt64>(0)
  private let compiledOwner = Mutex<(any AnyObject & Sendable)?>(nil)
  private let firstSlice: Int64
  private let reserve: Int64
  private let loopLimit: Int

  /// Binds a program to maps, helpers and a context.
  public init(_ program: Program, in environment: Environment) throws(BindingError) {
    let lowering = try Lowering(program, in: environment)
    self.program = program
    self.environment = environment
    warnings = lowering.warnings
    let budget = Int64(clamping: environment.budget)
    firstSlice = min(budget, budgetSlice)
    reserve = budget - firstSlice
    loopLimit = environment.loopLimit
    code = Code(lowering)
    code.interpreter = self
  }

  /// The timers of the maps that this is bound to.
  public var timers: TimerTable { environment.timers }

  /// Says where machine code for this program is, for tail calls out of other machine code: once, and for good.
  ///
  /// - Parameters:
  ///   - owner: What keeps the machine code and its host alive.
  ///   - address: Its main function.
  ///   - host: What its helpers need to know of it.
  package func keepCompiled(
    _ owner: any AnyObject & Sendable,
    at address: UInt64,
    for host: CompiledHost
  ) {
    compiledOwner.withLock { kept in
      guard kept == nil else { return }
      kept = owner
      let word = unsafe UInt64(UInt(bitPattern: Unmanaged.passUnretained(host).toOpaque()))
      compiledHostAddress.store(word, ordering: .releasing)
      compiled.store(address, ordering: .releasing)
    }
  }

  /// Runs once over the context in the machine's state.
  public func run(on machine: Machine) -> RunOutcome {
    machine.boundary.enter()
    defer { machine.boundary.leave() }
    if let result = runUnreported(on: machine) { return .returned(result) }
    return .trapped(trap(of: machine))
  }

  /// Runs once with `r1` the address of some memory and `r2` its length.
  public func run(on machine: Machine, memory: inout [UInt8]) -> RunOutcome {
    machine.boundary.enter()
    defer { machine.boundary.leave() }
    return unsafe memory.withUnsafeMutableBytes { bytes in
      let block = unsafe machine.block
      prepare(machine)
      // An empty array has no address; a pointer to nothing is still a pointer.
      let base = unsafe bytes.baseAddress ?? block.pointee.stack
      let start = Tag.pointer(Tag.memory, UInt64(UInt(bitPattern: base)))
      unsafe block.pointee.regions[Int(Tag.memory)] = Region(.memory, start: start, byteCount: bytes.count)
      unsafe block.pointee.registers[1] = start
      unsafe block.pointee.registers[2] = UInt64(bytes.count)
      defer { unsafe block.pointee.regions[Int(Tag.memory)] = .none }
      if let result = finish(machine) { return .returned(result) }
      return .trapped(trap(of: machine))
    }
  }

  /// Runs once: `r0`, or nil where the run trapped; then `trap(of:)` says why.
  ///
  /// The caller has entered the machine's batch boundary.
  package func runUnreported(on machine: Machine) -> UInt64? {
    prepare(machine)
    let block = unsafe machine.block
    unsafe block.pointee.registers[1] = block.pointee.contextPointer
    return finish(machine)
  }

  /// The trap that ended the machine's last run.
  package func trap(of machine: Machine) -> Trap {
    guard let pending = unsafe machine.block.pointee.trap else {
      return Trap(.helper, slot: 0, message: "did not trap")
    }
    // After a tail call the slot is one of the other program's.
    let program = unsafe machine.block.pointee.code.pointee.owner.takeUnretainedValue().program
    return Trap(
      pending.kind,
      slot: pending.slot,
      line: program.line(at: pending.slot),
      message: pending.message
    )
  }

  @inline(__always) private func prepare(_ machine: Machine) {
    let block = unsafe machine.block
    if machine.installed !== code {
      machine.installed = code
      unsafe code.install(in: block)
    }
    unsafe block.pointee.code = code.header
    unsafe block.forgetGrants()
    unsafe block.pointee.depth = 0
    unsafe block.pointee.floor = 0
    unsafe block.pointee.tailCalls = 0
    unsafe block.pointee.budget = firstSlice
    unsafe block.pointee.reserve = reserve
    unsafe block.pointee.loopLimit = loopLimit
    unsafe block.pointee.allowance = LoopAllowance(left: loopLimit)
    unsafe block.pointee.contextPointer = Tag.pointer(Tag.context, UInt64(UInt(bitPattern: block)))
    unsafe block.pointee.regions[Int(Tag.context)] = Region(
      .context,
      start: block.pointee.contextPointer,
      byteCount: 0
    )
    unsafe block.readContext(packetTag: Tag.packet)
    unsafe block.pointee.registers[10] = enterFrame(0, block)
  }

  /// Calls a function with a map, the address of a key and a value, without packet and context; false where it trapped.
  func call(
    _ function: Int,
    with map: UserMap,
    _ key: UInt64,
    _ value: UnsafeMutableRawPointer,
    on machine: Machine
  ) -> Bool {
    prepare(machine)
    let block = unsafe machine.block
    unsafe block.pointee.regions[Int(Tag.packet)] = .none
    unsafe block.pointee.regions[Int(Tag.context)] = .none
    // No pointer has this tag. A tail call is refused, as in any function that is called back.
    unsafe block.pointee.contextPointer = .max
    unsafe block.pointee.loops[0] = CallbackLoop()
    unsafe block.pointee.loopDepth = 1
    unsafe block.pointee.isUntidy = true
    let pointer = code.pointer(to: map)
    unsafe block.pointee.registers[1] = pointer
    unsafe block.pointee.registers[2] = block.grantSlice(
      at: key,
      MemoryLoan(byteCount: map.definition.keySize)
    )
    unsafe block.pointee.registers[3] = block.grant(
      .mapValue,
      at: value,
      byteCount: map.definition.valueSize,
      access: Region.Access(of: map.definition),
      owner: UInt32(truncatingIfNeeded: pointer &>> Tag.shift)
    )
    return finish(machine, from: function) != nil
  }

  @inline(__always) private func finish(_ machine: Machine, from slot: Int = 0) -> UInt64? {
    let block = unsafe machine.block
    if unsafe block.pointee.trap != nil { unsafe block.pointee.trap = nil }
    unsafe BPFRuntime.run(
      from: UnsafeRawPointer(code.header.pointee.steps + slot),
      UnsafeMutableRawPointer(block)
    )
    if unsafe block.pointee.depth != 0 { unsafe leaveFrames(block) }
    if unsafe block.pointee.openRecords != 0 { unsafe block.discardRecords() }
    if unsafe block.pointee.isUntidy { unsafe block.tidy() }
    // A tail call put the other program's maps into the region table.
    if unsafe block.pointee.tailCalls != 0 { machine.installed = nil }
    return unsafe block.pointee.trap == nil ? block.pointee.registers[0] : nil
  }

  /// A trap inside a callee leaves frames behind.
  @inline(never) private func leaveFrames(_ block: StatePointer) {
    for depth in unsafe 1...block.pointee.depth {
      unsafe block.pointee.regions[Int(Tag.stack) + depth] = .none
    }
  }
}
