import BPF
import BPFRuntime
import Synchronization
import TestSupport
import Testing
import XDP

@Suite struct `Workers` {
  private let record = TrafficRecord()

  /// A maker of paths with a queue of packets each.
  private func paths(
    running engine: any ExecutionEngine,
    limit: UInt64 = .max
  ) -> WorkerGroup.PathMaker {
    { [record] queue in
      let driver = SteadyDriver(
        UInt32(queue + 1),
        pool: try FramePool(frameCount: 128),
        record: record,
        limit: limit
      )
      return try DataPath(driver, running: engine, on: Worker(cpu: queue))
    }
  }

  @Test func `take all packets of all queues, and end with them`() throws {
    let group = WorkerGroup(queueCount: 4, making: paths(running: Always(.tx), limit: 10_000))
    try group.start()
    try group.join()
    #expect(group.isFinished)
    #expect(record.made.load(ordering: .relaxed) == 40_000)
    #expect(record.sent.load(ordering: .relaxed) == 40_000)
    #expect(group.tally.received == 40_000)
    #expect(group.tally.receivedBytes == 60 * 40_000)
    for queue in 0..<4 { #expect(group.tally(ofQueue: queue)[.tx] == 10_000) }
  }

  @Test func `can be looked at while they run, and stopped`() throws {
    let group = WorkerGroup(queueCount: 3, making: paths(running: Always(.drop)))
    try group.start()
    var last: UInt64 = 0
    for _ in 0..<20 {
      let moved = comes {
        let now = group.tally.received
        defer { last = now }
        return now > last
      }
      #expect(moved)
    }
    #expect(!group.isFinished)
    group.stop.make()
    try group.join()
    #expect(group.isFinished)
    let tally = group.tally
    #expect(tally.received == record.made.load(ordering: .relaxed))
    #expect(tally[.drop] == tally.received)
  }

  @Test func `stop within a program that never ends`() throws {
    let endless = try engine([.jump(offset: -1)])
    let group = WorkerGroup(queueCount: 1, making: paths(running: endless))
    try group.start()
    let isRunning = comes { group.tally.received > 0 }
    #expect(isRunning)
    group.stop.make()
    let clock = ContinuousClock.now
    try group.join()
    #expect(ContinuousClock.now - clock < .seconds(5))
    #expect(group.tally.interrupted > 0)
    #expect(group.tally.interrupted == group.tally[.aborted])
  }

  @Test func `rest while there is nothing, and wake when there is`() throws {
    record.isQuiet.store(true, ordering: .relaxed)
    let group = WorkerGroup(queueCount: 1, making: paths(running: Always(.drop)))
    try group.start()
    let rests = comes { record.rests.load(ordering: .relaxed) > 3 }
    #expect(rests)
    #expect(group.tally.received == 0)
    record.isQuiet.store(false, ordering: .relaxed)
    let wakes = comes { group.tally.received > 1000 }
    #expect(wakes)
    group.stop.make()
    try group.join()
  }

  @Test func `stay on their processors where the system allows it`() throws {
    let group = WorkerGroup(queueCount: 3, making: paths(running: Always(.drop), limit: 10))
    try group.start()
    try group.join()
    #if os(Linux)
    let places = (0..<3).compactMap { group.processor(ofQueue: $0) }
    #expect(places.count == 3)
    // With two processors or more, the first two workers do not share one.
    if Set(places).count > 1 { #expect(places[0] != places[1]) }
    let astray = WorkerGroup(queueCount: 1, on: [8000], making: paths(running: Always(.drop), limit: 10))
    try astray.start()
    try astray.join()
    #expect(astray.processor(ofQueue: 0) == nil)
    #expect(astray.tally.received == 10)
    #endif
  }

  @Test func `fail alone, and say which queue it was`() throws {
    let record = record
    let group = WorkerGroup(queueCount: 3) { queue in
      let pool = try FramePool(frameCount: 128)
      guard queue == 1 else {
        let steady = SteadyDriver(1, pool: pool, record: record, limit: 5000)
        return try DataPath(steady, running: Always(.tx))
      }
      let broken = WireDriver(9, pool: pool)
      broken.isBroken = true
      broken.arriving = [[UInt8](repeating: 0, count: 60)]
      return try DataPath(broken, running: Always(.tx))
    }
    try group.start()
    let failure = #expect(throws: WorkerFailure.self) { try group.join() }
    #expect(failure?.description == "queue 1: wire9: transmit: the cable is cut")
    #expect(group.failures.count == 1)
    #expect(group.tally(ofQueue: 0)[.tx] == 5000)
    #expect(group.tally(ofQueue: 2)[.tx] == 5000)
  }
}
