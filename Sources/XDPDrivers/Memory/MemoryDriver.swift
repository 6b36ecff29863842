import BTF
public import XDP

/// An interface without a wire: packets that are made up or put in by hand arrive, and what is sent is counted.
///
/// For demos and benchmarks it makes the packets of a description and then ends; for tests it is a wire with a hand on
/// each end: `arriving` and `enqueue` say what comes, `sent` and `sentPackets` what went.
public final class MemoryDriver: Driver, ProgressReporting {
  /// What programs and reports call it.
  public let interface: NetworkInterface
  /// Programs run on the frames in place.
  public let capabilities: DriverCapabilities = [.native, .transmit, .timestamps]
  /// Where arriving packets are written to.
  public let pool: FramePool
  /// Made-up packets that are still to come, nil for no end.
  public var arriving: UInt64?
  /// Packets that were sent.
  public private(set) var sent: UInt64 = 0
  /// Their bytes.
  public private(set) var sentBytes: UInt64 = 0
  /// Whether the packets that are sent are kept, in memory, as `sentPackets`.
  public var keepsSentPackets = false
  /// The packets that were sent while `keepsSentPackets`.
  public private(set) var sentPackets: [[UInt8]] = []

  private var generator: TrafficGenerator
  /// The packets that come again, where they do.
  private var cycle: FrameCycle?
  /// Packets that were handed out and not put in by hand.
  private var made: UInt64 = 0
  private let ends: Bool
  /// Packets put in by hand: those before `nextQueued` have been received.
  private var queue: [(bytes: [UInt8], timestamp: UInt64)] = []
  private var nextQueued = 0

  /// A source of the packets of a description, which ends after the last one.
  public init(
    _ traffic: TrafficDescription,
    interface: NetworkInterface = NetworkInterface(name: "memory", index: 1),
    pool: FramePool
  ) throws(DriverError) {
    func refusal(_ reason: String) -> DriverError {
      DriverError(interface: "memory:\(traffic)", operation: "open", reason: reason)
    }
    let geometry = pool.geometry, longest = traffic.longest
    guard longest <= geometry.longest else {
      let hint = "a frame and its fragments hold \(geometry.longest) bytes; take larger frames (--linear)"
      throw refusal("size=\(longest): \(hint)")
    }
    self.interface = interface
    self.pool = pool
    generator = TrafficGenerator(traffic)
    arriving = traffic.count
    ends = true
    guard let reuse = traffic.reuse else { return }
    guard longest <= geometry.split else {
      throw refusal(
        "reuse=\(reuse.count): packets of \(longest) bytes do not fit a frame's \(geometry.split)"
      )
    }
    cycle = FrameCycle(reuse, from: &generator, in: pool)
    if cycle == nil {
      throw refusal("reuse=\(reuse.count): the pool has not as many fresh frames, but \(pool.available)")
    }
  }

  /// A wire for tests: nothing arrives until `arriving` is set or a packet is put in, and it never ends.
  public init(pool: FramePool, interface: NetworkInterface = NetworkInterface(name: "memory", index: 1)) {
    self.interface = interface
    self.pool = pool
    generator = TrafficGenerator(TrafficDescription())
    arriving = 0
    ends = false
  }

  /// Puts a packet on the wire, of at most what a frame of the pool and its fragments hold.
  public func enqueue(_ packet: [UInt8], timestamp: UInt64 = 0) {
    precondition(packet.count <= pool.geometry.longest, "the packet is longer than its frames can hold")
    queue.append((packet, timestamp))
  }

  /// Packets made so far, out of those there will be.
  public var progress: Progress {
    let made = made
    return Progress(unit: .packets, done: made, total: arriving.map { $0 &+ made })
  }

  /// Fills the batch: first with what was put in by hand, then with what is made up.
  public func receive(into batch: inout PacketBatch) throws(DriverError) -> Reception {
    batch.ingressIfindex = interface.index
    batch.rxQueue = 0
    batch.hasTimestamps = cycle == nil
    receiveQueued(into: &batch)
    let limit = Int(clamping: arriving ?? .max)
    let filled = cycle?.fill(&batch, atMost: limit) ?? generator.fill(&batch, atMost: limit)
    made &+= UInt64(filled)
    arriving = arriving.map { $0 - UInt64(filled) }
    guard batch.isEmpty else { return .packets }
    return ends && arriving == 0 ? .finished : .idle
  }

  private func receiveQueued(into batch: inout PacketBatch) {
    while nextQueued < queue.count {
      let (bytes, timestamp) = queue[nextQueued]
      guard batch.append(copying: bytes.rawBytes, timestamp: timestamp) else { return }
      nextQueued += 1
    }
    queue.removeAll(keepingCapacity: true)
    nextQueued = 0
  }

  /// Counts the packets, and keeps them if it was told to.
  public func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int {
    let count = batch.count
    for index in 0..<count {
      sentBytes += UInt64(batch[index].length)
      if keepsSentPackets { sentPackets.append(batch.copiedBytes(at: index)) }
    }
    sent += UInt64(count)
    batch.removeAll()
    return count
  }
}
