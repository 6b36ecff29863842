import BPF
import BPFMaps
import BPFRuntime
import Synchronization
import TestSupport
import Testing

/// Programs on four workers at once, over the same maps; under the thread sanitizer too (`make sanitize`).
@Suite struct `Programs on several workers at once` {
  private static let workers = 4
  private static let runs = 3000

  private func map(
    _ type: MapType,
    key: Int = 4,
    value: Int,
    entries: Int,
    fields: [KernelField] = []
  ) throws -> UserMap {
    let definition = MapDefinition(
      name: "table",
      type: type,
      keySize: key,
      valueSize: value,
      maxEntries: entries,
      flags: type == .lpmTrie ? .noPreallocation : [],
      fields: fields
    )
    return try UserMap.make(definition, cpuCount: Self.workers, memory: MemoryLimit(), hashSeed: 1)
  }

  /// What a program answers in each of its runs on one worker; a trap is nil.
  private func results(
    _ mode: Mode,
    _ program: Program,
    _ environment: Environment,
    cpu: Int
  ) throws -> [UInt64?] {
    let machine = Machine(cpu: cpu)
    machine.state.seed(UInt64(cpu + 1))
    switch mode {
    case .fast:
      let engine = try Interpreter(program, in: environment)
      return (0..<Self.runs).map { _ in engine.run(on: machine).value }
    case .oracle:
      let engine = try OracleInterpreter(program, in: environment)
      return (0..<Self.runs).map { _ in engine.run(on: machine).value }
    }
  }

  /// Runs the programs, one a worker in turn, and `beside` them until all are done; gives what each worker's runs answered.
  private func run(
    _ mode: Mode,
    _ texts: [String],
    maps: [UserMap],
    beside: @escaping @Sendable () -> Void = {}
  ) throws -> [[UInt64?]] {
    let environment = Environment(
      context: ContextLayout(byteCount: 0, fields: []),
      helpers: .general,
      maps: maps
    )
    let programs = try texts.map { Program("test", try Assembler.assemble($0), license: "GPL") }
    let answers = Mutex([[UInt64?]](repeating: [], count: Self.workers)), running = Atomic(Self.workers)
    var bodies: [@Sendable () -> Void] = (0..<Self.workers).map { cpu in
      {
        let all = try? results(mode, programs[cpu % programs.count], environment, cpu: cpu)
        answers.withLock { $0[cpu] = all ?? [] }
        running.subtract(1, ordering: .relaxed)
      }
    }
    bodies.append { while running.load(ordering: .relaxed) > 0 { beside() } }
    together(bodies)
    return answers.withLock { $0 }
  }

  @Test(arguments: Mode.allCases)
  func `atomic additions are never lost`(mode: Mode) throws {
    let counters = try map(.array, value: 16, entries: 1)
    let add = """
      r1 = map[idx:0][0]+0
      r2 = 1
      lock *(u64 *)(r1 +0) += r2
      r3 = 3
      w3 = atomic_fetch_add((u32 *)(r1 +8), w3)
      r0 = 0
      exit
      """
    let answers = try run(mode, [add], maps: [counters])
    #expect(answers.allSatisfy { $0 == [UInt64?](repeating: 0, count: Self.runs) })
    let total = UInt64(Self.workers * Self.runs)
    #expect(try counters.lookup([0, 0, 0, 0]) == bytes(total) + bytes(3 * total))
  }

  /// The writers' two halves are always equal, and so must be the reader's.
  @Test(arguments: Mode.allCases)
  func `an aligned word never tears`(mode: Mode) throws {
    let word = try map(.array, value: 8, entries: 1)
    let write = """
      call bpf_get_prandom_u32#7
      r6 = r0
      r6 <<= 32
      r6 |= r0
      r1 = map[idx:0][0]+0
      *(u64 *)(r1 +0) = r6
      r0 = 0
      exit
      """
    let read = """
      r1 = map[idx:0][0]+0
      r0 = *(u64 *)(r1 +0)
      r1 = r0
      r1 >>= 32
      w0 = w0
      r0 ^= r1
      exit
      """
    let torn = Atomic(0)
    let answers = try run(mode, [write, read], maps: [word]) {
      let value = (try? word.lookup([0, 0, 0, 0])) ?? [1]
      if value.prefix(4) != value.suffix(4) { torn.add(1, ordering: .relaxed) }
    }
    #expect(answers.allSatisfy { $0 == [UInt64?](repeating: 0, count: Self.runs) })
    #expect(torn.load(ordering: .relaxed) == 0)
  }

