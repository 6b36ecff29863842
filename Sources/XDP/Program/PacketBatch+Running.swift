import BPFRuntime

/// How engines that take one packet at a time run a batch.
///
/// Invariant: the worker's machine and packet outlive the call, and every descriptor of the batch lies in its pool.
extension PacketBatch {
  /// Makes the machine ready for each packet in turn, and records what `run` returned or, for nil, why it `trap`ped.
  @inline(__always)
  mutating func runEach(
    verdicts: inout Verdicts,
    on worker: inout Worker,
    timers: TimerTable,
    _ run: (Machine) -> UInt64?,
    trap: (Machine) -> Trap
  ) {
    let machine = worker.machine
    worker.enterBatch()
    defer { worker.leaveBatch() }
    prepare(&worker, timers: timers)
    let state = unsafe machine.stateAddress
    let packet = unsafe worker.run
    let base = unsafe pool.base
    let descriptors = unsafe descriptors
    let timestamps = unsafe worker.clock == .packet && hasTimestamps ? timestamps : nil
    unsafe packet.pointee.packet.adopt(pool)
    unsafe withUnsafeMutablePointer(to: &verdicts) { verdicts in
      let targets = unsafe Verdicts.targets(in: verdicts)
      for index in 0..<count {
        let place = unsafe descriptors[index]
        unsafe packet.pointee.begin(base + Int(place.frame), at: place)
        unsafe packet.pointee.aim(at: targets + index)
        unsafe packet.pointee.publish(in: &state.pointee.context)
        if let timestamps = unsafe timestamps { unsafe state.pointee.now = timestamps[index] }
        if let value = run(machine) {
          unsafe verdicts.pointee.record(UInt32(truncatingIfNeeded: value), at: index)
        } else {
          unsafe verdicts.pointee.record(0, target: .none, at: index)
          worker.record(trap(machine), at: index)
        }
        unsafe packet.pointee.packet.write(to: &descriptors[index])
      }
    }
    unsafe packet.pointee.end()
    worker.runCount += UInt64(count)
  }

  /// What holds for the whole batch: where it came from, the clock at its first packet, timers that are due.
  ///
  /// The caller has entered the machine's batch boundary.
  func prepare(_ worker: inout Worker, timers: TimerTable) {
    if !worker.traps.isEmpty { worker.traps.removeAll(keepingCapacity: true) }
    let state = unsafe worker.machine.stateAddress
    if worker.clock == .packet {
      unsafe state.pointee.hasFixedClock = hasTimestamps
      if hasTimestamps, count > 0 { unsafe state.pointee.now = timestamps[0] }
    }
    unsafe state.pointee.context[XDPContext.Field.ingressIfindex] = UInt64(ingressIfindex)
    unsafe state.pointee.context[XDPContext.Field.rxQueueIndex] = UInt64(rxQueue)
    unsafe state.pointee.context[XDPContext.Field.egressIfindex] = UInt64(egressIfindex)
    if !worker.timerTraps.isEmpty { worker.timerTraps = [] }
    if timers.hasStarted { worker.timerTraps = timers.runDue(on: worker.machine) }
  }
}
