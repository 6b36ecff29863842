import BPF
import BPFMaps
import BPFRuntime
import LinuxKernel
import TestSupport
import Testing
import XDP

@Suite(KernelAccess.required) struct `Maps of maps in user space and in the kernel` {
  private static let usualInner = MapDefinition(
    name: "inner",
    type: .array,
    keySize: 4,
    valueSize: 8,
    maxEntries: 2
  )

  private static func outer(_ type: MapType, inner: MapDefinition = usualInner) -> MapDefinition {
    MapDefinition(name: "outer", type: type, keySize: 4, valueSize: 4, maxEntries: 3, inner: [inner])
  }

  /// Maps to put in: fit ones, and ones that are unlike the inner map in one thing each.
  private static func candidates(_ inner: MapDefinition) -> [MapDefinition] {
    func changed(_ change: (inout MapDefinition) -> Void) -> MapDefinition {
      var map = inner
      change(&map)
      return map
    }
    return [
      inner, inner, changed { $0.maxEntries *= 2 }, changed { $0.valueSize += inner.keySize == 0 ? 0 : 4 },
      changed { $0.flags.formSymmetricDifference(.readOnly) },
      changed { $0.flags.formSymmetricDifference(.numaNode) },
      changed { $0.flags.formSymmetricDifference(.readOnlyForPrograms) },
      changed { $0.flags.formSymmetricDifference(.innerMap) },
      MapDefinition(name: "other", type: .hash, keySize: 4, valueSize: 8, maxEntries: 2),
    ]
  }

  /// One side: the map of maps, and the candidates that could be made.
  private struct Side {
    var outer: any BPFMap
    var candidates: [(any BPFMap)?]

    /// Does one thing; ids in answers become the numbers of candidates.
    func perform(_ operation: MapOperation) -> MapOperation.Answer {
      var operation = operation
      if case .update(let key, let value, let flags) = operation {
        let id = value[0] < candidates.count ? candidates[Int(value[0])]?.id ?? 0 : 0x7FFF_FFFF
        operation = .update(key, MapSubject.key(Int(id), 4), flags: flags)
      }
      guard case .bytes(let bytes?) = operation.perform(on: outer), case .lookup = operation else {
        return operation.perform(on: outer)
      }
      return .bytes([UInt8(candidates.firstIndex { $0.map { MapSubject.key(Int($0.id), 4) } == bytes } ?? 99)]
      )
    }
  }

  private static let inners: [MapDefinition] = [
    usualInner,
    MapDefinition(
      name: "inner",
      type: .array,
      keySize: 4,
      valueSize: 8,
      maxEntries: 2,
      flags: .innerMap
    ),
    MapDefinition(name: "inner", type: .hash, keySize: 4, valueSize: 8, maxEntries: 2),
    MapDefinition(name: "inner", type: .perCPUArray, keySize: 4, valueSize: 8, maxEntries: 2),
    MapDefinition(name: "inner", type: .lruPerCPUHash, keySize: 4, valueSize: 8, maxEntries: 2),
    MapDefinition(
      name: "inner",
      type: .lpmTrie,
      keySize: 8,
      valueSize: 8,
      maxEntries: 2,
      flags: .noPreallocation
    ),
    MapDefinition(name: "inner", type: .devmap, keySize: 4, valueSize: 4, maxEntries: 2),
    MapDefinition(name: "inner", type: .devmapHash, keySize: 4, valueSize: 4, maxEntries: 2),
    MapDefinition(name: "inner", type: .cpumap, keySize: 4, valueSize: 4, maxEntries: 2),
    MapDefinition(name: "inner", type: .xskmap, keySize: 4, valueSize: 4, maxEntries: 2),
    MapDefinition(name: "inner", type: .queue, keySize: 0, valueSize: 8, maxEntries: 2),
    MapDefinition(name: "inner", type: .bloomFilter, keySize: 0, valueSize: 8, maxEntries: 2),
    MapDefinition(name: "inner", type: .perfEventArray, keySize: 4, valueSize: 4, maxEntries: 2),
    MapDefinition(name: "inner", type: .ringBuffer, keySize: 0, valueSize: 0, maxEntries: 4096),
  ]

