import BTF
import XDP

/// A driver whose packets the test supplies, and which counts what it is given to send.
final class WireDriver: Driver {
  let interface: NetworkInterface
  let pool: FramePool
  var capabilities: DriverCapabilities = [.native, .transmit, .timestamps]
  /// Packets that are still to be received.
  var arriving: [[UInt8]] = []
  /// Packets that were sent.
  var sent: [[UInt8]] = []
  /// Whether sending drops every packet.
  var isDown = false
  /// Whether sending fails with an error, and keeps its hands off the batch.
  var isBroken = false

  init(_ index: UInt32, pool: FramePool) {
    interface = NetworkInterface(name: "wire\(index)", index: index)
    self.pool = pool
  }

  func receive(into batch: inout PacketBatch) throws(DriverError) -> Reception {
    batch.ingressIfindex = interface.index
    batch.rxQueue = 1
    batch.hasTimestamps = true
    while let packet = arriving.first,
      batch.append(copying: packet.rawBytes, timestamp: UInt64(arriving.count))
    {
      arriving.removeFirst()
    }
    return batch.isEmpty ? .finished : .packets
  }

  func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int {
    if isBroken {
      throw DriverError(interface: interface.name, operation: "transmit", reason: "the cable is cut")
    }
    defer { batch.removeAll() }
    guard !isDown else { return 0 }
    for index in 0..<batch.count { sent.append(batch.copiedBytes(at: index)) }
    return batch.count
  }
}

/// An engine that gives every packet the same verdict.
final class Always: ExecutionEngine {
  let engineName = "always"
  let takesFragments: Bool
  let code: UInt32
  let target: RedirectTarget

  init(_ code: UInt32, target: RedirectTarget = .none, takesFragments: Bool = false) {
    self.takesFragments = takesFragments
    self.code = code
    self.target = target
  }

  convenience init(_ action: XDPAction, to ifindex: UInt32? = nil) {
    let target = ifindex.map { RedirectTarget(map: nil, key: $0, ifindex: $0) } ?? .none
    self.init(action.rawValue, target: target)
  }

  func run(_ batch: inout PacketBatch, verdicts: inout Verdicts, on worker: inout Worker) {
    for index in 0..<batch.count { verdicts.record(code, target: target, at: index) }
  }
}
