/// Hands passed packets to a function, a batch at a time: the way up where there is no network stack.
public final class PacketHandler: PacketSink {
  private let body: (borrowing PacketBatch) throws(DriverError) -> Void

  /// Calls a function with every batch; the packets are given back when it returns.
  public init(_ body: @escaping (_ batch: borrowing PacketBatch) throws(DriverError) -> Void) {
    self.body = body
  }

  /// Calls the function, and has taken every packet.
  public func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int {
    let count = batch.count
    defer { batch.removeAll() }
    try body(batch)
    return count
  }
}
