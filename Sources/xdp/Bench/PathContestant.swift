import XDP
import XDPDrivers

/// A program in the user-space engine, in the loop that a run has: receive, run, sort by verdict, give the frames back.
final class PathContestant: BenchContestant {
  let program: String
  let engine: String
  let frames: Int
  private(set) var verdicts: VerdictCounts?
  private(set) var notes: [String]

  private let ring: PacketRing
  private var path: DataPath
  /// Whether the program leaves other bytes in the packets than it found.
  private var changesPackets = false

  /// What has become of all packets so far.
  var tally: Tally { path.tally }

  /// A program over packets that other contestants run on too.
  init(_ loaded: UserEngine, on ring: PacketRing, note: String? = nil) throws(CommandError) {
    program = loaded.name
    engine = loaded.engine.engineName
    frames = ring.count
    notes = note.map { [$0] } ?? []
    self.ring = ring
    do throws(DriverError) {
      path = try DataPath(
        RecurringDriver(ring),
        running: loaded.engine,
        on: loaded.worker,
        maps: loaded.userMaps
      )
    } catch {
      throw .refused("\(error)")
    }
  }

  func warmUp() throws(CommandError) {
    ring.restore()
    _ = try pass()
    changesPackets = !ring.isUnchanged
    let tally = path.tally
    verdicts = VerdictCounts(tally)
    if let trap = tally.firstTrap {
      notes.append("\(RunTotals.counted(tally.trapped)) stopped the program, first: \(trap)")
    }
    _ = try measure(nanoseconds: 2_000_000)
  }

  func measure(nanoseconds: UInt64) throws(CommandError) -> Double {
    var spent: UInt64 = 0, passes = 0
    ring.restore()
    while spent < nanoseconds {
      if changesPackets { ring.restore() }
      spent += try pass()
      passes += 1
    }
    return Double(spent) / Double(passes * frames)
  }

  /// Every packet once: nanoseconds.
  private func pass() throws(CommandError) -> UInt64 {
    let batches = (frames + PacketBatch.capacity - 1) / PacketBatch.capacity
    do throws(DriverError) {
      let start = ThreadClock.nanoseconds
      for _ in 0..<batches { try path.poll() }
      return ThreadClock.nanoseconds - start
    } catch {
      throw .refused("\(error)")
    }
  }
}
