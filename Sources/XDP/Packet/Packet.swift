public import BPF

/// A view of one packet of a batch, for helpers, tools and tests: its bytes, and the kernel's rules for moving its start,
/// its end and its metadata.
///
/// Invariant: `reserved ≤ metadata ≤ data ≤ dataEnd ≤ hardEnd`, all within the frame, which the view's owner keeps, as it
/// does the fragments, whose lengths add up to `fragmentBytes`.
@safe public struct Packet: ~Copyable {
  /// The fewest bytes that an adjustment may leave (`ETH_HLEN`).
  public static let shortest = 14
  /// The most metadata, limited by the field that the stack keeps its length in.
  public static let metadataLimit = 252

  private var frame: UnsafeMutableRawPointer
  private var reserved: Int
  private var hardEnd: Int
  /// Where the metadata begins, from the frame's first byte; equal to `data` where there is none.
  public private(set) var metadata: Int
  /// Where the packet begins, from the frame's first byte.
  public private(set) var data: Int
  /// One past the packet's last linear byte, from the frame's first byte.
  public private(set) var dataEnd: Int
  /// Whether an adjustment has succeeded.
  public private(set) var isAdjusted = false
  /// Bytes in fragments.
  public internal(set) var fragmentBytes = 0
  /// As `FrameDescriptor.fragments`.
  var firstFragment: UInt32 = 0
  /// What the frames are of; nil for a view of nothing yet.
  private(set) var pool: FramePool?

  @unsafe init(in pool: FramePool, at place: FrameDescriptor) {
    self.init()
    adopt(pool)
    unsafe view(pool.base + Int(place.frame), at: place)
  }

  /// A view of nothing yet: turned to a frame before it is used.
  init() {
    unsafe frame = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
    reserved = 0
    hardEnd = 0
    metadata = 0
    data = 0
    dataEnd = 0
  }

  /// Takes over the bounds that frames of a pool have.
  mutating func adopt(_ pool: FramePool) {
    guard self.pool !== pool else { return }
    self.pool = pool
    reserved = pool.geometry.reserved
    hardEnd = pool.geometry.hardEnd
  }

  /// Turns to another frame of the same pool.
  @unsafe @inline(__always)
  mutating func view(_ frame: UnsafeMutableRawPointer, at place: FrameDescriptor) {
    unsafe self.frame = frame
    metadata = Int(place.metadata)
    data = Int(place.data)
    dataEnd = Int(place.dataEnd)
    fragmentBytes = Int(place.length) - place.linearLength
    firstFragment = place.fragments
    isAdjusted = false
  }

  /// The host address of a position in the frame.
  @inline(__always) func address(of position: Int) -> UInt64 {
    unsafe UInt64(UInt(bitPattern: frame + position))
  }

  /// Bytes in the packet's linear part.
  public var length: Int { dataEnd - data }

  /// Bytes in the packet with its fragments (`bpf_xdp_get_buff_len`).
  public var totalLength: Int { length + fragmentBytes }

  /// The linear part's bytes, `data` to `data_end`.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get { span(from: data, to: dataEnd) }
  }

  /// The metadata's bytes, `data_meta` to `data`.
  public var metadataBytes: RawSpan {
    @_lifetime(borrow self)
    get { span(from: metadata, to: data) }
  }

  @_lifetime(borrow self)
  private func span(from start: Int, to end: Int) -> RawSpan {
    unsafe _overrideLifetime(RawSpan(_unsafeStart: frame + start, byteCount: end - start), borrowing: self)
  }

  /// Moves the packet's start, and the metadata with it (`bpf_xdp_adjust_head`): nil, or why not.
  public mutating func adjustHead(by delta: Int32) -> LinuxErrno? {
    let metadataLength = data - metadata
    let start = data + Int(delta)
    guard start >= reserved + metadataLength, start <= dataEnd - Self.shortest else { return .invalid }
    if metadataLength > 0 {
      let bytes = unsafe frame + metadata
      unsafe (frame + start - metadataLength).copyMemory(from: bytes, byteCount: metadataLength)
    }
    data = start
    metadata = start - metadataLength
    isAdjusted = true
    return nil
  }

  /// Moves the packet's end; what it grows by is zero (`bpf_xdp_adjust_tail`): nil, or why not.
  ///
  /// With fragments it is the last one that grows, within its frame, and the last ones that shrink and go.
  public mutating func adjustTail(by delta: Int32) -> LinuxErrno? {
    guard firstFragment == 0 else { return adjustFragments(by: delta) }
    let end = dataEnd + Int(delta)
    guard end <= hardEnd, end >= data + Self.shortest else { return .invalid }
    if delta > 0 {
      unsafe (frame + dataEnd).initializeMemory(as: UInt8.self, repeating: 0, count: Int(delta))
    }
    dataEnd = end
    isAdjusted = true
    return nil
  }

  /// Moves the metadata's start; the bytes gained hold what was there (`bpf_xdp_adjust_meta`): nil, or why not.
  public mutating func adjustMetadata(by delta: Int32) -> LinuxErrno? {
    let start = metadata + Int(delta)
    guard start >= reserved, start <= data else { return .invalid }
    guard (data - start) & 3 == 0, data - start <= Self.metadataLimit else { return .accessDenied }
    metadata = start
    isAdjusted = true
    return nil
  }

  /// Moves the end of the linear part, and records that it did.
  mutating func setEnd(_ end: Int) {
    dataEnd = end
    isAdjusted = true
  }

  /// Moves the whole linear part with its metadata towards the frame's start.
  mutating func shiftDown(by count: Int) {
    let bytes = unsafe frame + metadata
    unsafe (bytes - count).copyMemory(from: bytes, byteCount: dataEnd - metadata)
    metadata -= count
    data -= count
    dataEnd -= count
  }

  /// Bytes that the linear part may grow by, before and behind it.
  var room: (head: Int, tail: Int) { (metadata - reserved, hardEnd - dataEnd) }

  /// Brings a descriptor up to date.
  func write(to place: inout FrameDescriptor) {
    guard isAdjusted else { return }
    place.length = UInt32(truncatingIfNeeded: totalLength)
    place.fragments = firstFragment
    if firstFragment == 0 { place.flags.remove(.hasFragments) }
    place.metadata = UInt32(truncatingIfNeeded: metadata)
    place.data = UInt32(truncatingIfNeeded: data)
    place.dataEnd = UInt32(truncatingIfNeeded: dataEnd)
    place.flags.insert(.adjusted)
  }
}
