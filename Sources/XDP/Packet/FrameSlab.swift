import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The memory of frames, for one pool or for several that hand frames to each other.
///
/// Invariant: every frame lies wholly in the mapping, which lives as long as the slab, and a frame's bytes and its entry
/// in `fragments` are used only by the one pool, batch, driver or ring that owns the frame. Who passes a frame to another
/// thread passes it with a release that the other acquires; that is what makes the slab `Sendable`.
@safe public final class FrameSlab: @unchecked Sendable {
  /// What the memory was asked for with: whether it came is told by `hugeByteCount`.
  public enum Pages: String, Hashable, Sendable {
    /// Huge pages that an administrator set aside (`MAP_HUGETLB`).
    case reserved
    /// Transparent huge pages (`MADV_HUGEPAGE`).
    case transparent
    /// The system's usual ones: the slab is smaller than a huge page, or there are none.
    case ordinary
  }

  /// What part of a packet a frame holds, and which one follows.
  struct Fragment: BitwiseCopyable {
    /// One more than the number of the frame with the next part; 0 at the end.
    var next: UInt32
    /// Where the part begins, from the frame's first byte.
    var start: UInt32
    /// Bytes in the part, at least 1.
    var length: UInt32
  }

  /// How each frame is divided.
  public let geometry: FrameGeometry
  /// The number of frames.
  public let frameCount: Int
  /// From one frame to the next, in bytes.
  public let stride: Int
  /// The first byte.
  @unsafe public let base: UnsafeMutableRawPointer
  /// Bytes in all frames.
  public let byteCount: Int
  /// What kind of pages the memory has.
  public let pages: Pages

  /// The fragments by the number of their frame, of meaning only where a packet's chain leads.
  @unsafe let fragments: UnsafeMutablePointer<Fragment>
  private let mappedByteCount: Int
  private let claimed = Atomic<Int>(0)

  private static let line = 64
  private static let hugePage = 2 << 20
  /// Frames up to this size are committed at once: packets fill larger ones too seldom for it.
  private static let touchedFrameSize = 1 << 16

  /// Maps the memory of `frameCount` frames, and commits it.
  public init(
    frameCount: Int,
    geometry: FrameGeometry = .kernelTestRun,
    placement: FramePool.Placement = .coloured
  ) throws(FramePoolError) {
    if let flaw = geometry.flaw { throw .badGeometry(flaw) }
    let stride = Self.stride(of: geometry, placement)
    let (byteCount, overflow) = frameCount.multipliedReportingOverflow(by: stride)
    guard frameCount > 0, frameCount < Int(UInt32.max), !overflow, byteCount <= 1 << 40 else {
      throw .badFrameCount(frameCount)
    }
    let isTouched = geometry.frameSize <= Self.touchedFrameSize
    let mapping = unsafe try Self.map(byteCount, isTouched: isTouched)
    unsafe base = unsafe mapping.base
    mappedByteCount = unsafe mapping.byteCount
    pages = unsafe mapping.pages
    unsafe fragments = .allocate(capacity: frameCount)
    self.geometry = geometry
    self.frameCount = frameCount
    self.stride = stride
    self.byteCount = byteCount
  }

  deinit {
    unsafe munmap(base, mappedByteCount)
    unsafe fragments.deallocate()
  }

  /// Coloured frames are an odd number of cache lines apart, so that their first lines visit every set of a cache.
  private static func stride(of geometry: FrameGeometry, _ placement: FramePool.Placement) -> Int {
    let lines = (geometry.frameSize + line - 1) / line
    return line * (placement == .coloured ? lines | 1 : lines)
  }

  /// Hands out frames that no pool has had yet, by their numbers; fewer where there are not as many.
  func claim(_ count: Int) -> Range<Int> {
    var seen = claimed.load(ordering: .relaxed)
    while true {
      let end = seen + min(max(0, count), frameCount - seen)
      let (exchanged, original) = claimed.compareExchange(
        expected: seen,
        desired: end,
        ordering: .relaxed
      )
      if exchanged { return seen..<end }
      seen = original
    }
  }

  // MARK: Memory

