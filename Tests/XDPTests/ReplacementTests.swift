import BPF
import BPFJIT
import BPFMaps
import BPFRuntime
import BPFVerifier
import Synchronization
import TestSupport
import Testing
import XDP

/// An engine that writes its number into every packet, passes it, and says when it is gone.
private final class Numbered: ExecutionEngine {
  static let living = Atomic<Int>(0)
  let engineName = "numbered"
  let takesFragments = false
  let number: UInt64
  /// Not this any more once the engine is gone: who sees that has used a dead one.
  private let canary = Atomic<UInt64>(0x600D)

  init(_ number: UInt64) {
    self.number = number
    Self.living.add(1, ordering: .relaxed)
  }

  deinit {
    canary.store(0xDEAD, ordering: .relaxed)
    Self.living.subtract(1, ordering: .relaxed)
  }

  func run(_ batch: inout PacketBatch, verdicts: inout Verdicts, on worker: inout Worker) {
    for index in 0..<batch.count {
      var bytes = batch.mutableBytes(at: index)
      bytes.storeBytes(of: canary.load(ordering: .relaxed) == 0x600D ? number : .max, as: UInt64.self)
      verdicts.record(XDPAction.pass.rawValue, target: .none, at: index)
    }
  }
}

/// A stack that looks at the numbers of packets: they must never go back.
private final class Ascending: PacketSink {
  private let sink: Witness
  private var last: UInt64 = 0

  init(_ sink: Witness) { self.sink = sink }

  func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int {
    defer { batch.removeAll() }
    for index in 0..<batch.count {
      let number = unsafe batch.bytes(at: index).unsafeLoad(as: UInt64.self)
      if number < last || number == .max { sink.wrong.add(1, ordering: .relaxed) }
      last = number
    }
    sink.seen.add(UInt64(batch.count), ordering: .relaxed)
    return batch.count
  }
}

/// What the stacks of all workers saw.
private final class Witness: Sendable {
  let seen = Atomic<UInt64>(0)
  let wrong = Atomic<Int>(0)
}

/// An engine that is in its run until it is let out.
private final class Held: ExecutionEngine {
  let engineName = "held"
  let takesFragments = false
  let gate: Gate
  init(_ gate: Gate) { self.gate = gate }
  deinit { gate.isGone.store(true, ordering: .releasing) }

  func run(_ batch: inout PacketBatch, verdicts: inout Verdicts, on worker: inout Worker) {
    gate.isEntered.store(true, ordering: .releasing)
    while !gate.isOpen.load(ordering: .acquiring) { pause(.milliseconds(1)) }
    for index in 0..<batch.count { verdicts.record(1, target: .none, at: index) }
  }
}

private final class Gate: Sendable {
  let isEntered = Atomic<Bool>(false)
  let isOpen = Atomic<Bool>(false)
  let isGone = Atomic<Bool>(false)
}

/// Runs an object's first program on three workers with traffic and changes something meanwhile.
private func underTraffic(
  _ attachPoint: AttachPoint,
  loaded: LoadedObject? = nil,
  change: () throws -> Void
) throws -> (tally: Tally, record: TrafficRecord) {
  let record = TrafficRecord()
  let group = WorkerGroup(queueCount: 3) { queue in
    let pool = try FramePool(frameCount: 256)
    let driver = SteadyDriver(1, pool: pool, record: record)
    let other = SteadyDriver(7, pool: pool, record: record)
    return try DataPath(
      driver,
      at: attachPoint,
      on: loaded?.makeWorker(cpu: queue) ?? Worker(cpu: queue),
      stack: other,
      redirectingTo: [other]
    )
  }
  try group.start()
  #expect(comes { (0..<3).allSatisfy { group.tally(ofQueue: $0).received > 0 } })
  do {
    defer { group.stop.make() }
    try change()
    let before = group.tally.received
    #expect(comes { group.tally.received > before })
  }
  try group.join()
  let tally = group.tally
  #expect(tally.received == record.made.load(ordering: .relaxed))
  let outcomes = XDPAction.allCases.reduce(0) { $0 + tally[$1] }
  #expect(tally.received == outcomes)
  return (tally, record)
}

@Suite(.serialized) struct `Replacing under traffic` {
  private static let rounds: UInt64 = 20

  @Test
  func `gives every packet exactly one program's verdict, the old one's or the new's, and never goes back`()
    throws
  {
    let attachPoint = AttachPoint(Numbered(1)), witness = Witness(), record = TrafficRecord()
    let group = WorkerGroup(queueCount: 3) { queue in
      let driver = SteadyDriver(1, pool: try FramePool(frameCount: 128), record: record)
      return try DataPath(driver, at: attachPoint, on: Worker(cpu: queue), stack: Ascending(witness))
    }
    try group.start()
    for number in 2...Self.rounds {
      attachPoint.replace(with: Numbered(number))
      // The old one is gone when the new one has taken its place.
      #expect(Numbered.living.load(ordering: .relaxed) == 1)
    }
    group.stop.make()
    try group.join()
    #expect(witness.wrong.load(ordering: .relaxed) == 0)
    #expect(witness.seen.load(ordering: .relaxed) == record.made.load(ordering: .relaxed))
    #expect(group.tally.delivered == group.tally.received)
  }

