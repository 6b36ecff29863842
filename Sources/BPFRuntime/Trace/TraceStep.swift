public import BPF

/// One instruction that a run executed, with all that it did.
public struct TraceStep: Sendable {
  /// Its place in the run, from 0.
  public var number: UInt64
  /// The code it is part of, which a tail call changes.
  public var code: OracleInterpreter
  /// Its slot in the program.
  public var slot: Int
  /// How many local calls it is within.
  public var depth: Int
  /// The instruction.
  public var instruction: Instruction
  /// What the registers held that it read.
  public var inputs: [Input] = []
  /// The register that it wrote, if any.
  public var change: RegisterChange? = nil
  /// What it did beyond its registers.
  public var effect: Effect = .none
  /// The host address that `r10` held: the end of the frame.
  public var stackPointer: UInt64 = 0

  /// A register that was read.
  public struct Input: Hashable, Sendable {
    /// The register.
    public var register: Register
    /// Its value; nil where it was never written.
    public var value: TraceValue?
  }

  /// A register that was written.
  public struct RegisterChange: Hashable, Sendable {
    /// The register.
    public var register: Register
    /// Its value before, nil where it had none.
    public var old: TraceValue?
    /// Its value after, nil where it has none any more.
    public var new: TraceValue?
  }

  /// What an instruction does beyond its registers.
  public enum Effect: Sendable {
    /// Nothing.
    case none
    /// A condition, and whether it jumped.
    case branch(taken: Bool)
    /// Bytes read, or bytes read and changed.
    case memory(TraceAccess)
    /// A helper or kernel function.
    case call(TraceCall)
    /// A local call; the step after it is the callee's first.
    case enter(function: String)
    /// A return to the caller.
    case leave(function: String)
    /// A tail call to a program; to none where it fell through.
    case tailCall(program: String?)
    /// The end of the run with this result.
    case end(TraceValue)
    /// The run was stopped here.
    case trap(Trap)
  }

  /// The program it is part of.
  public var program: Program { code.program }
  /// Its source position, where the object has one.
  public var line: SourceLine? { code.program.line(at: slot) }
  /// The function it is part of.
  public var function: String { code.program.functions.last { $0.slot <= slot }?.name ?? code.program.name }

  /// The map entry that it changed, by a helper or through a pointer.
  public var mapChange: MapChange? {
    switch effect {
    case .memory(let access): access.mapChange
    case .call(let call): call.mapChange
    default: nil
    }
  }

  /// The value that a register had before this step; nil if it was not read or had none.
  public func input(_ register: Register) -> TraceValue? {
    inputs.first { $0.register == register }?.value
  }
}

/// Bytes of memory that an instruction read or changed.
public struct TraceAccess: Hashable, Sendable {
  /// Where.
  public var place: TracePlace
  /// The host address, which tells accesses to the same bytes within one run.
  public var address: UInt64
  /// How many bytes.
  public var byteCount: Int
  /// The bytes before; empty for the context, whose fields are made up.
  public var old: [UInt8]
  /// The bytes after, nil for a load.
  public var new: [UInt8]?
  /// Of a store to a map's value: the map's change.
  public var mapChange: MapChange? = nil
}

/// An entry of a map that a run changed.
public struct MapChange: Hashable, Sendable {
  /// The map.
  public var map: TraceMap
  /// The key's bytes, nil where they are not known.
  public var key: [UInt8]?
  /// The value of this CPU before, nil where there was none.
  public var old: [UInt8]?
  /// The value of this CPU after, nil where there is none any more.
  public var new: [UInt8]?
}

/// A call of a helper or kernel function.
public struct TraceCall: Sendable {
  /// Its name.
  public var name: String
  /// The number of the helper; nil for a kernel function.
  public var helper: UInt32?
  /// What it was given.
  public var arguments: [Argument] = []
  /// What came back; nil for nothing.
  public var result: TraceValue? = nil
  /// The map entry that it changed.
  public var mapChange: MapChange? = nil
  /// How it moved the packet.
  public var packetMove: PacketMove? = nil
  /// What it wrote into the packet, where it did not move it.
  public var packetWrite: PacketWrite? = nil

  /// One argument.
  public struct Argument: Hashable, Sendable {
    /// The register that carried it.
    public var register: Register
    /// What the helper takes it for; nil where that is not known.
    public var kind: HelperPrototype.Argument?
    /// Its value.
    public var value: TraceValue?
    /// Of a pointer to memory: what lay there before.
    public var bytes: [UInt8]? = nil
    /// Of memory that the helper may have written: what lies there now.
    public var written: [UInt8]? = nil
  }

  /// The argument of a kind.
  public func argument(_ kind: HelperPrototype.Argument) -> Argument? {
    arguments.first { $0.kind == kind }
  }

  /// The map argument.
  public var map: TraceMap? {
    for argument in arguments { if case .map(let map)? = argument.value?.place { return map } }
    return nil
  }
}

/// How a helper moved the packet's start, end, metadata or the end of its linear part, in bytes.
public struct PacketMove: Hashable, Sendable {
  /// How far the start moved; negative for a packet that grew at its head.
  public var head: Int
  /// How far the end moved; positive for a packet that grew at its tail.
  public var tail: Int
  /// Bytes of metadata before.
  public var oldMetadata: Int
  /// Bytes of metadata after.
  public var newMetadata: Int
  /// How much of the packet is in its linear part after.
  public var linearByteCount: Int
  /// The packet's bytes after, with those of fragments.
  public var bytes: [UInt8]
}

/// Bytes of the packet that a helper changed, wherever they lie: from the first that differs to the last.
public struct PacketWrite: Hashable, Sendable {
  /// The offset from the packet's first byte.
  public var offset: Int
  /// The host address of the first of them; nil where it lies in a fragment.
  public var address: UInt64?
  /// The bytes before.
  public var old: [UInt8]
  /// The bytes after.
  public var new: [UInt8]
}
