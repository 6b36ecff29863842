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
    let packet = unsafe worker.run
    unsafe packet.pointee.packet.adopt(batch.pool)
    var first = 0
    while first < batch.count {
      let done = unsafe runOn(&batch, from: first, &verdicts, packet, machine)
      if first + done < batch.count {
        let refused = first + done
        verdicts.record(0, target: .none, at: refused)
        worker.record(trap(of: machine), at: refused)
        if looksAtPackets { unsafe packet.pointee.packet.write(to: &batch.descriptors[refused]) }
      }
      first += done + 1
    }
    // A program may say that it redirects and never ask a helper where to.
    if !looksAtPackets { verdicts.forgetTargets() }
    worker.runCount += UInt64(batch.count)
  }

  /// Runs the packets from a place on: how many it went through before one was refused.
  private func runOn(
    _ batch: inout PacketBatch,
    from first: Int,
    _ verdicts: inout Verdicts,
    _ packet: UnsafeMutablePointer<PacketRun>,
    _ machine: Machine
  ) -> Int {
    unsafe withUnsafeMutablePointer(to: &verdicts) { verdicts in
      let whole = UnsafeMutableRawPointer(verdicts)
      let targets = unsafe (whole + Verdicts.targetsOffset).assumingMemoryBound(to: RedirectTarget.self)
      unsafe packet.pointee.targets = targets + first
      defer { unsafe packet.pointee.targets = nil }
      return unsafe runBatch(
        UnsafeRawPointer(batch.descriptors + first),
        count: batch.count - first,
        in: batch.pool.base,
        actions: (whole + Verdicts.actionsOffset).assumingMemoryBound(to: UInt8.self) + first,
        answers: (whole + Verdicts.returnedOffset).assumingMemoryBound(to: UInt32.self) + first,
        on: machine
      )
    }
  }
}
