import Synchronization
public import XDP

/// A wire between two data paths, on one thread or on two: what one end transmits, the other receives.
///
/// Both ends have pools of one slab. A packet that lies in a frame of that slab goes over without a copy: its frame
/// changes hands, and comes back by the same wire when the other end has more than it began with. A packet from anywhere
/// else, such as one that was redirected to the wire from another driver, is copied once, when it is sent. Nothing is
/// locked and nobody waits: what finds the wire full is dropped and counted.
public final class MemoryWire: Sendable {
  /// The two ends.
  public enum Side: Int, Sendable, CaseIterable {
    /// One of them.
    case first
    /// The other one.
    case second

    /// The end across.
    var other: Side { self == .first ? .second : .first }
  }

  /// One packet on its way.
  struct Slot: BitwiseCopyable, Sendable {
    var place: FrameDescriptor
    /// When it was received first, `none` where nobody knows.
    var timestamp: UInt64

    /// Stands for no timestamp.
    static let none = UInt64.max
  }

  /// What goes one way.
  final class Lane: Sendable {
    /// Packets, with their frames.
    let packets: SharedRing<Slot>
    /// Frames that go home.
    let frames: SharedRing<UInt64>
    /// Whether nothing will be sent any more.
    let isClosed = Atomic<Bool>(false)

    init(capacity: Int, frameCount: Int) {
      packets = SharedRing(capacity: capacity)
      frames = SharedRing(capacity: frameCount)
    }
  }

  /// The memory of all packets on the wire, and of those at its ends.
  public let slab: FrameSlab
  /// How many packets may be on their way in one direction.
  public let capacity: Int

  private let lanes: [Lane]
  private let opened = Atomic<Int>(0)

  /// A wire on which up to `capacity` packets, rounded up to a power of two, are on their way in each direction.
  public init(
    capacity: Int = 1024,
    geometry: FrameGeometry = .kernelTestRun
  ) throws(FramePoolError) {
    guard (1...1 << 20).contains(capacity) else { throw .badFrameCount(capacity) }
    let probe = SharedRing<UInt64>(capacity: capacity)
    self.capacity = probe.capacity
    // Those on their way, those that wait to go home, and batches at either end.
    let frameCount = 4 * (probe.capacity + 4 * PacketBatch.capacity)
    slab = try FrameSlab(frameCount: frameCount, geometry: geometry)
    lanes = Side.allCases.map { _ in Lane(capacity: probe.capacity, frameCount: frameCount) }
  }

  /// Opens an end, on the thread that will use it; each can be opened once.
  public func open(
    _ side: Side,
    interface: NetworkInterface = NetworkInterface(name: "wire", index: 1)
  ) throws(DriverError) -> sending MemoryWireEnd {
    let bit = 1 << side.rawValue
    guard opened.bitwiseOr(bit, ordering: .relaxed).oldValue & bit == 0 else {
      throw DriverError(
        interface: interface.name,
        operation: "open",
        reason: "this end of the wire is in use"
      )
    }
    return MemoryWireEnd(
      interface: interface,
      pool: FramePool(taking: slab.frameCount / 2, of: slab),
      outward: lanes[side.rawValue],
      inward: lanes[side.other.rawValue]
    )
  }
}
