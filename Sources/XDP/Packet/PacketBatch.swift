import BTF

/// Up to 64 packets that came in by one queue: the unit in which packets move.
///
/// Invariant: the first `count` descriptors are initialized, lie within frames of `pool`, and the batch alone owns
/// those frames, but for holes whose `frame` is `moved`; letting go of the batch gives the frames back.
@safe public struct PacketBatch: ~Copyable {
  /// The most packets in a batch.
  public static let capacity = 64

  /// What stands in `FrameDescriptor.frame` where the packet was moved to another batch.
  static let moved = UInt64.max

  /// Where the frames come from and go back to.
  public let pool: FramePool
  /// How many packets are in the batch.
  public private(set) var count = 0
  /// The interface the packets came in by (`ingress_ifindex`).
  public var ingressIfindex: UInt32 = 0
  /// The receive queue they came in by (`rx_queue_index`).
  public var rxQueue: UInt32 = 0
  /// The interface they leave by, for a devmap's program (`egress_ifindex`).
  public var egressIfindex: UInt32 = 0
  /// Whether a packet may go on in fragments.
  public private(set) var mayHaveFragments = false
  /// Whether a packet may have been moved to another batch, so that its place is a hole.
  private var mayHaveHoles = false
  /// Whether the driver knows when each packet was received; else every timestamp is 0.
  public var hasTimestamps = false

  /// The descriptors of the batch, 32 bytes each: what engines and machine code walk.
  @unsafe public private(set) var descriptors: UnsafeMutablePointer<FrameDescriptor>
  /// When each packet was received, valid where `hasTimestamps`.
  @unsafe private(set) var timestamps: UnsafeMutablePointer<UInt64>

  /// An empty batch for a pool's frames.
  public init(pool: FramePool) {
    self.pool = pool
    unsafe descriptors = .allocate(capacity: Self.capacity)
    unsafe timestamps = .allocate(capacity: Self.capacity)
    unsafe timestamps.initialize(repeating: 0, count: Self.capacity)
  }

  deinit {
    unsafe pool.recycle(descriptors, count: count)
    unsafe descriptors.deallocate()
    unsafe timestamps.deallocate()
  }

  /// Whether there is no packet in the batch.
  public var isEmpty: Bool { count == 0 }
  /// How many more packets fit.
  public var room: Int { Self.capacity - count }

  /// Where a packet lies.
  public subscript(index: Int) -> FrameDescriptor {
    precondition(index >= 0 && index < count, "no such packet in the batch")
    let place = unsafe descriptors[index]
    precondition(place.frame != Self.moved, "the packet was moved to another batch")
    return place
  }

  /// Forgets the metadata of every packet.
  mutating func removeMetadata() {
    for index in 0..<count { unsafe descriptors[index].metadata = descriptors[index].data }
  }

  /// When a packet was received, in nanoseconds since 1970; of meaning only where `hasTimestamps`.
  public func timestamp(at index: Int) -> UInt64 {
    precondition(index >= 0 && index < count, "no such packet in the batch")
    return unsafe timestamps[index]
  }

  /// The bytes of a packet's linear part, `data` to `data_end`: all of a packet without fragments.
  @_lifetime(borrow self)
  public func bytes(at index: Int) -> RawSpan {
    let place = self[index]
    return span(of: place, from: place.data, to: place.dataEnd)
  }

  /// A packet's metadata, `data_meta` to `data`.
  @_lifetime(borrow self)
  public func metadata(at index: Int) -> RawSpan {
    let place = self[index]
    return span(of: place, from: place.metadata, to: place.data)
  }

  /// The bytes of a packet's linear part, to write to.
  @_lifetime(&self)
  public mutating func mutableBytes(at index: Int) -> MutableRawSpan {
    let place = self[index]
    let start = unsafe pool.base + Int(place.frame) + Int(place.data)
    let bytes = unsafe MutableRawSpan(_unsafeStart: start, byteCount: place.linearLength)
    return unsafe _overrideLifetime(bytes, mutating: &self)
  }

