import BPF
public import BPFRuntime

/// The checked interpreter, packet by packet.
extension Interpreter: ExecutionEngine {
  /// `interpreter`.
  public var engineName: String { "interpreter" }

  /// Whether the program's section is one of `xdp.frags`.
  public var takesFragments: Bool { program.flags.contains(.frags) }

  /// Runs the program on every packet of the batch and fills in as many verdicts.
  public func run(_ batch: inout PacketBatch, verdicts: inout Verdicts, on worker: inout Worker) {
    batch.runEach(verdicts: &verdicts, on: &worker, timers: timers) {
      runUnreported(on: $0)
    } trap: {
      trap(of: $0)
    }
  }
}