  @unsafe private struct Mapping {
    var base: UnsafeMutableRawPointer
    var byteCount: Int
    var pages: Pages
  }

  private static func map(_ byteCount: Int, isTouched: Bool) throws(FramePoolError) -> Mapping {
    var mapping: Mapping
    #if os(Linux)
    let rounded = (byteCount + hugePage - 1) & ~(hugePage - 1)
    if byteCount < hugePage {
      unsafe mapping = unsafe Mapping(
        base: try map(byteCount, flags: 0),
        byteCount: byteCount,
        pages: .ordinary
      )
    } else if let base = try? unsafe map(rounded, flags: MAP_HUGETLB) {
      unsafe mapping = unsafe Mapping(base: base, byteCount: rounded, pages: .reserved)
    } else {
      let base = unsafe try mapAligned(rounded)
      let isAdvised = unsafe madvise(base, rounded, hugePageAdvice) == 0
      unsafe mapping = unsafe Mapping(
        base: base,
        byteCount: rounded,
        pages: isAdvised ? .transparent : .ordinary
      )
    }
    #else
    unsafe mapping = unsafe Mapping(
      base: try map(byteCount, flags: 0),
      byteCount: byteCount,
      pages: .ordinary
    )
    #endif
    if isTouched, let errno = unsafe touch(mapping) {
      unsafe munmap(mapping.base, mapping.byteCount)
      throw .noMemory(byteCount: byteCount, errno: errno)
    }
    return unsafe mapping
  }

  private static func map(
    _ byteCount: Int,
    flags: Int32
  ) throws(FramePoolError) -> UnsafeMutableRawPointer {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | flags
    guard let base = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0),
      unsafe base != UnsafeMutableRawPointer(bitPattern: -1)
    else { throw .noMemory(byteCount: byteCount, errno: errno) }
    return unsafe base
  }

  /// Maps whole huge pages where one can begin: more than is asked for, of which the ends are given back.
  private static func mapAligned(_ byteCount: Int) throws(FramePoolError) -> UnsafeMutableRawPointer {
    let whole = unsafe try map(byteCount + hugePage, flags: 0)
    let before = (hugePage - Int(bitPattern: whole) & (hugePage - 1)) & (hugePage - 1)
    let base = unsafe whole + before
    if before > 0 { unsafe munmap(whole, before) }
    unsafe munmap(base + byteCount, hugePage - before)
    return unsafe base
  }

  /// Commits all pages now, so that no packet waits for one; answers why that failed.
  @unsafe private static func touch(_ mapping: Mapping) -> Int32? {
    #if os(Linux)
    if unsafe madvise(mapping.base, mapping.byteCount, populateAdvice) == 0 { return nil }
    if errno == ENOMEM { return ENOMEM }
    #endif
    for offset in Swift.stride(from: 0, to: unsafe mapping.byteCount, by: 4096) {
      unsafe mapping.base.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self)
    }
    return nil
  }

  /// How many bytes of the slab lie in huge pages now; nil where the system does not tell.
  ///
  /// Reads the kernel's list of all mappings: not for the loop.
  public var hugeByteCount: Int? {
    #if os(Linux)
    guard let file = unsafe fopen("/proc/self/smaps", "r") else { return nil }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    var isOurs = false, found = 0
    let range = unsafe UInt(bitPattern: base)..<UInt(bitPattern: base) + UInt(mappedByteCount)
    while unsafe fgets(&line, 512, file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
      guard let first = words.first else { continue }
      let ends = first.split(separator: "-").compactMap { UInt($0, radix: 16) }
      if !first.hasSuffix(":"), ends.count == 2 {
        isOurs = ends[0] < range.upperBound && ends[1] > range.lowerBound
      } else if isOurs, ["AnonHugePages:", "Private_Hugetlb:"].contains(first), words.count > 1 {
        found += (Int(words[1]) ?? 0) * 1024
      }
    }
    return min(found, byteCount)
    #else
    return nil
    #endif
  }
}

#if os(Linux)
/// `MADV_HUGEPAGE`.
private let hugePageAdvice: Int32 = 14
/// `MADV_POPULATE_WRITE`, since Linux 5.14.
private let populateAdvice: Int32 = 23
#endif
