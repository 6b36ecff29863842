import BPF
import BPFMaps
import Testing
import XDP

@Suite struct `Redirecting through maps` {
  private let pool: FramePool
  private let wire: WireDriver
  private let second: WireDriver
  private let third: WireDriver
  private let stack: WireDriver
  private let packets = (0..<5).map { [UInt8](repeating: UInt8($0), count: 60) }

  init() throws {
    pool = try FramePool(frameCount: 32)
    wire = WireDriver(1, pool: pool)
    second = WireDriver(7, pool: try FramePool(frameCount: 8))
    third = WireDriver(8, pool: try FramePool(frameCount: 8))
    stack = WireDriver(9, pool: pool)
    wire.arriving = packets
  }

  /// Redirects everything to the key 0 of the first map, with these flags.
  private func redirecting(flags: UInt64 = 0, maps: [MapDefinition]) -> Program {
    Program(
      "first",
      [
        .loadImmediate(.r1, .map(index: 0)), .alu(.mov, .doubleWord, .r2, .immediate(0)),
        .loadImmediate(.r3, .value(flags)), .call(.helper(51)), .exit,
      ],
      maps: maps
    )
  }

  /// Drops packets that begin with 1, gives the verdict to the others and marks their second byte with a context field.
  private func second(
    _ type: AttachType,
    verdict: Int32,
    marking field: Int16,
    maps: [MapDefinition]
  ) -> Program {
    Program(
      "second",
      [
        .load(.word, .r2, from: Address(.r1, 0)), .load(.byte, .r3, from: Address(.r2)),
        .load(.word, .r4, from: Address(.r1, field)), .store(.byte, .register(.r4), to: Address(.r2, 1)),
        .alu(.mov, .doubleWord, .r0, .immediate(verdict)),
        .branch(.ne, .doubleWord, .r3, .immediate(1), offset: 1),
        .alu(.mov, .doubleWord, .r0, .immediate(1)), .exit,
      ],
      attachType: type,
      maps: maps
    )
  }

  private static let devices = MapDefinition(
    name: "devices",
    type: .devmap,
    keySize: 4,
    valueSize: 8,
    maxEntries: 8
  )

  /// An entry of a devmap: the interface and the program's id.
  private static func entry(_ ifindex: UInt8, _ program: UInt8 = 0) -> [UInt8] {
    [ifindex, 0, 0, 0, program, 0, 0, 0]
  }

  private func path(_ object: LoadedObject, mode: AttachMode = .native) throws -> DataPath {
    try DataPath(
      wire,
      running: object.engines[0],
      stack: stack,
      redirectingTo: [second, third],
      maps: object.maps,
      mode: mode
    )
  }

  @Test func `a devmap's entry says where packets go`() throws {
    let object = try LoadedObject(unverified: [redirecting(maps: [Self.devices])])
    try object.maps[0].update([0, 0, 0, 0], to: Self.entry(8))
    var path = try path(object)
    try path.poll()
    #expect(third.sent == packets)
    #expect(path.tally.transmitted == 5)
    #expect(pool.available == 32)
  }

  @Test(arguments: [AttachMode.native, .generic])
  func `a devmap's program sees the packet leave, and decides whether it does`(mode: AttachMode) throws {
    let object = try LoadedObject(unverified: [
      redirecting(maps: [Self.devices]), second(.devmap, verdict: 2, marking: 20, maps: [Self.devices]),
    ])
    try object.maps[0].update([0, 0, 0, 0], to: Self.entry(7, 2))
    var path = try path(object, mode: mode)
    try path.poll()
    let left = [packets[0]] + packets[2...]
    #expect(second.sent == left.map { [$0[0], 7] + $0.dropFirst(2) })
    #expect(path.tally.droppedOnTheWay == 1)
    #expect(path.tally.abortedOnTheWay == 0)
    #expect(path.tally.transmitted == 4)
    #expect(path.tally[.redirect] == 5)
    #expect(pool.available == 32)
  }

  @Test(arguments: [0, 3, 4, 9] as [Int32])
  func `a devmap's program can only pass and drop`(verdict: Int32) throws {
    let object = try LoadedObject(unverified: [
      redirecting(maps: [Self.devices]), second(.devmap, verdict: verdict, marking: 12, maps: [Self.devices]),
    ])
    try object.maps[0].update([0, 0, 0, 0], to: Self.entry(7, 2))
    var path = try path(object)
    try path.poll()
    #expect(second.sent.isEmpty && wire.sent.isEmpty)
    #expect(path.tally.abortedOnTheWay == 4)
    #expect(path.tally.droppedOnTheWay == 1)
    #expect(pool.available == 32)
  }

