public import BPFRuntime

/// The checked interpreter, packet by packet.
///
/// Invariant: the worker's machine and packet outlive the call, and every descriptor of the batch lies in its pool.
extension Interpreter: ExecutionEngine {
  /// `interpreter`.
  public var engineName: String { "interpreter" }

  /// Runs the program on every packet of the batch and fills in as many verdicts.
  public func run(_ batch: inout PacketBatch, verdicts: inout Verdicts, on worker: inout Worker) {
    if !worker.traps.isEmpty { worker.traps.removeAll(keepingCapacity: true) }
    let machine = worker.machine
    let state = unsafe machine.stateAddress
    let run = unsafe worker.run
    let base = unsafe batch.pool.base
    let descriptors = unsafe batch.descriptors
    let timestamps = unsafe worker.clock == .packet && batch.hasTimestamps ? batch.timestamps : nil
    if worker.clock == .packet { unsafe state.pointee.hasFixedClock = batch.hasTimestamps }
    unsafe state.pointee.context[XDPContext.Field.ingressIfindex] = UInt64(batch.ingressIfindex)
    unsafe state.pointee.context[XDPContext.Field.rxQueueIndex] = UInt64(batch.rxQueue)
    unsafe state.pointee.context[XDPContext.Field.egressIfindex] = UInt64(batch.egressIfindex)
    unsafe run.pointee.packet.adopt(batch.pool.geometry)
    for index in 0..<batch.count {
      let place = unsafe descriptors[index]
      unsafe run.pointee.begin(base + Int(place.frame), at: place)
      unsafe run.pointee.publish(in: &state.pointee.context)
      if let timestamps = unsafe timestamps { unsafe state.pointee.now = timestamps[index] }
      if let value = runUnreported(on: machine) {
        unsafe verdicts.record(UInt32(truncatingIfNeeded: value), target: run.pointee.target, at: index)
      } else {
        verdicts.record(0, target: .none, at: index)
        worker.record(trap(of: machine), at: index)
      }
      unsafe run.pointee.packet.write(to: &descriptors[index])
    }
    worker.runCount += UInt64(batch.count)
  }
}
