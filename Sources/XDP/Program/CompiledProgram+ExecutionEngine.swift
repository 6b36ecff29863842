import BPF
public import BPFJIT
import BPFRuntime
import XDPTypes

/// Machine code: a loop over the batch where the program can do with that, else packet by packet.
///
/// Unsafe: the loop writes as many actions and answers as the batch has packets, and every descriptor of the batch lies
/// in its pool.
extension CompiledProgram: ExecutionEngine {
  /// `jit`.
  public var engineName: String { "jit" }

  /// Whether the program's section is one of `xdp.frags`.
  public var takesFragments: Bool { program.flags.contains(.frags) }

  /// Runs the program on every packet of the batch and fills in as many verdicts.
  public func run(_ batch: inout PacketBatch, verdicts: inout Verdicts, on worker: inout Worker) {
    let hasOwnTimes = worker.clock == .packet && batch.hasTimestamps && asksForTime
    guard runsBatches, !hasOwnTimes, batch.count > 0 else {
      return batch.runEach(verdicts: &verdicts, on: &worker, timers: timers) {
        runUnreported(on: $0)
      } trap: {
        trap(of: $0)
      }
    }
    runLoop(&batch, &verdicts, &worker)
  }

  private func runLoop(_ batch: inout PacketBatch, _ verdicts: inout Verdicts, _ worker: inout Worker) {
    let machine = worker.machine
    machine.boundary.enter()
    defer { machine.boundary.leave() }
    batch.prepare(&worker, timers: timers)
    var first = 0
    while first < batch.count {
      let count = batch.count - first
      let done = unsafe withUnsafeMutablePointer(to: &verdicts.actions) { actions in
        unsafe withUnsafeMutablePointer(to: &verdicts.returned) { answers in
          unsafe runBatch(
            UnsafeRawPointer(batch.descriptors + first),
            count: count,
            in: batch.pool.base,
            actions: UnsafeMutableRawPointer(actions).assumingMemoryBound(to: UInt8.self) + first,
            answers: UnsafeMutableRawPointer(answers).assumingMemoryBound(to: UInt32.self) + first,
            on: machine
          )
        }
      }
      if done < count {
        verdicts.record(0, target: .none, at: first + done)
        worker.record(trap(of: machine), at: first + done)
      }
      first += min(done + 1, count)
    }
    // Nothing that runs here redirects, and yet a program may say so.
    for index in 0..<batch.count where verdicts.actions[index] == UInt8(XDPAction.redirect.rawValue) {
      verdicts.targets[index] = .none
    }
    worker.runCount += UInt64(batch.count)
  }
}
