import BPF
import BPFMaps
import Testing
import XDP

/// Takes only the first two packets of a batch, as a ring that is nearly full.
private final class NearlyFull: Driver {
  let interface: NetworkInterface
  let capabilities: DriverCapabilities = [.native, .transmit]
  let pool: FramePool
  var arriving = 0

  init(_ index: UInt32, pool: FramePool) {
    interface = NetworkInterface(name: "full\(index)", index: index)
    self.pool = pool
  }

  func receive(into batch: inout PacketBatch) throws(DriverError) -> Reception {
    let places = unsafe batch.appendFrames(arriving, length: 60)
    arriving -= places.count
    return places.isEmpty ? .idle : .packets
  }

  func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int {
    defer { batch.removeAll() }
    return min(2, batch.count)
  }
}

/// A socket that takes two packets of a batch.
private final class NearlyFullSocket: SocketSink, Sendable {
  func isBound(to ifindex: UInt32, queue: UInt32) -> Bool { true }
  func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int {
    defer { batch.removeAll() }
    return min(2, batch.count)
  }
}

@Suite struct `What a path counts` {
  private let pool: FramePool
  private let wire: NearlyFull
  private let other: NearlyFull

  init() throws {
    pool = try FramePool(frameCount: 64)
    wire = NearlyFull(1, pool: pool)
    other = NearlyFull(7, pool: pool)
    wire.arriving = 5
  }

  @Test(arguments: [
    (XDPAction.tx, PacketExit.bounce), (.redirect, .interface), (.pass, .stack),
  ])
  func `is what an exit refused, by exit`(action: XDPAction, exit: PacketExit) throws {
    var path = try DataPath(wire, running: Always(action, to: 7), stack: other, redirectingTo: [other])
    try path.poll()
    for each in PacketExit.allCases { #expect(path.tally[each] == (each == exit ? 3 : 0)) }
    #expect(path.tally.sendFailed == 3)
    #expect(path.tally.transmitted + path.tally.delivered == 2)
    #expect(pool.available == 64)
  }

  @Test func `is what a socket refused`() throws {
    let sockets = try #require(
      try UserMap.make(
        MapDefinition(name: "s", type: .xskmap, keySize: 4, valueSize: 4, maxEntries: 1),
        cpuCount: 1,
        memory: MemoryLimit()
      ) as? XSKMapMap
    )
    let target = RedirectTarget(map: ObjectIdentifier(sockets), key: 0, ifindex: 0)
    var path = try DataPath(wire, running: Always(4, target: target), maps: [sockets])
    try path.poll()
    #expect(path.tally[.noEntry] == 5)
    try sockets.set(NearlyFullSocket(), at: 0)
    wire.arriving = 5
    try path.poll()
    #expect(path.tally[PacketExit.socket] == 3)
    #expect(path.tally.delivered == 2)
    #expect(pool.available == 64)
  }

  @Test func `is passed packets that nobody wants`() throws {
    var path = try DataPath(wire, running: Always(.pass))
    try path.poll()
    #expect(path.tally.unclaimed == 5)
    #expect(path.tally.sendFailed == 0)
  }

  @Test func `is redirects by the reason why they failed`() throws {
    var nowhere = try DataPath(wire, running: Always(.redirect))
    try nowhere.poll()
    #expect(RedirectFailure.allCases.map { nowhere.tally[$0] } == [5, 0, 0, 0, 0, 0])
    wire.arriving = 4
    var unknown = try DataPath(wire, running: Always(.redirect, to: 99))
    try unknown.poll()
    #expect(RedirectFailure.allCases.map { unknown.tally[$0] } == [0, 4, 0, 0, 0, 0])
    #expect(unknown.tally.redirectFailed == 4)
  }

  @Test func `adds up over paths, with the first of what is told once`() throws {
    var first = try DataPath(wire, running: Always(77))
    try first.poll()
    wire.arriving = 2
    var second = try DataPath(wire, running: Always(88))
    try second.poll()
    var total = Tally()
    total += first.tally
    total += second.tally
    #expect(total.received == 7)
    #expect(total.receivedBytes == 420)
    #expect(total[.aborted] == 7)
    #expect(total.unknownCode == 7)
    #expect(total.firstUnknownCode == 77)
  }

