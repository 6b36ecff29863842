import BPF

/// All that is known at one point of one way through a program.
public struct MachineState: Sendable {
  /// The functions that are being run, the first one called first.
  public var frames: [Frame]
  /// What must be given back before the program ends, in the order in which it was taken.
  public var references: [Reference] = []
  /// How many locks are held; they are among `references`.
  public var lockCount = 0
  /// How deep in sections without preemption.
  public var preemptionDepth = 0
  /// How deep in explicit read-side critical sections.
  public var readSectionDepth = 0
  /// The reference of the innermost saved interrupt flags, 0 for none.
  public var interruptFlagsID: UInt32 = 0
  /// Whether what runs may sleep: work that is done later, from nobody's frame.
  public var isSleepable = false
  /// How often `may_goto` went on, on this path.
  public var mayGotoDepth = 0
  /// How deep calls back were unrolled, on this path (`callback_unroll_depth`).
  public var callbackUnrollDepth = 0

  /// Makes pointers that were borrowed under a lock numbers, for it is released.
  mutating func endBorrowing() {
    forEachRegister { register in
      if register.traits.contains(.borrowed) { register = .unknown }
    }
  }

  /// Something that was taken.
  public struct Reference: Hashable, Sendable {
    /// What it is.
    public enum Kind: UInt8, Hashable, Sendable {
      /// An object or a record.
      case object
      /// A `struct bpf_spin_lock`.
      case lock
      /// A `struct bpf_res_spin_lock`, with or without interrupts off.
      case resilientLock, resilientLockInterruptsOff
      /// Interrupt flags that `bpf_local_irq_save` or a lock saved.
      case interruptFlags, lockInterruptFlags
    }
    /// What it is.
    public var kind: Kind
    /// Its number, as in `RegisterState.referenceID`; of a lock, the identity of the value that holds it.
    public var id: UInt32
    /// The slot of the instruction that took it.
    public var slot: Int
    /// Of a lock, the map or object type whose lock it is.
    public var owner: Int32 = 0

    /// Makes a reference.
    public init(_ kind: Kind, id: UInt32, slot: Int, owner: Int32 = 0) {
      self.kind = kind
      self.id = id
      self.slot = slot
      self.owner = owner
    }
  }

  /// Makes the state before the first instruction of a function.
  public init(_ frame: Frame) { frames = [frame] }

  /// The number of the frame that is being run.
  public var depth: Int { frames.count - 1 }

  /// The frame that is being run.
  public var current: Frame {
    _read { yield frames[frames.count - 1] }
    _modify { yield &frames[frames.count - 1] }
  }

  /// A register of the frame that is being run.
  public subscript(_ register: Register) -> RegisterState {
    get { frames[frames.count - 1].registers[Int(register.rawValue)] }
    _modify { yield &frames[frames.count - 1].registers[Int(register.rawValue)] }
  }

  /// Changes every register and every spilled one, in all frames.
  public mutating func forEachRegister(_ body: (inout RegisterState) -> Void) {
    for frame in frames.indices {
      for register in 0..<11 { body(&frames[frame].registers[register]) }
      for slot in frames[frame].stack.indices where frames[frame].stack[slot].isSpill {
        body(&frames[frame].stack[slot].spilled)
      }
    }
  }
}