  @Test func `lets go of the old program after the batch that runs it, and not before`() throws {
    let gate = Gate(), attachPoint = AttachPoint(Held(gate)), isReplaced = Atomic<Bool>(false)
    let record = TrafficRecord()
    let group = WorkerGroup(queueCount: 1) { _ in
      try DataPath(SteadyDriver(1, pool: FramePool(frameCount: 128), record: record), at: attachPoint)
    }
    try group.start()
    let isEntered = comes { gate.isEntered.load(ordering: .acquiring) }
    #expect(isEntered)
    together([
      {
        attachPoint.replace(with: Always(.drop))
        isReplaced.store(true, ordering: .releasing)
      },
      {
        pause(.milliseconds(50))
        #expect(isReplaced.load(ordering: .acquiring) == false)
        #expect(gate.isGone.load(ordering: .acquiring) == false)
        gate.isOpen.store(true, ordering: .releasing)
      },
    ])
    #expect(gate.isGone.load(ordering: .acquiring) == true)
    group.stop.make()
    try group.join()
    #expect(group.tally[.drop] == record.made.load(ordering: .relaxed))
  }

  @Test func `does not wait for a worker that rests`() throws {
    let record = TrafficRecord()
    record.isQuiet.store(true, ordering: .relaxed)
    let attachPoint = AttachPoint(Numbered(1))
    let group = WorkerGroup(queueCount: 2) { _ in
      try DataPath(SteadyDriver(1, pool: FramePool(frameCount: 128), record: record), at: attachPoint)
    }
    try group.start()
    #expect(comes { record.rests.load(ordering: .relaxed) > 2 })
    for number in 2...Self.rounds { attachPoint.replace(with: Numbered(number)) }
    #expect(Numbered.living.load(ordering: .relaxed) == 1)
    group.stop.make()
    try group.join()
  }

  @Test(arguments: ["interpreter", "jit"])
  func `takes programs as they are loaded, each with maps of its own`(engine: String) throws {
    guard engine == "interpreter" || CompiledProgram.isSupported else { return }
    let counts = MapDefinition(name: "counts", type: .perCPUArray, keySize: 4, valueSize: 8, maxEntries: 1)
    /// Counts its packets and returns a verdict.
    func load(_ verdict: Int32) throws -> (LoadedObject, any ExecutionEngine) {
      let program = Program(
        "counting",
        [
          .store(.word, .immediate(0), to: Address(.r10, -4)), .loadImmediate(.r1, .map(index: 0)),
          .alu(.mov, .doubleWord, .r2, .register(.r10)), .alu(.add, .doubleWord, .r2, .immediate(-4)),
          .call(.helper(1)), .branch(.eq, .doubleWord, .r0, .immediate(0), offset: 3),
          .load(.doubleWord, .r1, from: Address(.r0)), .alu(.add, .doubleWord, .r1, .immediate(1)),
          .store(.doubleWord, .register(.r1), to: Address(.r0)),
          .alu(.mov, .doubleWord, .r0, .immediate(verdict)), .exit,
        ],
        maps: [counts]
      )
      let verified = try Verifier(.xdp(processorCount: 3)).verify(program)
      let loaded = try LoadedObject([verified], options: LoadOptions(cpuCount: 3))
      return (loaded, engine == "jit" ? try loaded.compiled(verified) : loaded.engines[0])
    }
    func counted(_ loaded: LoadedObject) throws -> UInt64 {
      let values = try #require(try loaded.maps[0].lookup([0, 0, 0, 0]))
      return stride(from: 0, to: values.count, by: 8).reduce(0) { sum, place in
        sum + (0..<8).reduce(0) { $0 | UInt64(values[place + $1]) << UInt64(8 * $1) }
      }
    }
    let (dropping, first) = try load(1), (bouncing, second) = try load(3)
    let attachPoint = AttachPoint(first, maps: dropping.maps)
    let (tally, record) = try underTraffic(attachPoint, loaded: dropping) {
      for round in 0..<Int(Self.rounds) {
        let isEven = round % 2 == 0
        attachPoint.replace(with: isEven ? second : first, maps: isEven ? bouncing.maps : dropping.maps)
        if round % 4 == 0 { pause(.milliseconds(1)) }
      }
    }
    #expect(tally[.drop] + tally[.tx] == tally.received)
    #expect(tally[.drop] > 0 && tally[.tx] > 0)
    #expect(record.sent.load(ordering: .relaxed) == tally[.tx])
    #expect(try counted(dropping) == tally[.drop])
    #expect(try counted(bouncing) == tally[.tx])
  }

