#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A slab of frames and the list of those that are free: what is to be an AF_XDP socket's UMEM.
///
/// Invariant: a frame is in the free list or owned by exactly one batch or driver, never both, as a packet's first frame
/// or as one of its fragments; every frame lies wholly in the mapping, which lives as long as the pool, and a fragment
/// wholly in its frame. Chains of fragments have no loops.
///
/// A pool belongs to one worker: it is not `Sendable`, so the compiler keeps it, and the batches that hold its frames,
/// with one thread at a time. Nothing is locked. Pages are committed when a frame is first written; the frame that was
/// freed last is taken first, so a light load stays in the cache.
@safe public final class FramePool {
  /// How frames follow each other in the slab.
  public enum Placement: Hashable, Sendable {
    /// 64 bytes apart, so that the packets of neighbouring frames fall into different cache sets.
    case coloured
    /// Without a gap, as an aligned UMEM wants it.
    case aligned
  }

  /// How each frame is divided.
  public let geometry: FrameGeometry
  /// The number of frames.
  public let frameCount: Int
  /// From one frame to the next, in bytes.
  public let stride: Int
  /// The first byte of the slab.
  @unsafe public let base: UnsafeMutableRawPointer
  /// Bytes in the slab.
  public let byteCount: Int

  /// What part of a packet a frame holds, and which one follows.
  struct Fragment: BitwiseCopyable {
    /// One more than the number of the frame with the next part; 0 at the end.
    var next: UInt32
    /// Where the part begins, from the frame's first byte.
    var start: UInt32
    /// Bytes in the part, at least 1.
    var length: UInt32
  }

  /// The fragments by the number of their frame, of meaning only where a packet's chain leads.
  let fragments: UnsafeMutablePointer<Fragment>
  private let free: UnsafeMutablePointer<UInt64>
  /// The number of frames in `free`, behind a pointer because a class's own variable is checked at each access.
  private let level: UnsafeMutablePointer<Int>
  /// How many frames are free.
  public var available: Int { unsafe level.pointee }

  /// Maps a slab of `frameCount` frames, all of them free.
  public init(
    frameCount: Int,
    geometry: FrameGeometry = .kernelTestRun,
    placement: Placement = .coloured
  ) throws(FramePoolError) {
    if let flaw = geometry.flaw { throw .badGeometry(flaw) }
    let stride = (geometry.frameSize + 63) & ~63 + (placement == .coloured ? 64 : 0)
    let (byteCount, overflow) = frameCount.multipliedReportingOverflow(by: stride)
    guard frameCount > 0, frameCount < Int(UInt32.max), !overflow, byteCount <= 1 << 40 else {
      throw .badFrameCount(frameCount)
    }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let mapping = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0),
      unsafe mapping != UnsafeMutableRawPointer(bitPattern: -1)
    else { throw .noMemory(byteCount: byteCount, errno: errno) }
    #if os(Linux)
    if byteCount >= 1 << 22 { unsafe _ = madvise(mapping, byteCount, hugePageAdvice) }
    #endif
    unsafe base = unsafe mapping
    unsafe level = .allocate(capacity: 1)
    unsafe level.pointee = frameCount
    unsafe free = .allocate(capacity: frameCount)
    unsafe fragments = .allocate(capacity: frameCount)
    for index in 0..<frameCount {
      unsafe free[index] = UInt64((frameCount - 1 - index) * stride)
    }
    self.geometry = geometry
    self.frameCount = frameCount
    self.stride = stride
    self.byteCount = byteCount
  }

  deinit {
    unsafe munmap(base, byteCount)
    unsafe free.deallocate()
    unsafe fragments.deallocate()
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

  /// Gives back a frame that the caller owned.
  @unsafe public func recycle(_ frame: UInt64) {
    assert(frame % UInt64(stride) == 0 && frame < UInt64(byteCount), "not a frame of this pool")
    precondition(available < frameCount, "a frame was given back twice")
    unsafe free[level.pointee] = frame
    unsafe level.pointee += 1
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
    let limit = frameCount
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
}

#if os(Linux)
/// `MADV_HUGEPAGE`.
private let hugePageAdvice: Int32 = 14
#endif

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
