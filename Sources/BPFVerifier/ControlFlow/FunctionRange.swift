import BPF
import BTF

/// One function of a program: where it lies and what it is.
struct FunctionRange: Hashable {
  /// Its symbol, or `function at slot N` where the program has no name for it.
  var name: String
  /// The slot of its first instruction.
  var start: Int
  /// The slot after its last one.
  var end: Int
  /// Global functions are verified by themselves.
  var isGlobal: Bool
  /// Its type in the object's BTF, 0 where there is none.
  var type: BTF.TypeID
  /// Its address is taken by an instruction, so that a helper may call it.
  var isCallback = false
  /// It handles the exceptions of `bpf_throw`.
  var isExceptionHandler = false
  /// It calls `bpf_tail_call`.
  var hasTailCall = false
}
