import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Test runs` {
  private let pass = "r0 = 2\nexit"

  private let linearLength = """
    r2 = *(u32 *)(r1 +0)
    r0 = *(u32 *)(r1 +4)
    r0 -= r2
    exit
    """

  @Test func `give verdict, packet and time`() throws {
    let packet = [UInt8].counting(60)
    let result = try KernelEngine.load(.assembled(pass)).testRun(packet: packet, repeat: 100)
    #expect(result.returned == 2)
    #expect(result.data == packet)
    #expect(result.metadata.isEmpty)
    #expect(result.linearByteCount == 60)
    #expect(result.nanoseconds < 1_000_000)
  }

  @Test func `give a verdict that is no action as it is`() throws {
    let result = try KernelEngine.load(.assembled("r0 = -7\nexit")).testRun(packet: .counting(60))
    #expect(result.returned == 0xFFFF_FFF9)
  }

  @Test func `run as often as asked, over what the run before left`() throws {
    let program = try KernelEngine.load(
      .assembled(
        """
        r2 = *(u32 *)(r1 +0)
        r3 = *(u32 *)(r1 +4)
        r4 = r2
        r4 += 14
        if r4 > r3 goto done
        r5 = *(u8 *)(r2 +13)
        r5 += 1
        *(u8 *)(r2 +13) = r5
        done:
        r0 = 2
        exit
        """
      )
    )
    #expect(try program.testRun(packet: .counting(60), repeat: 7).data[13] == 13 + 7)
  }

  @Test(arguments: [(offset: 12, value: UInt32(1)), (16, 0)])
  func `show the program interface and queue`(offset: Int, value: UInt32) throws {
    let program = try KernelEngine.load(.assembled("r0 = *(u32 *)(r1 +\(offset))\nexit"))
    #expect(try program.testRun(packet: .counting(60)).returned == value)
  }

  @Test func `are refused to programs that others hand packets to`() throws {
    for attachType in [AttachType.devmap, .cpumap] {
      var program = try Program.assembled("r0 = 2\nexit")
      program.attachType = attachType
      let loaded = try KernelEngine.load(program)
      let error = #expect(throws: KernelError.self) { try loaded.testRun(packet: .counting(60)) }
      #expect(error?.code == .invalid)
    }
  }

  @Test func `are for programs that read egress only in a devmap`() throws {
    var program = try Program.assembled("r0 = *(u32 *)(r1 +20)\nexit")
    let error = #expect(throws: KernelError.self) { try KernelEngine.load(program) }
    #expect(error?.code == .accessDenied)
    program.attachType = .devmap
    _ = try KernelEngine.load(program)
  }

  @Test func `take metadata and show the program where it lies`() throws {
    let program = try KernelEngine.load(
      .assembled(
        """
        r0 = 0
        r2 = *(u32 *)(r1 +8)
        r3 = *(u32 *)(r1 +0)
        r4 = r2
        r4 += 4
        if r4 > r3 goto done
        r0 = *(u32 *)(r2 +0)
        *(u32 *)(r2 +0) = 0x01020304
        done:
        exit
        """
      )
    )
    let packet = [UInt8].counting(60)
    let result = try program.testRun(
      packet: packet,
      context: XDPTestContext(metadata: [0xDD, 0xCC, 0xBB, 0xAA])
    )
    #expect(result.returned == 0xAABB_CCDD)
    #expect(result.metadata == [4, 3, 2, 1])
    #expect(result.data == packet)
  }

  @Test(arguments: [
    (packet: 13, metadata: 0, queue: UInt32(0)), (60, 3, 0), (60, 220, 0), (60, 0, 9999),
  ])
  func `refuse what no frame and no interface can be`(packet: Int, metadata: Int, queue: UInt32) throws {
    let program = try KernelEngine.load(.assembled(pass))
    let context = XDPTestContext(
      metadata: .counting(metadata),
      ingressIfindex: queue == 0 ? 0 : 1,
      rxQueueIndex: queue
    )
    let error = #expect(throws: KernelError.self) {
      try program.testRun(packet: .counting(packet), context: context)
    }
    #expect(error?.command == "BPF_PROG_TEST_RUN")
    #expect(error?.code == .invalid)
  }

  @Test func `spread a long packet over buffers for programs that know them`() throws {
    var program = try Program.assembled(linearLength)
    program.flags = .frags
    let loaded = try KernelEngine.load(program)
    let packet = [UInt8].counting(9000)
    let result = try loaded.testRun(packet: packet)
    #expect(result.returned == 3520)
    #expect(result.linearByteCount == 3520)
    #expect(result.data == packet)
    let short = try loaded.testRun(packet: packet, context: XDPTestContext(linearByteCount: 100))
    #expect(short.returned == 100)
    #expect(short.data == packet)
  }

  @Test func `show other programs the first buffer of a long packet`() throws {
    let result = try KernelEngine.load(.assembled(linearLength)).testRun(packet: .counting(3521))
    #expect(result.returned == 3520)
    #expect(result.data == .counting(3521))
  }
}