  @Test func `a trap of a devmap's program is counted and kept`() throws {
    let bad = Program(
      "second",
      [.load(.byte, .r0, from: Address(.r1, 100)), .exit],
      attachType: .devmap,
      maps: [Self.devices]
    )
    let object = try LoadedObject(unverified: [redirecting(maps: [Self.devices]), bad])
    try object.maps[0].update([0, 0, 0, 0], to: Self.entry(7, 2))
    var path = try path(object)
    try path.poll()
    #expect(path.tally.trapped == 5)
    #expect(path.tally.abortedOnTheWay == 5)
    #expect(path.tally.firstTrap?.slot == 0)
    #expect(path.tally[.aborted] == 0)
  }

  @Test(arguments: [(8, [1, 7, 8]), (24, [7, 8])] as [(UInt64, [UInt32])])
  func `a broadcast reaches every interface of the map, or all but its own`(
    flags: UInt64,
    reached: [UInt32]
  ) throws {
    let object = try LoadedObject(unverified: [
      redirecting(flags: flags, maps: [Self.devices]),
      second(.devmap, verdict: 2, marking: 20, maps: [Self.devices]),
    ])
    for (position, entry) in [Self.entry(1), Self.entry(7, 2), Self.entry(99), Self.entry(8)].enumerated() {
      try object.maps[0].update([UInt8(position * 2), 0, 0, 0], to: entry)
    }
    var path = try path(object)
    try path.poll()
    #expect(wire.sent == (reached.contains(1) ? packets : []))
    #expect(third.sent == packets)
    // The copy for interface 7 alone was changed by its program.
    #expect(second.sent == ([packets[0]] + packets[2...]).map { [$0[0], 7] + $0.dropFirst(2) })
    #expect(path.tally.transmitted == UInt64(reached.count * 5 - 1))
    #expect(pool.available == 32)
  }

  @Test func `a broadcast of a map without a known interface fails`() throws {
    let object = try LoadedObject(unverified: [redirecting(flags: 24, maps: [Self.devices])])
    try object.maps[0].update([0, 0, 0, 0], to: Self.entry(1))
    try object.maps[0].update([1, 0, 0, 0], to: Self.entry(50))
    var path = try path(object)
    try path.poll()
    #expect(path.tally.redirectFailed == 5)
    #expect(pool.available == 32)
  }

  @Test func `a broadcast takes as many interfaces as the map names, one twice if it does`() throws {
    let object = try LoadedObject(unverified: [redirecting(flags: 8, maps: [Self.devices])])
    for position in 0..<4 { try object.maps[0].update([UInt8(position), 0, 0, 0], to: Self.entry(7)) }
    let large = WireDriver(1, pool: try FramePool(frameCount: 400))
    large.arriving = (0..<20).map { [UInt8](repeating: UInt8($0), count: 60) }
    var path = try DataPath(large, running: object.engines[0], redirectingTo: [second], maps: object.maps)
    try path.poll()
    #expect(second.sent.count == 80)
    #expect(large.pool.available == 400)
  }
}

/// A map of CPUs or sockets with one entry, which the test sets.
///
/// Unsafe: `value` is allocated as long as the map lives.
@safe private class StandInMap: UserMap, RedirectMap, @unchecked Sendable {
  fileprivate var object: AnyObject?
  private let value = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)

  init(_ type: MapType, to object: AnyObject? = nil) {
    self.object = object
    unsafe value.initializeMemory(as: UInt8.self, repeating: 9, count: 8)
    let definition = MapDefinition(name: "standin", type: type, keySize: 4, valueSize: 4, maxEntries: 1)
    super.init(definition: definition, cpuCount: 1)
  }

  deinit { unsafe value.deallocate() }

  func target(for key: UInt32) -> RedirectEntry? { key == 0 ? RedirectEntry(number: 9) : nil }
  func object(for key: UInt32) -> AnyObject? { object }
  func targetKeys() -> [UInt32] { [0] }

  @unsafe override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    unsafe key.loadUnaligned(as: UInt32.self) == 0 ? value : nil
  }
}

