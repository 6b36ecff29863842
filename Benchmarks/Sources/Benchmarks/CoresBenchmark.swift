import CPeer
import Synchronization
import XDP
import XDPDrivers

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Frames that another core wrote: one thread makes packets, another one's program reads them.
///
/// They take turns, so that the figure is that of reading, whatever else the machine does.
enum CoresBenchmark {
  private static let turns = 64

  static func rows() throws -> [SpeedRow] {
    let isApart = peer_stay(0) == 0
    defer { _ = peer_stay(-1) }
    let wire = try MemoryWire(capacity: PacketWriter.count)
    let writer = PacketWriter(wire)
    defer { writer.stop() }
    let loop = try PacketLoop("Programs/parser.o", over: try wire.open(.second))
    let figures = measure([
      Contestant(name: "frames of another core", operations: turns * PacketWriter.count) {
        for _ in 0..<turns {
          writer.fill()
          loop.run(PacketWriter.count)
        }
      }
    ])
    return [
      SpeedRow(
        "parse and drop frames that another core wrote, over a wire",
        .millionsASecond,
        targets: [.millionsASecond(20)],
        ours: figures[0],
        note: isApart ? nil : "the threads could not be kept on two cores"
      )
    ]
  }
}

/// A thread on another core that fills a wire with made-up packets when it is asked to.
///
/// The invariant: the thread holds the one reference that was passed to it, until it ends.
private final class PacketWriter: Sendable {
  /// As many packets fill the wire: their first lines fit the writer's own cache.
  static let count = 8192

  private enum Turn: Int { case idle, filling, stopped }
  private let wire: MemoryWire
  private let turn = Atomic<Int>(Turn.idle.rawValue)

  init(_ wire: MemoryWire) {
    self.wire = wire
    var thread = pthread_t()
    let argument = unsafe Unmanaged.passRetained(self).toOpaque()
    let answer = unsafe pthread_create(
      &thread,
      nil,
      { argument in
        unsafe Unmanaged<PacketWriter>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      },
      argument
    )
    guard answer == 0 else { fatalError("no thread: error \(answer)") }
    pthread_detach(thread)
  }

  /// Returns once the wire is full.
  func fill() {
    turn.store(Turn.filling.rawValue, ordering: .releasing)
    while turn.load(ordering: .acquiring) == Turn.filling.rawValue { usleep(20) }
  }

  func stop() { turn.store(Turn.stopped.rawValue, ordering: .releasing) }

  private func run() {
    _ = peer_stay(1)
    do {
      let end = try wire.open(.first)
      var traffic = TrafficDescription()
      traffic.port = 4242
      let driver = try MemoryDriver(traffic, pool: end.pool)
      var batch = PacketBatch(pool: end.pool)
      while true {
        switch Turn(rawValue: turn.load(ordering: .acquiring)) {
        case .filling:
          let goal = end.sent + UInt64(Self.count)
          while end.sent < goal {
            _ = try driver.receive(into: &batch)
            _ = try end.transmit(&batch)
          }
          turn.store(Turn.idle.rawValue, ordering: .releasing)
        case .stopped: return
        default: usleep(20)
        }
      }
    } catch { fatalError("\(error)") }
  }
}