  @Test func `a program array's entry changes, and no packet misses it`() throws {
    let stages = MapDefinition(
      name: "stages",
      type: .programArray,
      keySize: 4,
      valueSize: 4,
      maxEntries: 1,
      initialContents: .programs([0: "drops"])
    )
    let jump: [Instruction] = [
      .loadImmediate(.r2, .map(index: 0)), .alu(.mov, .doubleWord, .r3, .immediate(0)), .call(.helper(12)),
      .alu(.mov, .doubleWord, .r0, .immediate(0)), .exit,
    ]
    let loaded = try LoadedObject(
      unverified: [
        Program("first", jump, maps: [stages]), Program("drops", returning(1), maps: [stages]),
        Program("bounces", returning(3), maps: [stages]),
      ],
      options: LoadOptions(cpuCount: 3)
    )
    let (tally, _) = try underTraffic(AttachPoint(loaded.engines[0], maps: loaded.maps), loaded: loaded) {
      for round in 0..<Int(Self.rounds) {
        try loaded.maps[0].update([0, 0, 0, 0], to: [round % 2 == 0 ? 3 : 2, 0, 0, 0])
      }
    }
    #expect(tally[.drop] + tally[.tx] == tally.received)
  }

  @Test func `the program of a devmap's entry changes, and every packet has met one of them`() throws {
    let devices = MapDefinition(name: "devices", type: .devmap, keySize: 4, valueSize: 8, maxEntries: 1)
    let redirecting: [Instruction] = [
      .loadImmediate(.r1, .map(index: 0)), .alu(.mov, .doubleWord, .r2, .immediate(0)),
      .alu(.mov, .doubleWord, .r3, .immediate(0)), .call(.helper(51)), .exit,
    ]
    let loaded = try LoadedObject(
      unverified: [
        Program("first", redirecting, maps: [devices]),
        Program("passes", returning(2), attachType: .devmap, maps: [devices]),
        Program("drops", returning(1), attachType: .devmap, maps: [devices]),
      ],
      options: LoadOptions(cpuCount: 3)
    )
    try loaded.maps[0].update([0, 0, 0, 0], to: [7, 0, 0, 0, 2, 0, 0, 0])
    let attachPoint = AttachPoint(loaded.engines[0], maps: loaded.maps)
    let (tally, record) = try underTraffic(attachPoint, loaded: loaded) {
      for round in 0..<Int(Self.rounds) {
        try loaded.maps[0].update([0, 0, 0, 0], to: [7, 0, 0, 0, round % 2 == 0 ? 3 : 2, 0, 0, 0])
      }
    }
    #expect(tally[.redirect] == tally.received)
    #expect(tally.transmitted + tally.droppedOnTheWay == tally.received)
    #expect(tally.droppedOnTheWay > 0)
    #expect(record.sent.load(ordering: .relaxed) == tally.transmitted)
  }

  @Test func `an inner map changes, and every packet finds the old one or the new`() throws {
    let inner = MapDefinition(name: "inner", type: .array, keySize: 4, valueSize: 8, maxEntries: 1)
    let outer = MapDefinition(
      name: "outer",
      type: .arrayOfMaps,
      keySize: 4,
      valueSize: 4,
      maxEntries: 1,
      inner: [inner]
    )
    // The verdict is what lies in the inner map; aborted where there is none.
    let looking: [Instruction] = [
      .store(.word, .immediate(0), to: Address(.r10, -4)), .loadImmediate(.r1, .map(index: 0)),
      .alu(.mov, .doubleWord, .r2, .register(.r10)), .alu(.add, .doubleWord, .r2, .immediate(-4)),
      .call(.helper(1)), .branch(.eq, .doubleWord, .r0, .immediate(0), offset: 6),
      .alu(.mov, .doubleWord, .r1, .register(.r0)), .alu(.mov, .doubleWord, .r2, .register(.r10)),
      .alu(.add, .doubleWord, .r2, .immediate(-4)), .call(.helper(1)),
      .branch(.eq, .doubleWord, .r0, .immediate(0), offset: 1), .load(.doubleWord, .r0, from: Address(.r0)),
      .exit,
    ]
    let loaded = try LoadedObject(
      unverified: [Program("first", looking, maps: [outer])],
      options: LoadOptions(cpuCount: 3)
    )
    func put(_ verdict: UInt8) throws {
      let map = try UserMap.make(inner, cpuCount: 3, memory: MemoryLimit())
      try map.update([0, 0, 0, 0], to: [verdict, 0, 0, 0, 0, 0, 0, 0])
      try withExtendedLifetime(map) {
        try loaded.maps[0].update(
          [0, 0, 0, 0],
          to: (0..<4).map { UInt8(truncatingIfNeeded: map.id >> (8 * $0)) }
        )
      }
    }
    try put(1)
    let (tally, _) = try underTraffic(AttachPoint(loaded.engines[0], maps: loaded.maps), loaded: loaded) {
      for round in 0..<Int(Self.rounds) { try put(round % 2 == 0 ? 3 : 1) }
    }
    #expect(tally[.drop] + tally[.tx] == tally.received)
    #expect(tally[.tx] > 0)
  }
}
