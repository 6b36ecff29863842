import XDP
import XDPDrivers

/// Packets that lie anywhere in memory, far beyond every cache: what a parser costs when each header must be fetched.
enum MemoryBenchmark {
  private static let count = 1_000_000
  /// Packets for 2,048-byte frames, and for frames that hold nothing else.
  private static let spaced = FrameGeometry(frameSize: 2048, headroom: 256, reserved: 40, linear: 1472)
  private static let packed = FrameGeometry(frameSize: 64, headroom: 0, reserved: 0, linear: 64)

  static func rows() throws -> [SpeedRow] {
    let coloured = try driver(spaced)
    let figures = measure([
      try contestant("coloured", coloured),
      try contestant("without colours", try driver(spaced, placement: .aligned)),
      try contestant("packed", try driver(packed)),
    ])
    let work = "parse Ethernet/IPv4/UDP and drop, a million frames of 2,048 bytes in random order of memory"
    return [
      SpeedRow(
        work,
        .millionsASecond,
        targets: [.millionsASecond(35)],
        ours: figures[0],
        peers: [.measured("without colours", figures[1])],
        note: note(coloured)
      ),
      SpeedRow(
        "the same, packed at 64 bytes",
        .millionsASecond,
        targets: [.millionsASecond(80)],
        ours: figures[2]
      ),
    ]
  }

  private static func driver(
    _ geometry: FrameGeometry,
    placement: FramePool.Placement = .coloured
  ) throws -> MemoryDriver {
    var traffic = TrafficDescription()
    traffic.port = 4242
    traffic.flows = UInt64(count)
    traffic.pick = .turns
    traffic.reuse = .init(count: count, isScattered: true)
    return try MemoryDriver(
      traffic,
      pool: FramePool(frameCount: count, geometry: geometry, placement: placement)
    )
  }

  private static func contestant(_ name: String, _ driver: MemoryDriver) throws -> Contestant {
    let loop = try PacketLoop("Programs/parser.o", over: driver)
    return Contestant(name: name, operations: count) { loop.run(count) }
  }

  private static func note(_ driver: MemoryDriver) -> String {
    let slab = driver.pool.slab
    guard let huge = slab.hugeByteCount else { return "pages: \(slab.pages.rawValue)" }
    return "pages: \(slab.pages.rawValue), \(huge >> 20) of \(slab.byteCount >> 20) MiB in huge ones"
  }
}
