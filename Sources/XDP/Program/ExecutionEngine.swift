/// Runs one program over batches: the interpreter, machine code, the kernel's test run.
///
/// Immutable once made and shared by workers. A trap, or an error number of the kernel, is that packet's outcome: the
/// verdict is aborted, the reason is in the worker's record, and the other packets go on.
public protocol ExecutionEngine: AnyObject, Sendable {
  /// What reports call the engine, such as `interpreter`.
  var engineName: String { get }

  /// Whether the program knows packets that go on in fragments (`xdp.frags`); others are not given any by a data path.
  var takesFragments: Bool { get }

  /// Runs the program on every packet of the batch and fills in as many verdicts.
  ///
  /// Descriptors of packets that the program adjusted are brought up to date. One dynamic call a batch.
  func run(_ batch: inout PacketBatch, verdicts: inout Verdicts, on worker: inout Worker)
}