  @Test(arguments: [MapType.arrayOfMaps, .hashOfMaps], inners)
  func `take the same maps and answer the same`(type: MapType, inner: MapDefinition) throws {
    let cpuCount = try PossibleCPUs.count()
    let candidates = Self.candidates(inner)
    let ours = try Side(
      outer: UserMap.make(Self.outer(type, inner: inner), cpuCount: cpuCount, memory: MemoryLimit()),
      candidates: candidates.map { try? UserMap.make($0, cpuCount: cpuCount, memory: MemoryLimit()) }
    )
    let kernels = try Side(
      outer: KernelMap.make(Self.outer(type, inner: inner)),
      candidates: candidates.map { try? KernelMap.make($0) }
    )
    #expect(ours.candidates.map { $0 == nil } == kernels.candidates.map { $0 == nil })
    let usable = candidates.indices.filter { ours.candidates[$0] != nil }.map { UInt8($0) } + [200]
    let keys = (0..<5).map { MapSubject.key($0, 4) }
    var random = SplitMix(seed: UInt64(inner.type.rawValue))
    for _ in 0..<300 {
      let operation: MapOperation
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<2: operation = .lookup(random.pick(keys))
      case 2: operation = .delete(random.pick(keys))
      case 3: operation = .take(random.pick(keys), flags: 0)
      default:
        let flags = random.pick([0, 0, 0, 0, 1, 2, 3, 4, 8, UInt64.max])
        operation = .update(random.pick(keys), [random.pick(usable)], flags: flags)
      }
      let answers = [ours.perform(operation), kernels.perform(operation)]
      try #require(answers[0] == answers[1], "\(operation): \(answers)")
    }
  }

  /// Looks an inner map up in slot `key`, counts packets in its element 0, and returns what it found there plus 2.
  private static let counting = """
    *(u32 *)(r10 -4) = 0
    *(u32 *)(r10 -8) = 1
    r1 = map[idx:0]
    r2 = r10
    r2 += -8
    call 1
    if r0 == 0 goto none
    r1 = r0
    r2 = r10
    r2 += -4
    call 1
    if r0 == 0 goto none
    r1 = *(u64 *)(r0 +0)
    r1 += 1
    *(u64 *)(r0 +0) = r1
    r0 = r1
    exit
    none:
    r0 = 77
    exit
    """

  @Test(arguments: [MapType.arrayOfMaps, .hashOfMaps])
  func `a program counts in the map that it finds, on every engine`(type: MapType) throws {
    let program = try Program.assembled(Self.counting, maps: [Self.outer(type)])
    let kernel = try KernelEngine.load(program)
    let object = try LoadedObject(unverified: [program])
    let oracleObject = try LoadedObject(unverified: [program])
    let packet = [UInt8](repeating: 0, count: 60), key = MapSubject.key(1, 4)
    var fast = try PacketTest(object.engines[0], on: object.makeWorker())
    var strict = try PacketTest(
      oracleObject.oracle(for: oracleObject.engines[0]),
      on: oracleObject.makeWorker()
    )
    func returned() throws -> [UInt32] {
      let outcomes = [try fast.run(PacketTest.Input(packet)), try strict.run(PacketTest.Input(packet))]
      for outcome in outcomes { if let trap = outcome.trap { throw trap } }
      return try outcomes.map(\.returned) + [kernel.testRun(packet: packet).returned]
    }
    #expect(try returned() == [77, 77, 77])
    let outers: [any BPFMap] = [object.maps[0], oracleObject.maps[0], kernel.maps[0]]
    let first = try outers.map { try $0.makeInnerMap() }
    for (outer, inner) in zip(outers, first) {
      try outer.update(key, to: MapSubject.key(Int(inner.id), 4), .any)
    }
    #expect(try returned() == [1, 1, 1])
    #expect(try returned() == [2, 2, 2])
    let second = try outers.map { try $0.makeInnerMap() }
    for (outer, inner) in zip(outers, second) {
      try inner.update(MapSubject.key(0, 4), to: MapSubject.key(40, 8), .any)
      try outer.update(key, to: MapSubject.key(Int(inner.id), 4), .any)
    }
    #expect(try returned() == [41, 41, 41])
    for (outer, inner) in zip(outers, first) {
      #expect(try inner.lookup(MapSubject.key(0, 4)) == MapSubject.key(2, 8))
      #expect(try outer.innerMap(for: key)?.lookup(MapSubject.key(0, 4)) == MapSubject.key(41, 8))
      try outer.delete(key)
    }
    #expect(try returned() == [77, 77, 77])
  }
}
