import BPF
import BPFRuntime
import Testing
import XDP

@Suite struct `Data path` {
  private let pool: FramePool
  private let wire: WireDriver
  private let stack: WireDriver
  private let other: WireDriver
  private let packets = (0..<5).map { [UInt8](repeating: UInt8($0), count: 60) }

  init() throws {
    pool = try FramePool(frameCount: 8)
    wire = WireDriver(1, pool: pool)
    stack = WireDriver(2, pool: pool)
    other = WireDriver(7, pool: try FramePool(frameCount: 8))
    wire.arriving = packets
  }

  @Test(arguments: XDPAction.allCases, [AttachMode.native, .generic])
  func `every packet ends in exactly one place`(action: XDPAction, mode: AttachMode) throws {
    var path = try DataPath(
      wire,
      running: Always(action, to: 7),
      stack: stack,
      redirectingTo: [other],
      mode: mode
    )
    #expect(try path.poll() == .packets)
    #expect(path.tally.received == 5)
    #expect(path.tally.receivedBytes == 300)
    for each in XDPAction.allCases { #expect(path.tally[each] == (each == action ? 5 : 0)) }
    #expect(wire.sent == (action == .tx ? packets : []))
    #expect(stack.sent == (action == .pass ? packets : []))
    #expect(other.sent == (action == .redirect ? packets : []))
    #expect(path.tally.transmitted == (action == .tx || action == .redirect ? 5 : 0))
    #expect(path.tally.delivered == (action == .pass ? 5 : 0))
    #expect(pool.available == 8)
    #expect(try path.poll() == .finished)
    #expect(path.tally.received == 5)
  }

  @Test func `packets that a stop cuts short are aborted, and no trap of the program's`() throws {
    let stop = StopRequest(), worker = Worker()
    worker.machine.state.stop = stop
    stop.make()
    var path = try DataPath(wire, running: try engine([.jump(offset: -1)]), on: worker, stack: stack)
    #expect(try path.poll() == .packets)
    #expect(path.tally.interrupted == 5)
    #expect(path.tally.trapped == 0)
    #expect(path.tally[.aborted] == 5)
    #expect(pool.available == 8)
  }

  @Test func `a packet goes where its own verdict sends it`() throws {
    // The first byte is the verdict.
    let interpreter = try engine([
      .load(.word, .r2, from: Address(.r1, 0)), .load(.byte, .r6, from: Address(.r2)),
      .alu(.mov, .doubleWord, .r1, .immediate(7)), .alu(.mov, .doubleWord, .r2, .immediate(0)),
      .call(.helper(23)), .alu(.mov, .doubleWord, .r0, .register(.r6)), .exit,
    ])
    wire.arriving.append([UInt8](repeating: 5, count: 60))
    var path = try DataPath(wire, running: interpreter, stack: stack, redirectingTo: [other])
    try path.poll()
    #expect(stack.sent == [packets[2]])
    #expect(wire.sent == [packets[3]])
    #expect(other.sent == [packets[4]])
    #expect(XDPAction.allCases.map { path.tally[$0] } == [2, 1, 1, 1, 1])
    #expect(path.tally.unknownCode == 1)
    #expect(path.tally.firstUnknownCode == 5)
    #expect(pool.available == 8)
  }

  @Test(arguments: [false, true], [AttachMode.native, .generic])
  func `a packet longer than a frame reaches only a program that knows fragments`(
    isKnown: Bool,
    mode: AttachMode
  ) throws {
    let long = [UInt8](repeating: 9, count: 9000)
    wire.arriving = [packets[0], long, packets[1]]
    var path = try DataPath(wire, running: Always(3, takesFragments: isKnown), mode: mode)
    try path.poll()
    #expect(wire.sent == (isKnown ? [packets[0], long, packets[1]] : [packets[0], packets[1]]))
    #expect(path.tally.tooLong == (isKnown ? 0 : 1))
    #expect(path.tally.received == (isKnown ? 3 : 2))
    #expect(pool.available == 8)
  }

  @Test func `a redirect to nowhere is counted and dropped`() throws {
    var path = try DataPath(wire, running: Always(.redirect, to: 99), redirectingTo: [other])
    try path.poll()
    #expect(path.tally.redirectFailed == 5)
    #expect(path.tally[.redirect] == 5)
    var second = try DataPath(wire, running: Always(.redirect))
    wire.arriving = packets
    try second.poll()
    #expect(second.tally.redirectFailed == 5)
    #expect(pool.available == 8)
  }

  @Test func `a redirect to the interface itself bounces`() throws {
    var path = try DataPath(wire, running: Always(.redirect, to: 1))
    try path.poll()
    #expect(wire.sent == packets)
  }

  @Test func `a trap is counted with its reason`() throws {
    let interpreter = try engine([.load(.byte, .r0, from: Address(.r1, 100)), .exit])
    var path = try DataPath(wire, running: interpreter, stack: stack)
    try path.poll()
    #expect(path.tally[.aborted] == 5)
    #expect(path.tally.trapped == 5)
    #expect(path.tally.unknownCode == 0)
  }

  @Test func `what a driver cannot send is counted`() throws {
    wire.isDown = true
    var path = try DataPath(wire, running: Always(.tx))
    try path.poll()
    #expect(path.tally.sendFailed == 5)
    #expect(path.tally.transmitted == 0)
    #expect(pool.available == 8)
  }

  @Test(arguments: [XDPAction.tx, .pass, .redirect], [AttachMode.native, .generic])
  func `an error of a driver drops what was on its way, and no frame is lost`(
    action: XDPAction,
    mode: AttachMode
  ) throws {
    for driver in [wire, stack, other] { driver.isBroken = true }
    var path = try DataPath(
      wire,
      running: Always(action, to: 7),
      stack: stack,
      redirectingTo: [other],
      mode: mode
    )
    for _ in 0..<20 {
      wire.arriving = packets
      #expect(throws: DriverError.self) { try path.poll() }
      #expect(pool.available == 8)
    }
    for driver in [wire, stack, other] { driver.isBroken = false }
    wire.arriving = packets
    try path.poll()
    #expect(wire.sent + stack.sent + other.sent == packets)
  }

  @Test func `without a stack, passed packets are dropped`() throws {
    var path = try DataPath(wire, running: Always(.pass))
    try path.poll()
    #expect(path.tally[.pass] == 5)
    #expect(path.tally.delivered == 0)
    #expect(path.tally.sendFailed == 0)
    #expect(pool.available == 8)
  }

  @Test func `a hundred packets come in two batches`() throws {
    let large = WireDriver(1, pool: try FramePool(frameCount: 128))
    large.arriving = (0..<100).map { [UInt8](repeating: UInt8($0), count: 14) }
    var path = try DataPath(large, running: Always(.tx))
    try path.poll()
    #expect(path.tally.received == 64)
    while try path.poll() != .finished {}
    #expect(path.tally.transmitted == 100)
    #expect(large.sent.map { $0[0] } == Array(0..<100))
  }

  @Test func `generic mode gives a program the room that the driver's frames lack`() throws {
    let tight = try FramePool(
      frameCount: 8,
      geometry: FrameGeometry(frameSize: 128, headroom: 0, reserved: 0, linear: 128)
    )
    let driver = WireDriver(1, pool: tight)
    driver.arriving = packets
    driver.capabilities = .transmit
    let grow = try engine([
      .alu(.mov, .doubleWord, .r2, .immediate(-216)), .call(.helper(44)),
      .alu(.add, .doubleWord, .r0, .immediate(3)), .exit,
    ])
    var path = try DataPath(driver, running: grow, mode: .generic)
    try path.poll()
    #expect(driver.sent.map(\.count) == [276, 276, 276, 276, 276])
    #expect(throws: DriverError.self) { _ = try DataPath(driver, running: grow, mode: .native) }
  }

  @Test func `nothing is offloaded where there is no layer below`() {
    let error = #expect(throws: DriverError.self) {
      _ = try DataPath(wire, running: Always(.pass), mode: .offload)
    }
    #expect(error?.description.contains("offload") == true)
  }