  /// A record is a worker's number and a count of its own; a reader takes them out meanwhile.
  @Test(arguments: Mode.allCases)
  func `records of a ring come out whole, in each writer's order, and none is lost`(mode: Mode) throws {
    let ring = try map(.ringBuffer, key: 0, value: 0, entries: 4096)
    let counts = try map(.perCPUArray, value: 8, entries: 1)
    let send = """
      *(u32 *)(r10 -4) = 0
      r1 = map[idx:1]
      r2 = r10
      r2 += -4
      call bpf_map_lookup_elem#1
      if r0 == 0 goto +17
      r7 = r0
      r1 = map[idx:0]
      r2 = 16
      r3 = 0
      call bpf_ringbuf_reserve#131
      if r0 == 0 goto +10
      r6 = r0
      call bpf_get_smp_processor_id#8
      *(u64 *)(r6 +0) = r0
      r1 = *(u64 *)(r7 +0)
      *(u64 *)(r6 +8) = r1
      r1 += 1
      *(u64 *)(r7 +0) = r1
      r1 = r6
      r2 = 0
      call bpf_ringbuf_submit#132
      r0 = 0
      exit
      """
    let taken = Mutex<[[UInt8]]>([])
    let read: @Sendable () -> Void = {
      if let ring = ring as? RingBufferMap { taken.withLock { $0 += ring.takeRecords() } }
    }
    let answers = try run(mode, [send], maps: [ring, counts], beside: read)
    read()
    #expect(answers.allSatisfy { $0 == [UInt64?](repeating: 0, count: Self.runs) })
    let records = taken.withLock { $0 }
    let sent = try #require(try counts.lookup([0, 0, 0, 0]))
    for worker in 0..<Self.workers {
      let mine = records.filter { $0.prefix(8) == bytes(UInt64(worker))[...] }.map { number($0.suffix(8)) }
      #expect(mine == Array(0..<number(sent[(8 * worker)..<(8 * worker + 8)])))
    }
    #expect(records.allSatisfy { $0.count == 16 })
  }

  /// Workers insert, remove and look up under 256 random keys, and one key stays that nobody removes.
  @Test(
    arguments: [MapType.hash, .lruHash, .perCPUHash, .lpmTrie],
    Mode.allCases
  )
  func `keys come and go, and the one that stays is always found`(type: MapType, mode: Mode) throws {
    let isTrie = type == .lpmTrie
    let table = try map(type, key: isTrie ? 8 : 4, value: 8, entries: 1024)
    let stays: [UInt8] = (isTrie ? bytes(UInt32(32)) : []) + bytes(UInt32(1000))
    let value = [UInt8](repeating: 7, count: table.valueByteCount)
    try table.update(stays, to: value)
    // The key is at fp-16, behind its prefix length at fp-20; the value at fp-8.
    func call(_ helper: String) -> String {
      "r1 = map[idx:0]\nr2 = r10\nr2 += \(isTrie ? -20 : -16)\nr3 = r10\nr3 += -8\nr4 = 0\ncall \(helper)\n"
    }
    let random =
      "*(u32 *)(r10 -20) = 32\ncall bpf_get_prandom_u32#7\nr0 &= 255\n*(u32 *)(r10 -16) = r0\n*(u64 *)(r10 -8) = r0\n"
    let change = random + call("bpf_map_update_elem#2") + random + call("bpf_map_delete_elem#3")
    let find =
      "*(u32 *)(r10 -16) = 1000\n" + call("bpf_map_lookup_elem#1")
      + "r1 = r0\nr0 = 1\nif r1 == 0 goto +2\nr0 = *(u64 *)(r1 +0)\nr0 &= 0\nexit"
    let missing = Atomic(0)
    let answers = try run(mode, [change + find], maps: [table]) {
      var key: [UInt8]?
      for _ in 0..<300 {
        key = try? table.nextKey(after: key)
        guard let key else { break }
        _ = try? table.lookup(key)
      }
      if (try? table.lookup(stays)) == nil { missing.add(1, ordering: .relaxed) }
    }
    #expect(answers.allSatisfy { $0 == [UInt64?](repeating: 0, count: Self.runs) })
    #expect(missing.load(ordering: .relaxed) == 0)
    #expect(try table.lookup(stays) == value)
  }

  /// Two plain words behind a lock: additions that are not atomic are lost, and the words differ, where two are in at once.
  @Test(arguments: [MapType.array, .hash], Mode.allCases)
  func `one at a time is between lock and unlock`(type: MapType, mode: Mode) throws {
    let accounts = try map(type, value: 24, entries: 2, fields: [KernelField(.spinLock, at: 8)])
    let key = bytes(UInt32(1))
    try accounts.update(key, to: [UInt8](repeating: 0, count: 24))
    let add = """
      *(u32 *)(r10 -4) = 1
      r1 = map[idx:0]
      r2 = r10
      r2 += -4
      call bpf_map_lookup_elem#1
      if r0 == 0 goto +18
      r6 = r0
      r1 = r0
      r1 += 8
      call bpf_spin_lock#93
      r7 = *(u64 *)(r6 +0)
      r8 = *(u64 *)(r6 +16)
      r8 ^= r7
      r7 += 1
      *(u64 *)(r6 +0) = r7
      r1 = 20
      r1 += -1
      if r1 != 0 goto -2
      *(u64 *)(r6 +16) = r7
      r1 = r6
      r1 += 8
      call bpf_spin_unlock#94
      r0 = r8
      exit
      r0 = 7
      exit
      """
    let torn = Atomic(0), seen = Atomic(0)
    let answers = try run(mode, [add], maps: [accounts]) {
      guard let value = try? accounts.lookup(key, .lock) else { return }
      seen.add(1, ordering: .relaxed)
      if value[0..<8] != value[16..<24] || value[8..<16] != [0, 0, 0, 0, 0, 0, 0, 0] {
        torn.add(1, ordering: .relaxed)
      }
    }
    #expect(answers.allSatisfy { $0 == [UInt64?](repeating: 0, count: Self.runs) })
    let total = bytes(UInt64(Self.workers * Self.runs))
    #expect(try accounts.lookup(key) == total + [UInt8](repeating: 0, count: 8) + total)
    #expect(torn.load(ordering: .relaxed) == 0)
    #expect(seen.load(ordering: .relaxed) > 0)
  }

  private func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
  }

  private func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
