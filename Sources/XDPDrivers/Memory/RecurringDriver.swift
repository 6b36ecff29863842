public import XDP

/// An interface where the same packets arrive again and again, already in their frames: what benchmarks run.
///
/// What is sent goes nowhere, and its frames come back at once.
public final class RecurringDriver: Driver {
  /// What programs and reports call it.
  public let interface: NetworkInterface
  /// Programs run on the frames in place.
  public let capabilities: DriverCapabilities = [.native, .transmit]
  /// The packets.
  public let ring: PacketRing
  /// The ring's frames.
  public var pool: FramePool { ring.pool }

  /// An interface for the packets of a ring.
  public init(
    _ ring: PacketRing,
    interface: NetworkInterface = NetworkInterface(name: "memory", index: 1)
  ) {
    self.ring = ring
    self.interface = interface
  }

  /// Fills the batch with the next packets.
  public func receive(into batch: inout PacketBatch) throws(DriverError) -> Reception {
    batch.ingressIfindex = interface.index
    batch.rxQueue = 0
    batch.hasTimestamps = false
    return ring.receive(into: &batch) == 0 ? .idle : .packets
  }

  /// Gives the frames back.
  public func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int {
    let count = batch.count
    batch.removeAll()
    return count
  }
}
