/// The stack of a run, as the kernel has it (`MAX_CALL_FRAMES`, `MAX_BPF_STACK`).
enum StackFrame {
  /// How many frames a program may have.
  static let limit = 8
  /// How many frames a run may have: a function that ends in a tail call leaves its callers' behind.
  static let runLimit = limit * (tailCallLimit + 1)
  /// Bytes in each.
  static let byteCount = 512
}

/// Everything a run works on, in one block at one address for the life of a `Machine`.
///
/// Its invariant: `regions` has 65,536 entries, `frames` and `stack` have room for `StackFrame.runLimit` frames, all of
/// them as long as the block lives, and `state` comes first, so that a helper's `RunState` address is this block's.
@unsafe struct MachineState {
  /// What helpers see.
  var state = RunState()
  /// `r0`–`r10`; the rest is padding that no step names.
  var registers = [16 of UInt64](repeating: 0)
  /// The objects that this run's pointers may be made from, by tag.
  var regions: UnsafeMutablePointer<Region>
  /// The context pointer as the program sees it.
  var contextPointer: UInt64 = 0
  /// The context's fields as the program reads them.
  var contextValues = [8 of UInt64](repeating: 0)
  /// Instructions left of the slice at hand; below zero the next slice is due.
  var budget: Int64 = 0
  /// Instructions left after this slice.
  var reserve: Int64 = 0
  /// The tag of the packet at hand, which changes whenever a helper changes the packet.
  var packetTag: UInt64 = Tag.packet
  /// The next tag to grant in this run.
  var nextTag: UInt64 = Tag.granted
  /// The step that ends a run.
  var halt: UnsafeRawPointer
  /// The code being run.
  var code: UnsafePointer<CodeHeader>
  /// Frames below the current one.
  var depth = 0
  /// Frames below the first one of the program at hand.
  var floor = 0
  /// What local calls saved, by depth.
  var frames: UnsafeMutablePointer<SavedFrame>
  /// All frames, the first one first.
  var stack: UnsafeMutableRawPointer
  /// Maps whose regions the table holds.
  var installedMaps = 0
  /// Ring-buffer records that were reserved and not given back.
  var openRecords = 0
  /// Tail calls taken in this run.
  var tailCalls = 0
  /// What `may_goto` allows each call of a function.
  var loopLimit = Int.max
  /// What `may_goto` still allows the function at hand.
  var allowance = LoopAllowance()
  /// What a helper lends, where its result is a pointer to memory.
  var loan = MemoryLoan()
  /// Whether this run was lent memory.
  var hasLentMemory = false
  /// Whose memory a helper has taken back, 0 for nobody's.
  var releasedOwner: UInt32 = 0
  /// What a helper wants called, in `loops` once the engine calls it.
  var pendingLoop: CallbackLoop? = nil
  /// The functions being called back, the outermost first.
  var loops = unsafe [8 of CallbackLoop](repeating: CallbackLoop())
  /// How many of them there are.
  var loopDepth = 0
  /// The step that a function called back returns to.
  var callbackReturn: UnsafeRawPointer
  /// Iterators and dynptrs on the program's stack.
  var objects: Unmanaged<StackObjects>
  /// The word of the spin lock that the run holds, as a host address, or 0.
  var heldLock: UInt64 = 0
  /// The place of the timer whose function runs, or 0.
  var runningTimer: UInt64 = 0
  /// The oracle that runs, if it is one.
  var oracle: OracleInterpreter? = nil
  /// Whether the run has left something to clear away in `objects`, `loops` or `heldLock`.
  var isUntidy = false
  /// Memory that pointers within arguments may point into, where addresses have no tags (the oracle).
  var readableRanges: [Range<UInt64>] = []
  /// Set when the run ends in a trap.
  var trap: PendingTrap? = nil
  /// Grants of this run beyond the first few, by address, for equal pointers to be equal.
  var grants: Unmanaged<GrantIndex>

  /// The host's stack when it was left for machine code.
  var hostStack: UInt64 = 0
  /// The frame of the compiled function that called a helper which calls back.
  var callerFrame: UInt64 = 0
  /// The machine code that runs, where its helpers need to know; it is kept alive by who runs it.
  var compiledHost: Unmanaged<CompiledHost>? = nil
  /// Whether machine code is to ask for the packets' memory before it runs on a batch.
  var asksAhead = false
  /// How many packets of a batch machine code has done.
  var batchIndex: UInt64 = 0
  /// The slot of the call that was refused in machine code.
  var refusalSlot: Int32 = 0
  /// The slot of the call that was refused in a function that a helper called back; below 0 for none.
  var innerRefusalSlot: Int32 = -1

  /// What a local call saves for its return.
  @unsafe struct SavedFrame {
    var returnTo: UnsafeRawPointer? = nil
    /// The callee's first step.
    var entered: UnsafeRawPointer? = nil
    /// The caller's code, which a tail call in the callee may have replaced.
    var code: UnsafePointer<CodeHeader>? = nil
    var r6: UInt64 = 0
    var r7: UInt64 = 0
    var r8: UInt64 = 0
    var r9: UInt64 = 0
    var r10: UInt64 = 0
    var allowance = LoopAllowance()
    var floor = 0
  }

  /// A trap whose source line is not looked up yet.
  @safe struct PendingTrap {
    var kind: Trap.Kind
    var slot: Int
    var message: String
  }
}
