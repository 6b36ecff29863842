public import BPF

/// Why a run was stopped: the program's doing, never the engine's.
public struct Trap: Error, Hashable, Sendable, CustomStringConvertible {
  /// What the program did.
  public enum Kind: Hashable, Sendable {
    /// An access outside what the pointer was made from; the message names the object and the offset in it.
    case outOfBounds
    /// An access that the region does not allow, such as a store to the context.
    case notAllowed
    /// A register or stack byte read before it was written (oracle mode).
    case uninitialized
    /// A call of a helper, kernel function or map operation that this engine does not have.
    case unknownHelper
    /// A helper argument of the wrong kind.
    case badArgument
    /// The instruction budget is used up.
    case budget
    /// Somebody asked the run to end (`StopRequest`): the one reason that is not the program's doing.
    case interrupted
    /// More than 8 frames deep.
    case callDepth
    /// An instruction that has no meaning here.
    case badInstruction
    /// A helper could not go on.
    case helper
  }
  /// What the program did.
  public var kind: Kind
  /// The slot of the instruction.
  public var slot: Int
  /// Its source position.
  public var line: SourceLine?
  /// What happened: objects by their kind, addresses as offsets in them, so that equal runs say the same.
  public var message: String

  /// Makes a trap.
  public init(_ kind: Kind, slot: Int, line: SourceLine? = nil, message: String) {
    self.kind = kind
    self.slot = slot
    self.line = line
    self.message = message
  }

  /// `file:line: message (slot N)`.
  public var description: String {
    (line.map { "\($0.file):\($0.line): " } ?? "") + message + " (slot \(slot))"
  }
}

/// How a run ended.
public enum RunOutcome: Hashable, Sendable {
  /// With this in `r0`.
  case returned(UInt64)
  /// With a trap.
  case trapped(Trap)
}
