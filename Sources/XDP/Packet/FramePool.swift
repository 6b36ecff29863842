/// The frames of a slab that are free: what is to be an AF_XDP socket's UMEM with its fill ring.
///
/// Invariant: a frame is in the free list or owned by exactly one batch or driver, never both, as a packet's first frame
/// or as one of its fragments. Chains of fragments have no loops.
///
/// A pool belongs to one worker: it is not `Sendable`, so the compiler keeps it, and the batches that hold its frames,
/// with one thread at a time. Nothing is locked. The frame that was freed last is taken first, so a light load stays in
/// the cache. Several pools may have frames of one slab, each of its own; a wire carries frames from one to another.
@safe public final class FramePool {
  /// How frames follow each other in the slab.
  public enum Placement: Hashable, Sendable {
    /// An odd number of cache lines apart, so that the packets of neighbouring frames fall into different cache sets.
    ///
    /// Every frame has the whole geometry: its colour changes nothing of what a program may do.
    case coloured
    /// Without a gap, as an aligned UMEM wants it.
    case aligned
  }

  /// The memory that the frames are of.
  public let slab: FrameSlab
  /// How each frame is divided.
  public let geometry: FrameGeometry
  /// The number of frames that the pool began with.
  public let frameCount: Int
  /// From one frame to the next, in bytes.
  public let stride: Int
  /// What a processor's second-level cache is thought to hold at least beside all else, in bytes.
  static let nearByteCount = 512 << 10
  /// The first byte of the slab.
  @unsafe public let base: UnsafeMutableRawPointer
  /// Bytes in the slab.
  public let byteCount: Int

  /// The fragments by the number of their frame, as the slab has them.
  let fragments: UnsafeMutablePointer<FrameSlab.Fragment>
  private let free: UnsafeMutablePointer<UInt64>
  /// As many frames as the list can have: all of the slab.
  private let limit: Int
  /// The number of frames in `free`, behind a pointer because a class's own variable is checked at each access.
  private let level: UnsafeMutablePointer<Int>
  /// How many frames are free.
  public var available: Int { unsafe level.pointee }

  /// Maps a slab of `frameCount` frames, all of them free.
  public convenience init(
    frameCount: Int,
    geometry: FrameGeometry = .kernelTestRun,
    placement: Placement = .coloured
  ) throws(FramePoolError) {
    let slab = try FrameSlab(frameCount: frameCount, geometry: geometry, placement: placement)
    self.init(taking: frameCount, of: slab)
  }

  /// Takes frames of a slab that no pool has had yet; fewer where there are not as many.
  public init(taking count: Int, of slab: FrameSlab) {
    let numbers = slab.claim(count)
    self.slab = slab
    unsafe base = unsafe slab.base
    unsafe fragments = unsafe slab.fragments
    unsafe level = .allocate(capacity: 1)
    unsafe level.pointee = numbers.count
    unsafe free = .allocate(capacity: slab.frameCount)
    for (place, number) in numbers.reversed().enumerated() {
      unsafe free[place] = UInt64(number * slab.stride)
    }
    limit = slab.frameCount
    geometry = slab.geometry
    frameCount = numbers.count
    stride = slab.stride
    byteCount = slab.byteCount
  }

  deinit {
    unsafe free.deallocate()
    unsafe level.deallocate()
  }

  /// Fills the frame that is taken next with zeros.
  func clearNext() {
    guard available > 0 else { return }
    let next = unsafe base + Int(free[available - 1])
    unsafe next.initializeMemory(as: UInt8.self, repeating: 0, count: geometry.frameSize)
  }

  /// Takes a free frame and answers its offset in the slab, nil where none is left: the caller owns it now.
  @unsafe public func take() -> UInt64? {
    let level = unsafe level
    guard unsafe level.pointee > 0 else { return nil }
    unsafe level.pointee -= 1
    return unsafe free[level.pointee]
  }

