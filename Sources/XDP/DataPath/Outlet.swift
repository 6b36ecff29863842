/// Packets that leave a path by one exit.
final class Outlet {
  /// Who takes them; nil while the outlet waits for one to serve.
  private(set) var sink: (any PacketSink)?
  /// Which kind of exit it is.
  let exit: PacketExit
  /// The packets.
  var batch: PacketBatch

  init(_ sink: any PacketSink, exit: PacketExit, pool: FramePool) {
    self.sink = sink
    self.exit = exit
    batch = PacketBatch(pool: pool)
  }

  /// Whether another packet for a sink fits here.
  func serves(_ sink: any PacketSink) -> Bool { self.sink === sink && batch.room > 0 }

  /// Turns to another sink of the same kind.
  func serve(_ sink: any PacketSink) { self.sink = sink }

  /// Lets go of a sink that only maps hold, so that it dies once it is replaced there.
  func retire() { if exit == .socket { sink = nil } }

  /// Sends what is here, and counts what was sent and what was not.
  func send(counting counters: PathCounters) throws(DriverError) {
    let count = batch.count
    if count > 0, let sink { counters.add(taken: try sink.transmit(&batch), of: count, at: exit) }
    removeAll()
  }

  /// Drops what is here.
  func removeAll() {
    batch.removeAll()
    retire()
  }
}
