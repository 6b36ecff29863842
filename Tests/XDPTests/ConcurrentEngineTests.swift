import BPF
import BPFJIT
import BPFMaps
import BPFVerifier
import BTF
import Synchronization
import TestSupport
import Testing
import XDP

/// Machine code and interpreters on several threads over the same maps, while a control plane changes them.
@Suite(.enabled("there is a code generator for this processor") { CompiledProgram.isSupported })
struct `Engines at once over changing maps` {
  /// What every value of the control plane has in its upper half; the lower is of no matter.
  private static let mark = 0x00C0_FFEE

  /// By number: what is counted, a hash, an array, each CPU's own, programs, maps, and the two maps that change places.
  private static let maps = [
    MapDefinition(name: "counts", type: .array, keySize: 4, valueSize: 64, maxEntries: 1),
    MapDefinition(name: "table", type: .hash, keySize: 4, valueSize: 8, maxEntries: 64),
    MapDefinition(name: "slots", type: .array, keySize: 4, valueSize: 8, maxEntries: 16),
    MapDefinition(name: "own", type: .perCPUArray, keySize: 4, valueSize: 8, maxEntries: 2),
    MapDefinition(
      name: "next",
      type: .programArray,
      keySize: 4,
      valueSize: 4,
      maxEntries: 1,
      initialContents: .programs([0: "second"])
    ),
    MapDefinition(
      name: "outer",
      type: .arrayOfMaps,
      keySize: 4,
      valueSize: 4,
      maxEntries: 1,
      inner: [MapDefinition(name: "", type: .hash, keySize: 4, valueSize: 8, maxEntries: 8)],
      initialContents: .maps([0: 6])
    ),
    MapDefinition(name: "left", type: .hash, keySize: 4, valueSize: 8, maxEntries: 8),
    MapDefinition(name: "right", type: .hash, keySize: 4, valueSize: 8, maxEntries: 8),
  ]

  /// What the counters count.
  private enum Counter: Int, CaseIterable { case packets, missed, wrong, fell, second, third }

  private static func count(_ counter: Counter) -> String {
    "r1 = map[idx:0][0]+\(8 * counter.rawValue)\nr2 = 1\nlock *(u64 *)(r1 +0) += r2\n"
  }

  /// Looks a key up that is on the stack, and complains where there is nothing or what nobody put there.
  private static func look(_ map: String, _ number: Int) -> String {
    "\(map)r2 = r10\nr2 += -4\ncall 1\nif r0 != 0 goto found\(number)\n\(count(.missed))goto on\(number)\n"
      + "found\(number): r1 = *(u64 *)(r0 +0)\nr1 >>= 32\nif r1 == \(mark) goto on\(number)\n\(count(.wrong))"
      + "on\(number): r0 = 0\n"
  }

  private static let first =
    "r6 = r1\nr7 = *(u32 *)(r6 +0)\nr8 = *(u32 *)(r6 +4)\nr1 = r7\nr1 += 16\nif r1 > r8 goto out\n"
    + "r9 = *(u8 *)(r7 +0)\nr9 &= 15\n*(u32 *)(r10 -4) = r9\n" + count(.packets)
    + look("r1 = map[idx:1]\n", 1)
    + look("r1 = map[idx:2]\n", 2) + "*(u32 *)(r10 -4) = 1\nr1 = map[idx:3]\nr2 = r10\nr2 += -4\ncall 1\n"
    + "if r0 == 0 goto out\nr1 = *(u64 *)(r0 +0)\nr1 += 1\n*(u64 *)(r0 +0) = r1\n*(u32 *)(r10 -4) = 0\n"
    + "r1 = map[idx:5]\nr2 = r10\nr2 += -4\ncall 1\nif r0 == 0 goto gone\n" + look("r1 = r0\n", 3)
    + "goto jump\ngone: \(count(.missed))jump: r1 = r6\nr2 = map[idx:4]\nr3 = 0\ncall 12\n\(count(.fell))"
    + "out: r0 = 2\nexit"

