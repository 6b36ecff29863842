import XDP

/// How many packets all interfaces together may still receive.
final class PacketLimit {
  /// What is left.
  fileprivate(set) var remaining: UInt64

  init(_ count: UInt64) { remaining = count }
}

/// A driver that ends once its limit is used up, to the packet.
final class LimitedDriver: Driver {
  private let driver: any Driver
  private let limit: PacketLimit
  private var surplus: PacketBatch

  var interface: NetworkInterface { driver.interface }
  var capabilities: DriverCapabilities { driver.capabilities }
  var pool: FramePool { driver.pool }

  init(_ driver: any Driver, limit: PacketLimit) {
    self.driver = driver
    self.limit = limit
    surplus = PacketBatch(pool: driver.pool)
  }

  func receive(into batch: inout PacketBatch) throws(DriverError) -> Reception {
    guard limit.remaining > 0 else { return .finished }
    guard limit.remaining < UInt64(PacketBatch.capacity) else {
      let reception = try driver.receive(into: &batch)
      limit.remaining -= UInt64(batch.count)
      return reception
    }
    let reception = try driver.receive(into: &surplus)
    batch.takeOrigin(of: surplus)
    for index in 0..<min(surplus.count, Int(limit.remaining)) { surplus.move(at: index, to: &batch) }
    surplus.removeAll()
    limit.remaining -= UInt64(batch.count)
    return reception
  }

  func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int { try driver.transmit(&batch) }
}