/// A cpumap whose program the test puts in once it is made.
private final class LoopMap: StandInMap, @unchecked Sendable {
  var next: AnyObject? {
    get { object }
    set { object = newValue }
  }

  init() { super.init(.cpumap) }
}

/// A socket that keeps what it is given.
private final class KeptSocket: SocketSink {
  let queue: UInt32
  var packets: [[UInt8]] = []

  init(queue: UInt32) { self.queue = queue }

  func isBound(to ifindex: UInt32, queue: UInt32) -> Bool { ifindex == 1 && queue == self.queue }

  func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int {
    defer { batch.removeAll() }
    for index in 0..<batch.count { packets.append(batch.copiedBytes(at: index)) }
    return batch.count
  }
}

@Suite struct `Redirecting to CPUs and sockets` {
  private let pool: FramePool
  private let wire: WireDriver
  private let other: WireDriver
  private let stack: WireDriver
  private let packets = (0..<5).map { [UInt8](repeating: UInt8($0), count: 60) }

  init() throws {
    pool = try FramePool(frameCount: 32)
    wire = WireDriver(1, pool: pool)
    other = WireDriver(7, pool: try FramePool(frameCount: 8))
    stack = WireDriver(9, pool: pool)
    wire.arriving = packets
  }

  private func path(_ map: StandInMap) throws -> DataPath {
    let first = try engine(
      [
        .loadImmediate(.r1, .map(index: 0)), .alu(.mov, .doubleWord, .r2, .immediate(0)),
        .alu(.mov, .doubleWord, .r3, .immediate(0)), .call(.helper(51)), .exit,
      ],
      maps: [map]
    )
    return try DataPath(wire, running: first, stack: stack, redirectingTo: [other], maps: [map])
  }

  @Test func `a CPU without a program hands packets to the stack`() throws {
    var path = try path(StandInMap(.cpumap))
    try path.poll()
    #expect(stack.sent == packets)
    #expect(path.tally.delivered == 5)
    #expect(pool.available == 32)
  }

  @Test func `a CPU's program passes, redirects and drops`() throws {
    // The first byte is the verdict; redirects go to interface 7.
    let second = try engine(
      [
        .load(.word, .r2, from: Address(.r1, 0)), .load(.byte, .r6, from: Address(.r2)),
        .alu(.mov, .doubleWord, .r1, .immediate(7)), .alu(.mov, .doubleWord, .r2, .immediate(0)),
        .call(.helper(23)), .alu(.mov, .doubleWord, .r0, .register(.r6)), .exit,
      ],
      attachType: .cpumap
    )
    var path = try path(StandInMap(.cpumap, to: second))
    try path.poll()
    #expect(stack.sent == [packets[2]])
    #expect(other.sent == [packets[4]])
    #expect(wire.sent.isEmpty)
    #expect(path.tally.droppedOnTheWay == 1)
    #expect(path.tally.abortedOnTheWay == 2)
    #expect(pool.available == 32)
  }

  @Test func `programs of CPUs that lead to each other without an end are stopped`() throws {
    let loop = LoopMap()
    let code: [Instruction] = [
      .loadImmediate(.r1, .map(index: 0)), .alu(.mov, .doubleWord, .r2, .immediate(0)),
      .alu(.mov, .doubleWord, .r3, .immediate(0)), .call(.helper(51)), .exit,
    ]
    loop.next = try engine(code, attachType: .cpumap, maps: [loop])
    var path = try DataPath(wire, running: engine(code, maps: [loop]), stack: stack, maps: [loop])
    try path.poll()
    #expect(stack.sent.isEmpty)
    #expect(path.tally.redirectFailed == 5)
    #expect(pool.available == 32)
    loop.next = nil
  }

  @Test(arguments: [1, 2] as [UInt32])
  func `a socket gets packets of its own queue alone`(queue: UInt32) throws {
    let socket = KeptSocket(queue: queue)
    var path = try path(StandInMap(.xskmap, to: socket))
    try path.poll()
    #expect(socket.packets == (queue == 1 ? packets : []))
    #expect(path.tally.delivered == (queue == 1 ? 5 : 0))
    #expect(path.tally.redirectFailed == (queue == 1 ? 0 : 5))
    #expect(pool.available == 32)
  }
}
