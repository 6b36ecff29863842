import BPF
public import BPFJIT
import BPFRuntime

/// Machine code, packet by packet.
extension CompiledProgram: ExecutionEngine {
  /// `jit`.
  public var engineName: String { "jit" }

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