  @_lifetime(borrow self)
  private func span(of place: FrameDescriptor, from start: UInt32, to end: UInt32) -> RawSpan {
    let first = unsafe pool.base + Int(place.frame) + Int(start)
    let bytes = unsafe RawSpan(_unsafeStart: first, byteCount: Int(end) - Int(start))
    return unsafe _overrideLifetime(bytes, borrowing: self)
  }

  /// Works on a packet, and writes back where the work left its start, end and metadata.
  public mutating func withPacket<Result>(at index: Int, _ work: (inout Packet) -> Result) -> Result {
    let place = self[index]
    var packet = unsafe Packet(in: pool, at: place)
    let result = work(&packet)
    unsafe packet.write(to: &descriptors[index])
    return result
  }

  // MARK: Putting packets in

  /// Copies a packet into a fresh frame behind the pool's headroom; false where the batch is full or the pool empty.
  ///
  /// What a frame does not take, beyond `geometry.split`, goes into fragments. The packet, with its metadata before it,
  /// must fit the pool's geometry: `bytes` at most `geometry.longest`, `metadata` at most
  /// `geometry.headroom - geometry.reserved`.
  public mutating func append(
    copying bytes: RawSpan,
    metadata: RawSpan = RawSpan(),
    timestamp: UInt64 = 0
  ) -> Bool {
    append(copying: bytes, metadata: metadata, split: pool.geometry.split, timestamp: timestamp)
  }

