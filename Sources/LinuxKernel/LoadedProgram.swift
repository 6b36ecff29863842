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
  /// It runs on the first CPU, where the calling thread may. Nothing leaves the machine, whatever the program returns.
  /// The frame has 4,096 bytes: 256 of headroom, of which 40 are reserved, 3,520 for the linear part; a longer packet
  /// goes on in further buffers, which only a program with `ProgramFlags.frags` can reach.
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
    let pin = ProcessorPin()
    defer { extendLifetime(pin) }
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
