import BPF
import BPFRuntime
import TestSupport
import Testing
import XDP
import XDPDrivers

@Suite struct `Passed packets` {
  @Test func `can go into a capture of their own, fragments and all`() throws {
    let path = TemporaryFile.path("passed.pcapng")
    defer { TemporaryFile.remove(path) }
    let pool = try FramePool(frameCount: 256)
    let driver = MemoryDriver(pool: pool)
    let frames = (0..<70).map { frame($0, byteCount: $0 == 5 ? 5000 : 60 + $0) }
    for bytes in frames { driver.enqueue(bytes) }
    let writer = try CaptureWriter(path)
    let capture = PCAPDriver(
      sendingOnlyAs: NetworkInterface(name: "passed", index: 9),
      pool: pool,
      output: writer
    )
    let program = Program(
      "passes",
      [.alu(.mov, .doubleWord, .r0, .immediate(2)), .exit],
      flags: .frags
    )
    var dataPath = try DataPath(driver, running: Interpreter(program, in: .xdp(for: .xdp)), stack: capture)
    while try dataPath.poll() == .packets {}
    try writer.close()
    #expect(try PCAPNGBlocks(TemporaryFile.read(path)).packets.map(\.bytes) == frames)
    #expect(dataPath.tally.delivered == 70)
    #expect(pool.available == 256)
  }
}
