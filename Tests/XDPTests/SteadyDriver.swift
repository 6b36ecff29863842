import Synchronization
import XDP

/// What drivers on several threads saw, for a test to look at from its own.
final class TrafficRecord: Sendable {
  /// Packets that were made.
  let made = Atomic<UInt64>(0)
  /// Packets that went out.
  let sent = Atomic<UInt64>(0)
  /// Times that a worker rested.
  let rests = Atomic<UInt64>(0)
  /// Whether there are no packets for the time being.
  let isQuiet = Atomic<Bool>(false)
}

/// A queue with packets as long as anybody asks, of 60 bytes each, of which the first eight count up.
final class SteadyDriver: Driver {
  let interface: NetworkInterface
  let capabilities: DriverCapabilities = [.native, .transmit]
  let pool: FramePool
  private let record: TrafficRecord
  private var left: UInt64
  private var next: UInt64 = 0

  init(_ index: UInt32, pool: FramePool, record: TrafficRecord, limit: UInt64 = .max) {
    interface = NetworkInterface(name: "steady\(index)", index: index)
    self.pool = pool
    self.record = record
    left = limit
  }

  func receive(into batch: inout PacketBatch) throws(DriverError) -> Reception {
    batch.ingressIfindex = interface.index
    batch.rxQueue = 0
    guard left > 0 else { return .finished }
    // Batches of all sizes, and now and then none.
    let wanted = Int(min(left, next % 65))
    guard wanted > 0, !record.isQuiet.load(ordering: .relaxed) else {
      next += 1
      return .idle
    }
    let places = unsafe batch.appendFrames(wanted, length: 60)
    for place in places {
      var bytes = batch.mutableBytes(at: place)
      bytes.storeBytes(of: next, as: UInt64.self)
      next += 1
    }
    left -= UInt64(places.count)
    record.made.add(UInt64(places.count), ordering: .relaxed)
    return places.isEmpty ? .idle : .packets
  }

  func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int {
    defer { batch.removeAll() }
    record.sent.add(UInt64(batch.count), ordering: .relaxed)
    return batch.count
  }

  func rest(atMost time: Duration) {
    record.rests.add(1, ordering: .relaxed)
    pause(.milliseconds(1))
  }
}
