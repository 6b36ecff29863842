import BPF
import BPFJIT
import BPFMaps
import BPFVerifier
import LinuxKernel
import XDP

/// Ethernet, IPv4 and UDP parsed, and the source looked up in a hash of ten thousand, of which every packet's is one.
///
/// The packets are 65,536 different ones with sources drawn at random, so that the processor cannot learn them, in frames
/// of a few cache lines, in batches of 64.
enum SourcesBenchmark {
  private static let entries: UInt32 = 10_000
  private static let batchCount = 1024

  /// The row of the table of speed.
  static func row() throws -> SpeedRow {
    let programs = try BenchmarkFiles.object("Programs/maps.o").linked(kernel: nil)
    guard var program = programs.first(where: { $0.name == "sources" }),
      let index = program.maps.firstIndex(where: { $0.name == "hash4" })
    else { fatalError("no program") }
    program.maps[index].maxEntries = Int(entries)
    let contents = (0..<entries).map {
      MapBatch.Entry(
        key: HashBenchmark.bytes(HashBenchmark.spread($0)),
        value: [UInt8](repeating: 1, count: 8)
      )
    }
    var contestants = [try ours(program, index, contents)]
    if KernelEngine.isAvailable { contestants.append(try kernel(program, index, contents)) }
    let figures = measure(contestants)
    return SpeedRow(
      "parse + hash look-up of the source in 10 k entries, hit",
      .millionsASecond,
      targets: [.millionsASecond(100)],
      ours: figures[0],
      peers: figures.count == 2 ? [.measured(MapRunner.kernelName, figures[1])] : [],
      note: "65,536 packets with random sources; the kernel repeats one packet"
    )
  }

  private static func ours(
    _ program: Program,
    _ map: Int,
    _ contents: [MapBatch.Entry]
  ) throws -> Contestant {
    let verified = try Verifier(.xdp()).verify(program)
    let loaded = try LoadedObject([verified])
    try loaded.maps[map].updateBatch(contents)
    let compiled = try loaded.compiled(verified)
    let geometry = FrameGeometry(frameSize: 192, headroom: 64, linear: 64)
    let pool = try FramePool(frameCount: 64 * batchCount, geometry: geometry)
    let turn = Turn(loaded.makeWorker())
    var random: UInt32 = 1
    for _ in 0..<batchCount {
      let full = Full(pool)
      for _ in 0..<64 {
        random = random &* 1_664_525 &+ 1_013_904_223
        let number = UInt32(UInt64(random) * UInt64(entries) >> 32)
        let isIn = full.batch.append(copying: packet(HashBenchmark.spread(number)).span.bytes)
        precondition(isIn, "the pool has a frame for every packet")
      }
      turn.batches.append(full)
    }
    return Contestant(name: "swift-xdp", operations: 64 * batchCount * 4) {
      for _ in 0..<4 {
        for full in turn.batches { compiled.run(&full.batch, verdicts: &turn.verdicts, on: &turn.worker) }
      }
      for index in 0..<64 where turn.verdicts.actions[index] != UInt8(XDPAction.drop.rawValue) {
        fatalError("a source was not found")
      }
    }
  }

  private static func kernel(
    _ program: Program,
    _ map: Int,
    _ contents: [MapBatch.Entry]
  ) throws -> Contestant {
    let loaded = try KernelEngine.load(program), repeats = 200_000
    try loaded.maps[map].updateBatch(contents)
    let bytes = packet(HashBenchmark.spread(7))
    return Contestant(name: MapRunner.kernelName, operations: repeats) {
      let result = try? loaded.testRun(packet: bytes, repeat: repeats)
      guard result?.returned == XDPAction.drop.rawValue else { fatalError("a source was not found") }
    }
  }

  /// A UDP packet of 64 bytes from a source.
  private static func packet(_ source: UInt32) -> [UInt8] {
    [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17, 0, 0]
      + HashBenchmark.bytes(source) + [10, 0, 0, 2, 0x12, 0x34, 0x10, 0x92, 0, 30]
      + [UInt8](repeating: 0, count: 24)
  }

  private final class Full {
    var batch: PacketBatch
    init(_ pool: FramePool) { batch = PacketBatch(pool: pool) }
  }

  private final class Turn {
    var batches: [Full] = []
    var verdicts = Verdicts()
    var worker: Worker
    init(_ worker: consuming Worker) { self.worker = worker }
  }
}
