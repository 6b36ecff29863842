public import BPF

/// A view of one frame of a batch, for helpers, tools and tests: the packet's bytes, and the kernel's rules for moving
/// its start, its end and its metadata.
///
/// Invariant: `reserved ≤ metadata ≤ data ≤ dataEnd ≤ hardEnd`, all within the frame, which the view's owner keeps.
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

  @unsafe init(in frame: UnsafeMutableRawPointer, of geometry: FrameGeometry, at place: FrameDescriptor) {
    unsafe self.frame = frame
    reserved = geometry.reserved
    hardEnd = geometry.hardEnd
    metadata = Int(place.metadata)
    data = Int(place.data)
    dataEnd = Int(place.dataEnd)
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

  /// Takes over the bounds that frames of a geometry have.
  mutating func adopt(_ geometry: FrameGeometry) {
    reserved = geometry.reserved
    hardEnd = geometry.hardEnd
  }

  /// Turns to another frame of the same geometry.
  @unsafe @inline(__always)
  mutating func view(_ frame: UnsafeMutableRawPointer, at place: FrameDescriptor) {
    unsafe self.frame = frame
    metadata = Int(place.metadata)
    data = Int(place.data)
    dataEnd = Int(place.dataEnd)
    isAdjusted = false
  }

  /// The host address of a position in the frame.
  @inline(__always) func address(of position: Int) -> UInt64 {
    unsafe UInt64(UInt(bitPattern: frame + position))
  }

  /// Bytes in the packet's linear part.
  public var length: Int { dataEnd - data }

  /// The packet's bytes, `data` to `data_end`.
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
  public mutating func adjustTail(by delta: Int32) -> LinuxErrno? {
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

  /// Brings a descriptor up to date.
  func write(to place: inout FrameDescriptor) {
    guard isAdjusted else { return }
    place.length = place.length &+ UInt32(truncatingIfNeeded: dataEnd - data) &- (place.dataEnd &- place.data)
    place.metadata = UInt32(truncatingIfNeeded: metadata)
    place.data = UInt32(truncatingIfNeeded: data)
    place.dataEnd = UInt32(truncatingIfNeeded: dataEnd)
    place.flags.insert(.adjusted)
  }
}
