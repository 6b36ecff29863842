/// What is known of a dynptr, an iterator or saved interrupt flags on a stack.
///
/// It is kept in `StackSlot.spilled` of each slot that the object takes: `id` is the object's own, `referenceID` that of the
/// reference which it holds, `offset` counts the object's slots from its first one.
public enum StackObject {
  /// What a dynptr is of (`enum bpf_dynptr_type`); in `RegisterState.index`.
  public enum DynptrKind: Int32, Hashable, Sendable {
    /// Memory of the program's.
    case local = 1
    /// A ring buffer's record, which must be given back.
    case ringBuffer
    /// The packet.
    case packet
    /// Another kind that XDP programs cannot make.
    case other
  }

  /// Where an iterator is; in `RegisterState.range`.
  public enum IteratorState: Int32, Hashable, Sendable {
    /// May give another element.
    case active = 1
    /// Has given its last.
    case drained
  }

  /// Slots that a dynptr takes.
  public static let dynptrSlotCount = 2
}
