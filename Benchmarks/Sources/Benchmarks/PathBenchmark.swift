import BPF
import BPFJIT
import BPFVerifier
import XDP
import XDPDrivers

/// Packets that lie in the cache: the loop around a program, and the whole data path, which sorts and counts too.
enum PathBenchmark {
  /// The rows.
  static func rows() throws -> [SpeedRow] {
    // All take the same way through the programs, so a branch predictor has nothing to learn from few. With their descriptors
    // 256 take 24 kB, in the first-level cache, and 4,096 take 0.4 MB. Sources of a table must be many.
    let few = UDPPackets.make(256), packets = UDPPackets.make(4096)
    let many = UDPPackets.make(16_384, sources: 10_000)
    let parse = "parse Ethernet/IPv4/UDP and drop"
    return [
      try row("drop, 4,096 frames in cache", "Programs/drop.o", least: 500, packets),
      try row("\(parse), 256 frames in cache", "Programs/parser.o", least: 250, few),
      try row("\(parse), 4,096 frames in cache", "Programs/parser.o", least: 250, packets),
      try row(
        "parse, and look the source up in a hash of 10,000, where it is",
        "Programs/sources.o",
        least: 100,
        many,
        sources: 10_000
      ),
    ]
  }

  private static func row(
    _ work: String,
    _ path: String,
    least: Double,
    _ packets: [[UInt8]],
    sources: Int = 0
  ) throws -> SpeedRow {
    guard let program = try BenchmarkFiles.object(path).linked(kernel: nil).first else {
      fatalError("no program")
    }
    let verified = try Verifier(.xdp()).verify(program)
    let loaded = try LoadedObject([verified])
    try fill(loaded.maps, sources)
    let compiled = try loaded.compiled(verified)
    let geometry = FrameGeometry(frameSize: 64, headroom: 0, reserved: 0, linear: 64)
    var loop = RingLoop(
      compiled,
      of: loaded,
      over: try PacketRing(packets, geometry: geometry, placement: .aligned)
    )
    var path = try DataPath(
      RecurringDriver(try PacketRing(packets, geometry: geometry, placement: .aligned)),
      running: compiled,
      on: loaded.makeWorker(),
      maps: loaded.maps
    )
    guard loop.dropsAll() else { fatalError("\(work): a packet was not dropped") }
    let passes = (2 << 20) / packets.count, batches = packets.count / PacketBatch.capacity
    var contestants = [
      Contestant(name: "loop", operations: passes * packets.count) {
        guard loop.run(passes: passes) == passes * packets.count else {
          fatalError("\(work): a packet was not dropped")
        }
      },
      Contestant(name: "data path", operations: passes * packets.count) {
        do throws(DriverError) {
          for _ in 0..<passes * batches { try path.poll() }
        } catch { fatalError("\(error)") }
      },
    ]
    let kernel = Result { () throws(SpeedRow.Absence) in try KernelRuns(program) }
    if case .success(let kernel) = kernel {
      try fill(kernel.program.maps, sources)
      contestants.append(kernel.contestant(Array(packets.prefix(16))))
    }
    let figures = measure(contestants)
    let peer = kernel.map { _ in figures[2] }
    return SpeedRow(
      work,
      .millionsASecond,
      targets: [.millionsASecond(least)],
      ours: figures[0],
      peers: [
        .measured("our whole data path", figures[1]), SpeedRow.Peer(name: "Linux's test run", figures: peer),
      ]
    )
  }

  private static func fill(_ maps: [any BPFMap], _ sources: Int) throws {
    for number in 0..<sources {
      let source = UDPPackets.source(number)
      let key = (0..<4).map { UInt8(truncatingIfNeeded: source >> (24 - 8 * UInt32($0))) }
      try maps[0].update(key, to: [UInt8](repeating: 1, count: 8), .any)
    }
  }
}
