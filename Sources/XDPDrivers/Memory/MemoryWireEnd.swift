public import XDP

/// One end of a wire: a driver for the data path of one thread.
///
/// Received packets lie where the frame's geometry says, whatever the sender's program did to their start, and have no
/// metadata. An end that is closed, or let go of, is `finished` for the other one once the wire is empty.
///
/// Invariant: a frame that was pushed to a lane belongs to who pops it; `slots` and `frames` have room for a batch.
@safe public final class MemoryWireEnd: Driver {
  /// What programs and reports call it.
  public let interface: NetworkInterface
  /// Programs run on the frames in place, and frames of the wire's slab are not copied.
  public let capabilities: DriverCapabilities = [.native, .transmit, .timestamps, .zeroCopy]
  /// Frames of the wire's slab: this end's share to begin with.
  public let pool: FramePool
  /// Packets that this end sent.
  public private(set) var sent: UInt64 = 0
  /// Packets that it received.
  public private(set) var received: UInt64 = 0
  /// Packets that were to be sent and found the wire full, or its other end closed: they were dropped.
  public private(set) var refused: UInt64 = 0
  /// Packets that were to be copied and found no frame, or did not fit one: they were dropped.
  public private(set) var outOfFrames: UInt64 = 0

  private let outward: MemoryWire.Lane
  private let inward: MemoryWire.Lane
  private var copies: PacketBatch
  private let slots: UnsafeMutablePointer<MemoryWire.Slot>
  private let frames: UnsafeMutablePointer<UInt64>

  init(interface: NetworkInterface, pool: FramePool, outward: MemoryWire.Lane, inward: MemoryWire.Lane) {
    self.interface = interface
    self.pool = pool
    self.outward = outward
    self.inward = inward
    copies = PacketBatch(pool: pool)
    unsafe slots = .allocate(capacity: PacketBatch.capacity)
    unsafe frames = .allocate(capacity: PacketBatch.capacity)
  }

  deinit {
    close()
    unsafe slots.deallocate()
    unsafe frames.deallocate()
  }

  /// Ends the sending: the other end receives what is on its way, and then nothing any more.
  public func close() { outward.isClosed.store(true, ordering: .releasing) }

  // MARK: Receiving

  /// Fills the batch with packets that the other end sent.
  public func receive(into batch: inout PacketBatch) throws(DriverError) -> Reception {
    exchangeFrames()
    batch.ingressIfindex = interface.index
    batch.rxQueue = 0
    // Whoever closes has pushed before.
    let isClosed = inward.isClosed.load(ordering: .acquiring)
    let count = unsafe inward.packets.pop(batch.room, into: slots)
    guard count > 0 else { return isClosed ? .finished : .idle }
    batch.hasTimestamps = unsafe slots[0].timestamp != MemoryWire.Slot.none
    for index in 0..<count {
      let slot = unsafe slots[index]
      unsafe batch.adopt(slot.place, timestamp: slot.timestamp == MemoryWire.Slot.none ? 0 : slot.timestamp)
    }
    received &+= UInt64(count)
    return .packets
  }

  /// Takes frames that came home, and sends those home that are more than this end's share.
  private func exchangeFrames() {
    while true {
      let count = unsafe inward.frames.pop(PacketBatch.capacity, into: frames)
      if count > 0 { unsafe pool.recycle(frames, count: count) }
      if count < PacketBatch.capacity { break }
    }
    while pool.available >= pool.frameCount + PacketBatch.capacity {
      let count = unsafe pool.take(PacketBatch.capacity, into: frames)
      let pushed = unsafe outward.frames.push(frames, count: count)
      // The ring has a slot for every frame there is.
      precondition(pushed == count, "more frames than the slab has")
    }
  }

  // MARK: Sending

  /// Sends what the wire has room for, and drops the rest.
  public func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int {
    exchangeFrames()
    guard batch.pool.slab !== pool.slab else { return push(&batch) }
    copies.takeOrigin(of: batch)
    for index in 0..<batch.count where !copies.append(copying: batch, at: index) { outOfFrames &+= 1 }
    batch.removeAll()
    return push(&copies)
  }

  /// Hands over the frames of a batch of this slab.
  private func push(_ batch: inout PacketBatch) -> Int {
    let count = batch.count
    guard !inward.isClosed.load(ordering: .relaxed) else {
      refused &+= UInt64(count)
      batch.removeAll()
      return 0
    }
    for index in 0..<count {
      let timestamp = batch.hasTimestamps ? batch.timestamp(at: index) : MemoryWire.Slot.none
      unsafe slots[index] = MemoryWire.Slot(place: arrival(batch[index]), timestamp: timestamp)
    }
    let pushed = unsafe outward.packets.push(slots, count: count)
    for index in pushed..<count {
      var place = unsafe slots[index].place
      unsafe batch.pool.recycle(&place, count: 1)
    }
    unsafe batch.relinquishAll()
    sent &+= UInt64(pushed)
    refused &+= UInt64(count - pushed)
    return pushed
  }

  /// Where a packet lies for who receives it: behind the whole headroom, so that its program may do what it may with any.
  private func arrival(_ place: FrameDescriptor) -> FrameDescriptor {
    var place = place
    let start = UInt32(pool.geometry.headroom), length = place.dataEnd - place.data
    if place.data != start, place.linearLength <= pool.geometry.linear {
      let frame = unsafe pool.base + Int(place.frame)
      unsafe (frame + Int(start)).copyMemory(from: frame + Int(place.data), byteCount: Int(length))
      place.data = start
      place.dataEnd = start + length
    }
    place.metadata = place.data
    place.flags.remove(.adjusted)
    return place
  }
}
