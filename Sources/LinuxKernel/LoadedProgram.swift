/// A program in the kernel.
///
/// Letting go of the last reference unloads it, unless a map or a hook holds it.
public final class LoadedProgram: Sendable {
  /// The entry function's symbol, whole; the kernel keeps its first 15 bytes.
  public let name: String
  /// The kernel's number for it.
  public let id: UInt32
  /// The maps it uses, in the order of `Program.maps`.
  ///
  /// A program array is emptied when nobody holds it any more.
  public let maps: [KernelMap]
  /// What the verifier wrote, if it was asked to.
  public let log: String
  let descriptor: Descriptor

  init(name: String, id: UInt32, maps: [KernelMap], log: String, descriptor: consuming Descriptor) {
    self.name = name
    self.id = id
    self.maps = maps
    self.log = log
    self.descriptor = descriptor
  }

  /// Runs the program on one packet in a frame of the kernel's, which then answers what became of both
  /// (`BPF_PROG_TEST_RUN`).
  ///
  /// Nothing leaves the machine, whatever the program returns. The frame has 4,096 bytes: 256 of headroom, of which
  /// 40 are reserved, 3,520 for the linear part; a longer packet goes on in further buffers, which only a program with
  /// `ProgramFlags.frags` may see.
  ///
  /// - Parameters:
  ///   - packet: 14 bytes at least.
  ///   - context: What the program's context is to say beside the packet.
  ///   - count: How often it runs. Each run sees the packet as the one before left it.
  /// - Returns: The last run's verdict, and the packet and its metadata after it.
  /// - Throws: The kernel's refusal, mostly of the packet's size or the context.
  public func testRun(
    packet: [UInt8],
    context: XDPTestContext = XDPTestContext(),
    repeat count: Int = 1
  ) throws(KernelError) -> TestRunResult {
    let input = context.metadata + packet
    let linear = context.metadata.count + (context.linearByteCount ?? packet.count)
    let capacity = input.count + 2 * 4096
    var call = BPFCall()
    call.set(UInt32(input.count), at: 8)
    call.set(UInt32(capacity), at: 12)
    call.point(at: input, from: 16)
    let data = call.point(toZeroes: capacity, from: 24)
    call.set(UInt32(clamping: count), at: 32)
    call.set(UInt32(XDPMetadataWords.byteCount), at: 40)
    call.set(UInt32(XDPMetadataWords.byteCount), at: 44)
    let words = XDPMetadataWords(
      data: UInt32(context.metadata.count),
      dataEnd: UInt32(linear),
      ingressIfindex: context.ingressIfindex,
      rxQueueIndex: context.rxQueueIndex
    )
    call.point(at: words.bytes, from: 48)
    let contextOut = call.point(toZeroes: XDPMetadataWords.byteCount, from: 56)
    do {
      try call.perform(.testRun, descriptor)
    } catch {
      throw KernelError(error, subject: name)
    }
    let after = XDPMetadataWords(bytes: call.buffer(contextOut))
    let bytes = call.buffer(data, prefix: Int(call.word(at: 12)))
    return TestRunResult(
      returned: call.word(at: 4),
      data: Array(bytes.dropFirst(Int(after.data))),
      metadata: Array(bytes.prefix(Int(after.data))),
      linearByteCount: Int(after.dataEnd) - Int(after.data),
      nanoseconds: Int(call.word(at: 36))
    )
  }
}

/// What a test run's context says beside the packet.
public struct XDPTestContext: Hashable, Sendable {
  /// Lies before the packet, as `bpf_xdp_adjust_meta` would leave it: a multiple of 4 bytes, at most 216.
  public var metadata: [UInt8]
  /// The interface the packet came from; 0 is the loopback interface.
  public var ingressIfindex: UInt32
  /// A queue that the interface has.
  public var rxQueueIndex: UInt32
  /// How much of the packet is in its first buffer; nil for as much as fits.
  public var linearByteCount: Int?

  /// Makes a context.
  public init(
    metadata: [UInt8] = [],
    ingressIfindex: UInt32 = 0,
    rxQueueIndex: UInt32 = 0,
    linearByteCount: Int? = nil
  ) {
    self.metadata = metadata
    self.ingressIfindex = ingressIfindex
    self.rxQueueIndex = rxQueueIndex
    self.linearByteCount = linearByteCount
  }
}

/// What a test run left.
public struct TestRunResult: Hashable, Sendable {
  /// What the last run returned, known as an action or not.
  public var returned: UInt32
  /// The packet, all its buffers.
  public var data: [UInt8]
  /// The bytes between `data_meta` and `data`.
  public var metadata: [UInt8]
  /// How much of the packet is in its first buffer.
  public var linearByteCount: Int
  /// How long a run took, on average over the repeats.
  public var nanoseconds: Int

  /// Makes a result.
  public init(
    returned: UInt32,
    data: [UInt8],
    metadata: [UInt8],
    linearByteCount: Int,
    nanoseconds: Int
  ) {
    self.returned = returned
    self.data = data
    self.metadata = metadata
    self.linearByteCount = linearByteCount
    self.nanoseconds = nanoseconds
  }
}

/// `struct xdp_md` as test runs exchange it: `data` and `data_end` count bytes from the start of the metadata.
private struct XDPMetadataWords {
  static let byteCount = 24
  var data: UInt32
  var dataEnd: UInt32
  var ingressIfindex: UInt32
  var rxQueueIndex: UInt32

  init(data: UInt32, dataEnd: UInt32, ingressIfindex: UInt32, rxQueueIndex: UInt32) {
    self.data = data
    self.dataEnd = dataEnd
    self.ingressIfindex = ingressIfindex
    self.rxQueueIndex = rxQueueIndex
  }

  init(bytes: [UInt8]) {
    self.init(
      data: bytes.word(at: 0),
      dataEnd: bytes.word(at: 4),
      ingressIfindex: bytes.word(at: 12),
      rxQueueIndex: bytes.word(at: 16)
    )
  }

  var bytes: [UInt8] {
    [UInt8](repeating: 0, count: Self.byteCount)
      .replacingWord(at: 0, with: data)
      .replacingWord(at: 4, with: dataEnd)
      .replacingWord(at: 12, with: ingressIfindex)
      .replacingWord(at: 16, with: rxQueueIndex)
  }
}
