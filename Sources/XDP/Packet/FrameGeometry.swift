/// How a frame of a pool is divided: reserved bytes, headroom, the linear part of the packet, and the tailroom.
///
///     | reserved | rest of the headroom | linear part, up to `linear` bytes | tailroom |
///     0          40                     256                                 3776       4096
///
/// The default is that of the kernel's test run, so that every boundary of the adjust helpers is the kernel's.
public struct FrameGeometry: Hashable, Sendable {
  /// Bytes in a frame.
  public var frameSize: Int
  /// Bytes before the packet as it is received (`XDP_PACKET_HEADROOM`), the reserved ones included.
  public var headroom: Int
  /// Bytes at the frame's start that no packet or metadata may reach (`sizeof(struct xdp_frame)`).
  public var reserved: Int
  /// The most bytes that a packet may have from the usual headroom on; what lies behind it is tailroom.
  public var linear: Int
  /// How much of a longer packet lies in its first frame when it is received; nil for `linear`.
  ///
  /// The rest goes on in fragments, of which each fills a frame.
  public var firstPart: Int?

  /// The most fragments of one packet (`MAX_SKB_FRAGS`).
  public static let fragmentLimit = 17

  /// The largest frame: as large as the largest page that a driver could use.
  public static let frameSizeLimit = 1 << 21

  /// Makes a geometry; everything has the kernel test run's value as its default.
  public init(
    frameSize: Int = 4096,
    headroom: Int = 256,
    reserved: Int = 40,
    linear: Int = 3520,
    firstPart: Int? = nil
  ) {
    self.frameSize = frameSize
    self.headroom = headroom
    self.reserved = reserved
    self.linear = linear
    self.firstPart = firstPart
  }

  /// The geometry of the kernel's test run, `BPF_PROG_TEST_RUN`.
  public static let kernelTestRun = FrameGeometry()

  /// The offset in the frame that no packet may pass (`xdp_data_hard_end`).
  public var hardEnd: Int { headroom + linear }

  /// The most bytes of a packet that its first frame takes when it is received.
  public var split: Int { min(firstPart ?? linear, linear) }

  /// The longest packet that can be received: a first part and as many fragments as there may be.
  public var longest: Int { split + Self.fragmentLimit * frameSize }

  /// The kernel test run's geometry, with a linear part that holds every packet of another one.
  static func copying(_ other: FrameGeometry) -> FrameGeometry {
    var result = kernelTestRun
    let missing = max(0, other.linear - result.linear)
    result.linear += missing
    result.frameSize += missing
    result.firstPart = other.firstPart
    return result
  }

  /// What is wrong with the numbers, or nil if they fit each other.
  var flaw: String? {
    if frameSize <= 0 || frameSize > Self.frameSizeLimit {
      return "a frame of \(frameSize) bytes, the limit is \(Self.frameSizeLimit)"
    }
    if reserved < 0 || reserved > headroom || headroom > frameSize {
      return "\(reserved) reserved bytes do not fit a headroom of \(headroom) in a frame of \(frameSize)"
    }
    if linear < 14 || linear > frameSize - headroom {
      return "a linear part of \(linear) bytes, possible are 14 to \(frameSize - headroom)"
    }
    if split < 14 { return "a first part of \(split) bytes, at least 14 are needed" }
    return nil
  }
}