  /// Copies a packet of which the first frame takes `split` bytes, at most `geometry.linear`.
  mutating func append(copying bytes: RawSpan, metadata: RawSpan, split: Int, timestamp: UInt64) -> Bool {
    let geometry = pool.geometry
    let fragmentCount = (bytes.byteCount - split + geometry.frameSize - 1) / geometry.frameSize
    precondition(
      fragmentCount <= FrameGeometry.fragmentLimit,
      "the packet is longer than its frames can hold"
    )
    precondition(metadata.byteCount <= geometry.headroom - geometry.reserved, "the metadata does not fit")
    let first = min(bytes.byteCount, split)
    if first < bytes.byteCount, pool.available <= fragmentCount { return false }
    guard let buffer = unsafe appendFrame(length: first, timestamp: timestamp) else { return false }
    unsafe bytes.withUnsafeBytes {
      unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<first]))
    }
    if first < bytes.byteCount { appendFragments(copying: bytes.extracting(first...)) }
    guard metadata.byteCount > 0, let data = buffer.baseAddress else { return true }
    unsafe metadata.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe (data - source.count).copyMemory(from: start, byteCount: source.count)
    }
    unsafe descriptors[count - 1].metadata -= UInt32(metadata.byteCount)
    return true
  }

  /// Copies another batch's packets, and takes over where they came from; answers how many there was room for.
  public mutating func append(copying other: borrowing PacketBatch) -> Int {
    takeOrigin(of: other)
    var copied = 0
    for index in 0..<other.count where append(copying: other, at: index) { copied += 1 }
    return copied
  }

  /// Copies a packet of another batch; false where there is no room for it or its frames are too small.
  public mutating func append(copying other: borrowing PacketBatch, at index: Int) -> Bool {
    let metadata = other.metadata(at: index), timestamp = other.timestamp(at: index)
    guard metadata.byteCount <= pool.geometry.headroom - pool.geometry.reserved,
      Int(other[index].length) <= pool.geometry.longest
    else { return false }
    guard other[index].fragments != 0 else {
      return append(copying: other.bytes(at: index), metadata: metadata, timestamp: timestamp)
    }
    let bytes = other.copiedBytes(at: index)
    return append(copying: bytes.rawBytes, metadata: metadata, timestamp: timestamp)
  }

  /// Copies a packet of another batch of the same pool with its place in the frame; false where there is no room for it.
  mutating func append(cloning other: borrowing PacketBatch, at index: Int) -> Bool {
    precondition(other.pool === pool, "a frame belongs to one pool")
    var place = other[index]
    guard place.fragments == 0 else { return append(copying: other, at: index) }
    guard count < Self.capacity, let frame = unsafe pool.take() else { return false }
    let source = unsafe pool.base + Int(place.frame) + Int(place.metadata)
    let target = unsafe pool.base + Int(frame) + Int(place.metadata)
    unsafe target.copyMemory(from: source, byteCount: Int(place.dataEnd) - Int(place.metadata))
    place.frame = frame
    unsafe adopt(place, timestamp: other.timestamps[index])
    return true
  }

  /// Adds a packet in a fresh frame whose bytes the caller then writes; nil where the batch is full or the pool empty.
  ///
  /// `length` is at most `geometry.linear`; `truncateLast(to:)` shortens the packet once its length is known.
  @unsafe public mutating func appendFrame(
    length: Int,
    timestamp: UInt64 = 0
  ) -> UnsafeMutableRawBufferPointer? {
    precondition(
      length >= 0 && length <= pool.geometry.linear,
      "the packet is longer than a frame's linear part"
    )
    guard count < Self.capacity, let frame = unsafe pool.take() else { return nil }
    let headroom = pool.geometry.headroom
    unsafe descriptors[count] = FrameDescriptor(frame: frame, data: UInt32(headroom), length: UInt32(length))
    unsafe timestamps[count] = timestamp
    count += 1
    return unsafe UnsafeMutableRawBufferPointer(start: pool.base + Int(frame) + headroom, count: length)
  }

  /// Adds a packet in a fresh frame, with whatever bytes lie there: write `mutableBytes` then; false where it does not fit.
  ///
  /// `length` is at most `geometry.linear`.
  public mutating func append(length: Int, timestamp: UInt64 = 0) -> Bool {
    unsafe appendFrame(length: length, timestamp: timestamp) != nil
  }

  /// Adds up to `wanted` packets of one length in fresh frames, and answers their places: fewer where there is no room.
  ///
  /// The caller writes their bytes, or knows that they are there already. `length` is at most `geometry.linear`.
  @unsafe public mutating func appendFrames(_ wanted: Int, length: Int, timestamp: UInt64 = 0) -> Range<Int> {
    precondition(
      length >= 0 && length <= pool.geometry.linear,
      "the packet is longer than a frame's linear part"
    )
    let place = FrameDescriptor(frame: 0, data: UInt32(pool.geometry.headroom), length: UInt32(length))
    let first = count
    count += unsafe pool.take(min(wanted, room), into: descriptors + first, like: place)
    if hasTimestamps || timestamp != 0 {
      for index in first..<count { unsafe timestamps[index] = timestamp }
    }
    return first..<count
  }

  /// Shortens the packet that was added last.
  public mutating func truncateLast(to length: Int) {
    let place = self[count - 1]
    precondition(length >= 0 && length <= place.linearLength, "a packet is only shortened")
    unsafe descriptors[count - 1].dataEnd = place.data + UInt32(length)
    unsafe descriptors[count - 1].length = UInt32(length)
  }

  /// Takes over a frame of this batch's pool that the caller owned; there must be room.
  @unsafe public mutating func adopt(_ descriptor: FrameDescriptor, timestamp: UInt64) {
    precondition(count < Self.capacity, "the batch is full")
    assert(descriptor.frame < UInt64(pool.byteCount), "not a frame of this pool")
    unsafe descriptors[count] = descriptor
    unsafe timestamps[count] = timestamp
    count += 1
    if descriptor.fragments != 0 { mayHaveFragments = true }
  }

  /// Takes over frames of this batch's pool that the caller owned, without fragments or timestamps; there must be room.
  @unsafe public mutating func adopt(_ new: UnsafePointer<FrameDescriptor>, count added: Int) {
    precondition(added >= 0 && added <= room, "the batch is full")
    unsafe (descriptors + count).update(from: new, count: added)
    count += added
  }

  /// Copies some packets of another batch of the same pool, each with its place in the frame; answers how many there was
  /// room and a frame for.
  mutating func append(cloning other: borrowing PacketBatch, _ packets: PacketSet) -> Int {
    if isEmpty { takeOrigin(of: other) }
    var rest = packets, cloned = 0
    while !rest.isEmpty {
      if append(cloning: other, at: rest.removeFirst()) { cloned += 1 }
    }
    return cloned
  }

  // MARK: Taking packets out

  /// All places of the batch.
  var packets: PacketSet { PacketSet(first: count) }

  /// The bytes of all packets, their fragments' too; none has been moved away.
  var byteCount: Int {
    let descriptors = unsafe descriptors
    var sum = 0
    for index in 0..<count { sum &+= Int(unsafe descriptors[index].length) }
    return sum
  }

  /// Moves a packet into another batch of the same pool, which must have room.
  ///
  /// Its place stays empty until `removeAll`, so that the other packets keep their indices.
  public mutating func move(at index: Int, to other: inout PacketBatch) {
    precondition(index >= 0 && index < count, "no such packet in the batch")
    move(PacketSet(bits: 1 &<< UInt64(index)), to: &other)
  }

  /// Moves packets into another batch of the same pool, which must have room for them.
  ///
  /// None of them has been moved before. All of a batch moves into an empty one by an exchange of descriptors.
  mutating func move(_ packets: PacketSet, to other: inout PacketBatch) {
    precondition(other.pool === pool, "a frame belongs to one pool")
    precondition(packets.count <= other.room, "the batch is full")
    if packets.isEmpty { return }
    if other.isEmpty {
      other.takeOrigin(of: self)
      if packets == self.packets, !mayHaveHoles { return exchangePackets(with: &other) }
    }
    let descriptors = unsafe descriptors, timestamps = unsafe timestamps
    let targets = unsafe other.descriptors, targetTimes = unsafe other.timestamps
    var rest = packets, place = other.count
    while !rest.isEmpty {
      let index = rest.removeFirst()
      unsafe targets[place] = descriptors[index]
      unsafe targetTimes[place] = timestamps[index]
      precondition(unsafe descriptors[index].frame != Self.moved, "the packet was moved to another batch")
      unsafe descriptors[index].frame = Self.moved
      place &+= 1
    }
    other.count = place
    if mayHaveFragments { other.mayHaveFragments = true }
    mayHaveHoles = true
  }

  /// Changes packets with another batch of the same pool; where they came from stays.
  private mutating func exchangePackets(with other: inout PacketBatch) {
    unsafe swap(&descriptors, &other.descriptors)
    unsafe swap(&timestamps, &other.timestamps)
    swap(&count, &other.count)
    swap(&mayHaveFragments, &other.mayHaveFragments)
    swap(&mayHaveHoles, &other.mayHaveHoles)
  }

  /// Forgets packets at the end, of which none has fragments and none owns a frame any more.
  mutating func truncate(to count: Int) {
    self.count = count
    mayHaveFragments = false
  }

  /// The packet's descriptor says that it goes on in fragments.
  mutating func markFragments(at index: Int) {
    unsafe descriptors[index].flags.insert(.hasFragments)
    mayHaveFragments = true
  }

  /// Gives all frames back to the pool.
  public mutating func removeAll() {
    if mayHaveHoles || mayHaveFragments {
      unsafe pool.recycle(descriptors, count: count)
    } else {
      unsafe pool.recycle(whole: descriptors, count: count)
    }
    forget()
  }

  /// Forgets all packets without giving their frames back: the caller owns them from here on.
  @unsafe public mutating func relinquishAll() { forget() }

  private mutating func forget() {
    count = 0
    mayHaveFragments = false
    mayHaveHoles = false
  }

  /// Takes where the packets came from, and whether it knows when, from another batch.
  public mutating func takeOrigin(of other: borrowing PacketBatch) {
    ingressIfindex = other.ingressIfindex
    rxQueue = other.rxQueue
    egressIfindex = other.egressIfindex
    hasTimestamps = other.hasTimestamps
  }
}
