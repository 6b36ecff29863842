/// Packets that are written into frames once and then arrive again and again: what an engine or a path is measured with.
///
/// A packet arrives anew when all packets that are back in the pool have had their turn; while every frame comes back, as
/// it does where packets are dropped, a turn is all packets in their order, and taking a batch copies descriptors and
/// nothing else. Packets lie as the last program left their bytes, until `restore`.
///
/// Invariant: `descriptors` has `count` elements from `init` to `deinit`; no other batch or driver takes frames of the
/// pool; those of the elements from `next` up to `end` are the ring's own.
@safe public final class PacketRing {
  /// The frames, which are the ring's alone.
  public let pool: FramePool
  /// The number of packets.
  public let count: Int
  private let descriptors: UnsafeMutablePointer<FrameDescriptor>
  /// The packets' bytes as they were given, one after the other, and where each begins and the last one ends.
  private let original: [UInt8], starts: [Int]
  private var next = 0
  private var end: Int

  /// Writes packets into frames, in their order: at least one, none longer than a frame's linear part.
  public init(
    _ packets: [[UInt8]],
    geometry: FrameGeometry = .kernelTestRun,
    placement: FramePool.Placement = .coloured
  ) throws(FramePoolError) {
    precondition(packets.allSatisfy { $0.count <= geometry.split }, "a packet is longer than a frame takes")
    pool = try FramePool(frameCount: packets.count, geometry: geometry, placement: placement)
    pool.takeAll()
    count = packets.count
    end = packets.count
    original = Array(packets.joined())
    starts = packets.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    unsafe descriptors = .allocate(capacity: count)
    write()
  }

  deinit { unsafe descriptors.deallocate() }

  /// Fills a batch made for the ring's pool with the next packets; how many there were.
  public func receive(into batch: inout PacketBatch) -> Int {
    precondition(batch.pool === pool, "a frame belongs to one pool")
    if next == end { takeBack() }
    let received = min(batch.room, end - next)
    unsafe batch.adopt(descriptors + next, count: received)
    next += received
    return received
  }

  /// Starts over with the first packet, and with all bytes as they were given; every frame must have come back.
  public func restore() {
    if next == end { takeBack() }
    precondition(next == 0 && end == count, "a packet is still on its way")
    write()
  }

  /// Whether the packets' bytes are as they were given.
  public var isUnchanged: Bool {
    unsafe original.withUnsafeBytes { original in
      for index in 0..<count {
        let given = unsafe UnsafeRawBufferPointer(rebasing: original[starts[index]..<starts[index + 1]])
        let found = unsafe UnsafeRawBufferPointer(start: place(of: index), count: given.count)
        guard unsafe found.elementsEqual(given) else { return false }
      }
      return true
    }
  }

  /// The first byte of a packet, by its number, which is its frame's.
  private func place(of index: Int) -> UnsafeMutableRawPointer {
    unsafe pool.base + index * pool.stride + pool.geometry.headroom
  }

  private func write() {
    for index in 0..<count {
      let length = starts[index + 1] - starts[index]
      unsafe original.withUnsafeBytes { original in
        guard let first = original.baseAddress else { return }
        unsafe place(of: index).copyMemory(from: first + starts[index], byteCount: length)
      }
      unsafe descriptors[index] = FrameDescriptor(
        frame: UInt64(index * pool.stride),
        data: UInt32(pool.geometry.headroom),
        length: UInt32(length)
      )
    }
  }

  /// Takes over the frames that have come back; where some have not, those that have go to the front.
  private func takeBack() {
    next = 0
    if pool.available == count {
      pool.takeAll()
      end = count
      return
    }
    var isBack = [Bool](repeating: false, count: count)
    while let frame = unsafe pool.take() { isBack[Int(frame) / pool.stride] = true }
    end = 0
    for index in 0..<count where unsafe isBack[Int(descriptors[index].frame) / pool.stride] {
      unsafe swap(&descriptors[index], &descriptors[end])
      end += 1
    }
  }
}