  @Test func `copies that a broadcast makes, and those for which there is no frame`() throws {
    let devices = try UserMap.make(
      MapDefinition(name: "d", type: .devmap, keySize: 4, valueSize: 4, maxEntries: 2),
      cpuCount: 1,
      memory: MemoryLimit()
    )
    try devices.update([0, 0, 0, 0], to: [7, 0, 0, 0])
    try devices.update([1, 0, 0, 0], to: [1, 0, 0, 0])
    let target = RedirectTarget(
      map: ObjectIdentifier(devices),
      key: 0,
      ifindex: 0,
      flags: RedirectTarget.Flags.broadcast
    )
    let small = try FramePool(frameCount: 8)
    let wire = NearlyFull(1, pool: small)
    wire.arriving = 5
    var path = try DataPath(
      wire,
      running: Always(4, target: target),
      redirectingTo: [other],
      maps: [devices]
    )
    try path.poll()
    let tally = path.tally
    #expect(tally.copied == 3)
    #expect(tally.outOfCopies == 2)
    // Two were sent at each of the two exits.
    #expect(tally.transmitted == 4)
    #expect(tally[PacketExit.interface] == 4)
    #expect(tally.received + tally.copied == tally.transmitted + tally.sendFailed)
    #expect(small.available == 8)
  }

  @Test func `packets in fragments are copied whole, and reach only programs that know them`() throws {
    let devices = try UserMap.make(
      MapDefinition(name: "d", type: .devmap, keySize: 4, valueSize: 8, maxEntries: 2),
      cpuCount: 1,
      memory: MemoryLimit()
    )
    let holder = try #require(devices as? any ProgramHolder)
    holder.resolvePrograms { _ in Always(.pass) }
    try devices.update([0, 0, 0, 0], to: [7, 0, 0, 0, 0, 0, 0, 0])
    try devices.update([1, 0, 0, 0], to: [8, 0, 0, 0, 0, 0, 0, 0])
    func target(_ flags: RedirectTarget.Flags) -> RedirectTarget {
      RedirectTarget(map: ObjectIdentifier(devices), key: 0, ifindex: 0, flags: flags)
    }
    let frames = try FramePool(frameCount: 32)
    let wire = WireDriver(1, pool: frames), left = WireDriver(7, pool: frames),
      right = WireDriver(8, pool: frames)
    let long = (0..<9000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    wire.arriving = [long, [UInt8](repeating: 1, count: 60)]
    let all = wire.arriving
    var path = try DataPath(
      wire,
      running: Always(4, target: target(.broadcast), takesFragments: true),
      redirectingTo: [left, right],
      maps: [devices]
    )
    try path.poll()
    #expect(left.sent == all)
    #expect(right.sent == all)
    #expect(path.tally.copied == 2)
    // The entry's program does not know fragments: the long packet ends there.
    try devices.update([0, 0, 0, 0], to: [7, 0, 0, 0, 1, 0, 0, 0])
    wire.arriving = all
    path.attachPoint.replace(with: Always(4, target: target([]), takesFragments: true), maps: [devices])
    try path.poll()
    #expect(left.sent == all + [all[1]])
    #expect(path.tally[.noFragments] == 1)
    #expect(frames.available == 32)
    holder.removeAllPrograms()
  }

  @Test func `a function takes what is passed, a batch at a time`() throws {
    var lengths: [[UInt32]] = []
    let handler = PacketHandler { batch in lengths.append((0..<batch.count).map { batch[$0].length }) }
    var path = try DataPath(wire, running: Always(.pass), stack: handler)
    try path.poll()
    #expect(lengths == [[60, 60, 60, 60, 60]])
    #expect(path.tally.delivered == 5)
    #expect(pool.available == 64)
  }
}