  /// Takes up to `count` free frames, the one freed last first, and answers how many: the caller owns them now.
  @unsafe public func take(_ count: Int, into frames: UnsafeMutablePointer<UInt64>) -> Int {
    let before = available
    let taken = min(count, before)
    let top = unsafe free + before - 1
    for index in 0..<max(0, taken) { unsafe frames[index] = top[-index] }
    unsafe level.pointee = before - max(0, taken)
    return max(0, taken)
  }

  /// Takes all free frames: the caller owns them now.
  func takeAll() { unsafe level.pointee = 0 }

  /// Gives back a frame that the caller owned.
  @unsafe public func recycle(_ frame: UInt64) {
    assert(frame % UInt64(stride) == 0 && frame < UInt64(byteCount), "not a frame of this pool")
    precondition(available < limit, "a frame was given back twice")
    unsafe free[level.pointee] = frame
    unsafe level.pointee += 1
  }

  /// Gives back frames that the caller owned; the last of them is taken first.
  @unsafe public func recycle(_ frames: UnsafePointer<UInt64>, count: Int) {
    precondition(count >= 0 && count <= limit - available, "a frame was given back twice")
    unsafe (free + available).update(from: frames, count: count)
    unsafe level.pointee += count
  }

  /// Gives back the frames of a packet's fragments, from this one on.
  func recycleFragments(from first: UInt32) {
    var next = first
    while next != 0 {
      let number = Int(next) - 1
      next = unsafe fragments[number].next
      unsafe recycle(UInt64(number * stride))
    }
  }

  /// Gives back the frames of descriptors that the caller owned, but for those that were moved away.
  @unsafe public func recycle(_ descriptors: UnsafePointer<FrameDescriptor>, count: Int) {
    var end = available
    let free = unsafe free
    let limit = limit
    for index in 0..<count {
      let frame = unsafe descriptors[index].frame
      guard frame != PacketBatch.moved else { continue }
      assert(frame % UInt64(stride) == 0 && frame < UInt64(byteCount), "not a frame of this pool")
      precondition(end < limit, "a frame was given back twice")
      unsafe free[end] = frame
      end += 1
      let fragments = unsafe descriptors[index].fragments
      guard fragments != 0 else { continue }
      unsafe level.pointee = end
      recycleFragments(from: fragments)
      end = available
    }
    unsafe level.pointee = end
  }

  /// Takes up to `count` free frames, describes in each the same place, and answers how many: the caller owns them now.
  @unsafe func take(
    _ count: Int,
    into descriptors: UnsafeMutablePointer<FrameDescriptor>,
    like place: FrameDescriptor
  ) -> Int {
    let before = available
    let taken = max(0, min(count, before))
    let end = unsafe free + before
    // Four words at once: a descriptor's fields one by one are seven stores.
    var words = unsafe unsafeBitCast(place, to: SIMD4<UInt64>.self)
    let target = UnsafeMutableRawPointer(descriptors)
    for index in 0..<taken {
      words[0] = unsafe end[-1 &- index]
      unsafe target.storeBytes(of: words, toByteOffset: 32 &* index, as: SIMD4<UInt64>.self)
    }
    unsafe level.pointee = before - taken
    return taken
  }

  /// Gives back the frames of descriptors that the caller owned, none of which was moved away or has fragments.
  @unsafe func recycle(whole descriptors: UnsafePointer<FrameDescriptor>, count: Int) {
    let end = available
    precondition(count >= 0 && count <= limit - end, "a frame was given back twice")
    let place = unsafe free + end
    for index in 0..<count { unsafe place[index] = descriptors[index].frame }
    unsafe level.pointee = end + count
  }
}

/// Why a pool could not be made.
public enum FramePoolError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Sizes that do not fit each other.
  case badGeometry(String)
  /// No frames, or more than a slab can hold.
  case badFrameCount(Int)
  /// The system gave no memory.
  case noMemory(byteCount: Int, errno: Int32)

  /// One line for a person.
  public var description: String {
    switch self {
    case .badGeometry(let flaw): "frame geometry: \(flaw)"
    case .badFrameCount(let count): "a pool of \(count) frames: take at least 1 and at most 1 TiB in all"
    case .noMemory(let byteCount, let errno):
      "no memory for \(byteCount) bytes of frames (errno \(errno)): take fewer frames"
    }
  }
}
