import BPF
public import BPFRuntime

/// The strictest judge, packet by packet.
extension OracleInterpreter: ExecutionEngine {
  /// `oracle`.
  public var engineName: String { "oracle" }

  /// Whether the program's section is one of `xdp.frags`.
  public var takesFragments: Bool { program.flags.contains(.frags) }

  /// Runs the program on every packet of the batch and fills in as many verdicts.
  public func run(_ batch: inout PacketBatch, verdicts: inout Verdicts, on worker: inout Worker) {
    var last = Trap(.helper, slot: 0, message: "did not trap")
    batch.runEach(verdicts: &verdicts, on: &worker, timers: timers) { machine in
      switch run(on: machine) {
      case .returned(let value): return value
      case .trapped(let trap):
        last = trap
        return nil
      }
    } trap: { _ in
      last
    }
  }
}
