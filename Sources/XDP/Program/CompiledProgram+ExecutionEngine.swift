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
    worker.enterBatch()
    defer { worker.leaveBatch() }
    batch.prepare(&worker, timers: timers)
    // By a name of its own: Swift 6.3 cannot compile `worker.run.pointee` for the thread sanitizer.
    let packet = unsafe worker.run
    unsafe packet.pointee.packet.adopt(batch.pool)
    var first = 0
    while first < batch.count {
      let done = runLoop(&batch, from: first, &verdicts, worker)
      if first + done < batch.count {
        let refused = first + done
        verdicts.record(0, target: .none, at: refused)
        worker.record(trap(of: worker.machine), at: refused)
        if looksAtPackets { unsafe packet.pointee.packet.write(to: &batch.descriptors[refused]) }
      }
      first += done + 1
    }
    unsafe packet.pointee.end()
    if !mayRedirect {
      // A program may say that it redirects and never ask a helper where to.
      var redirected = verdicts.packets(with: .redirect, among: batch.packets)
      while !redirected.isEmpty { verdicts.targets[redirected.removeFirst()] = .none }
    }
    worker.runCount += UInt64(batch.count)
  }

  /// Runs the packets from a place on: how many it went through before one was refused.
  private func runLoop(
    _ batch: inout PacketBatch,
    from first: Int,
    _ verdicts: inout Verdicts,
    _ worker: borrowing Worker
  ) -> Int {
    unsafe withUnsafeMutablePointer(to: &verdicts) { verdicts in
      let targets = unsafe Verdicts.targets(in: verdicts) + first
      let count = batch.count - first
      if mayRedirect { unsafe targets.update(repeating: .none, count: count) }
      let packet = unsafe worker.run
      unsafe packet.pointee.aim(at: targets, index: worker.machine.batchIndexAddress)
      return unsafe runBatch(
        UnsafeRawPointer(batch.descriptors + first),
        count: count,
        in: batch.pool.base,
        asksAhead: batch.pool.byteCount > FramePool.nearByteCount,
        actions: Verdicts.actions(in: verdicts) + first,
        answers: Verdicts.returned(in: verdicts) + first,
        on: worker.machine
      )
    }
  }

  /// Whether some helper that the program calls, or a program that it goes on to, may say where a packet goes.
  private var mayRedirect: Bool { looksAtPackets || redirects }
}
