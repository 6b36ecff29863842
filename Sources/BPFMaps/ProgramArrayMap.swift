/// A program array (`BPF_MAP_TYPE_PROG_ARRAY`): what `bpf_tail_call` jumps through.
public final class ProgramArrayMap: UserMap, @unchecked Sendable {
  /// The engine in a slot, or nil.
  public func program(at index: UInt32) -> AnyObject? { nil }
}