  private static func value(_ number: Int) -> [UInt8] { bytes(UInt32(number)) + bytes(UInt32(mark)) }
  private static func bytes(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  private static func run(_ engine: any ExecutionEngine, of object: LoadedObject, cpu: Int, batches: Int) {
    guard let pool = try? FramePool(frameCount: 64, geometry: .kernelTestRun) else { return }
    var worker = object.makeWorker(cpu: cpu), batch = PacketBatch(pool: pool), verdicts = Verdicts()
    for packet in 0..<64 { _ = batch.append(copying: [UInt8](repeating: UInt8(packet), count: 64).rawBytes) }
    for _ in 0..<batches { engine.run(&batch, verdicts: &verdicts, on: &worker) }
  }

  @Test func `find what somebody put there, and lose nothing that they count`() throws {
    let texts = [
      ("first", Self.first), ("second", Self.count(.second) + "r0 = 2\nexit"),
      ("third", Self.count(.third) + "r0 = 2\nexit"),
    ]
    let verified = try texts.map { name, text in
      try Verifier(.xdp(processorCount: 3)).verify(
        Program(name, try Assembler.assemble(text), license: "GPL", maps: Self.maps)
      )
    }
    let object = try LoadedObject(verified, options: LoadOptions(cpuCount: 3, clock: .fixed(1), seed: 1))
    let compiled = try verified.map { try object.compiled($0) }
    for key in 0..<16 {
      try object.maps[1].update(Self.bytes(UInt32(key)), to: Self.value(key), .any)
      try object.maps[2].update(Self.bytes(UInt32(key)), to: Self.value(key), .any)
    }
    for inner in [6, 7] { try object.maps[inner].update(Self.bytes(0), to: Self.value(inner), .any) }
    let batches = 300, running = Atomic<Int>(3), rounds = Atomic<Int>(0)
    let workers: [@Sendable () -> Void] = [
      {
        Self.run(compiled[0], of: object, cpu: 0, batches: batches); running.subtract(1, ordering: .releasing)
      },
      {
        Self.run(compiled[0], of: object, cpu: 1, batches: batches); running.subtract(1, ordering: .releasing)
      },
      {
        Self.run(object.engines[0], of: object, cpu: 2, batches: batches);
        running.subtract(1, ordering: .releasing)
      },
    ]
    together(
      workers + [
        {
          var round = 0
          while running.load(ordering: .acquiring) > 0 {
            round += 1
            let key = Self.bytes(UInt32(round & 15)), other = Self.bytes(UInt32(100 + round % 40))
            try? object.maps[1].update(key, to: Self.value(round), .any)
            try? object.maps[2].update(key, to: Self.value(round), .any)
            try? object.maps[1].update(other, to: Self.value(round), .any)
            if round & 1 == 0 { try? object.maps[1].delete(other) }
            if round & 7 == 0 {
              try? object.maps[5].update(
                Self.bytes(0),
                to: Self.bytes(object.maps[6 + round / 8 & 1].id),
                .any
              )
            }
            switch round % 24 {
            case 3: try? object.maps[4].update(Self.bytes(0), to: Self.bytes(3), .any)
            case 11: try? object.maps[4].update(Self.bytes(0), to: Self.bytes(2), .any)
            case 19: try? object.maps[4].delete(Self.bytes(0))
            default: break
            }
          }
          rounds.store(round, ordering: .relaxed)
        }
      ]
    )
    let counts = try #require(try object.maps[0].lookup([0, 0, 0, 0]))
    func counted(_ counter: Counter) -> Int {
      (0..<8).reduce(0) { $0 | Int(counts[8 * counter.rawValue + $1]) << (8 * $1) }
    }
    #expect(counted(.packets) == 3 * batches * 64)
    #expect(counted(.missed) == 0)
    #expect(counted(.wrong) == 0)
    #expect(counted(.fell) + counted(.second) + counted(.third) == counted(.packets))
    #expect(rounds.load(ordering: .relaxed) > 100)
    // Each CPU has counted its own packets, and nobody else's.
    let own = try #require(try object.maps[3].lookup([1, 0, 0, 0]))
    for cpu in 0..<3 {
      #expect((0..<8).reduce(0) { $0 | Int(own[8 * cpu + $1]) << (8 * $1) } == batches * 64)
    }
  }
}