  @Test func `an observer sees packets as the program left them, with verdict and trap`() throws {
    final class Recorder: VerdictObserver {
      var seen: [String] = []
      func observe(_ batch: borrowing PacketBatch, verdicts: borrowing Verdicts, worker: borrowing Worker) {
        for index in 0..<batch.count {
          let trap = worker.traps.first { $0.index == index }
          seen.append("\(batch[index].length) \(verdicts[index]) \(trap?.trap.slot ?? -1)")
        }
      }
    }
    let recorder = Recorder()
    // Takes 10 bytes off the head, then reads what a short packet does not have.
    let interpreter = try engine([
      .alu(.mov, .doubleWord, .r6, .register(.r1)),
      .alu(.mov, .doubleWord, .r2, .immediate(10)), .call(.helper(44)),
      .load(.word, .r2, from: Address(.r6, 0)), .load(.byte, .r3, from: Address(.r2, 20)),
      .alu(.mov, .doubleWord, .r0, .immediate(1)), .exit,
    ])
    wire.arriving = [packets[0], [UInt8](repeating: 0, count: 30)]
    var path = try DataPath(wire, running: interpreter, observer: recorder)
    try path.poll()
    #expect(recorder.seen == ["50 drop -1", "20 aborted 4"])
  }

  @Test func `a capture's timestamps are the clock`() throws {
    let clock = try engine([.call(.helper(5)), .exit])
    #expect(
      try runOnce([.call(.helper(5)), .exit], on: PacketTest.Input([0], timestamp: 123)).returned == 123
    )
    var fixed = try PacketTest(clock, on: Worker(clock: .fixed(77)))
    #expect(try fixed.run(PacketTest.Input([0], timestamp: 123)).returned == 77)
    var host = try PacketTest(clock, on: Worker(clock: .host))
    let first = try host.run(PacketTest.Input([0], timestamp: 123)).returned
    let second = try host.run(PacketTest.Input([0])).returned
    #expect(first != second)
  }

  @Test func `a seed makes random numbers repeat, and differ by CPU`() throws {
    let random = try engine([.call(.helper(7)), .exit])
    func draw(_ cpu: Int, _ seed: UInt64) throws -> [UInt32] {
      var test = try PacketTest(random, on: Worker(cpu: cpu, seed: seed))
      return try (0..<3).map { _ in try test.run(PacketTest.Input([0])).returned }
    }
    #expect(try draw(0, 1) == draw(0, 1))
    #expect(try draw(0, 1) != draw(0, 2))
    #expect(try draw(0, 1) != draw(1, 1))
  }
}
