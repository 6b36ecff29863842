import XDP
import XDPDrivers

/// The packets of a benchmark, in frames where they arrive again and again.
struct BenchTraffic {
  /// Without another wish, as many packets as a branch predictor does not remember.
  static let usualCount = 65_536
  /// The longest packet that lies in one piece, in bytes.
  private static let longest = FrameGeometry.kernelTestRun.linear

  /// The packets.
  private(set) var packets: [[UInt8]] = []
  /// What they are, in words.
  private(set) var description: String
  /// What a person should know of them.
  private(set) var notes: [String] = []

  /// So many packets of a description, each of a flow of its own.
  init(_ traffic: TrafficDescription, count: Int) throws(CommandError) {
    description = ""
    guard traffic.longest <= Self.longest else {
      throw .badInput(
        "--traffic: packets of \(traffic.longest) bytes; up to \(Self.longest) lie in one piece"
      )
    }
    do throws(DriverError) {
      let driver = try MemoryDriver(traffic, pool: Self.pool)
      try read(driver, count: count)
    } catch {
      throw .badInput("--traffic: \(error.reason)")
    }
    let lengths = packets.map(\.count)
    guard let least = lengths.min(), let most = lengths.max() else {
      throw .badInput("--traffic: there is no packet")
    }
    description =
      "\(RunTotals.counted(UInt64(packets.count))) of \(least == most ? "" : "\(least) to ")\(most) bytes"
  }

  /// The first packets of a capture, at most so many.
  init(capture path: String, count: Int) throws(CommandError) {
    description = ""
    do {
      let driver = try PCAPDriver(path, pool: Self.pool)
      do throws(DriverError) { try read(driver, count: count) } catch {
        throw CommandError.badInput("--packets: \(error)")
      }
      let leftOut = driver.tally.oversized + driver.tally.runts
      if leftOut > 0 {
        notes.append(
          "\(RunTotals.counted(leftOut)) of '\(path)' left out: longer than a frame or shorter than an Ethernet header"
        )
      }
    } catch let error as CommandError {
      throw error
    } catch {
      throw .badInput("--packets: \(error)")
    }
    guard !packets.isEmpty else { throw .badInput("--packets: '\(path)' holds no packet that fits a frame") }
    description = "\(RunTotals.counted(UInt64(packets.count))) of \(path)"
    if packets.count < Self.usualCount {
      notes.append(
        "\(RunTotals.counted(UInt64(packets.count))) are so few that the processor may learn what follows what: figures of \(RunTotals.grouped(UInt64(Self.usualCount))) different packets say more"
      )
    }
  }

  private static var pool: FramePool {
    get throws(DriverError) {
      do throws(FramePoolError) { return try FramePool(frameCount: 4 * PacketBatch.capacity) } catch {
        throw DriverError(interface: "memory", operation: "open", reason: "\(error)")
      }
    }
  }

  private mutating func read(_ driver: any Driver, count: Int) throws(DriverError) {
    var batch = PacketBatch(pool: driver.pool)
    while packets.count < count, try driver.receive(into: &batch) == .packets {
      for index in 0..<min(batch.count, count - packets.count) where Int(batch[index].length) <= Self.longest
      {
        packets.append(batch.copiedBytes(at: index))
      }
      batch.removeAll()
    }
  }

  /// The packets in frames: close together where no program moves a packet's start or end, else as in the kernel.
  func ring(movingEnds: Bool) throws(CommandError) -> PacketRing {
    let longest = packets.reduce(1) { max($0, $1.count) }
    let size = (longest + 63) & ~63
    let packed = FrameGeometry(frameSize: size, headroom: 0, reserved: 0, linear: size)
    do throws(FramePoolError) {
      return movingEnds
        ? try PacketRing(packets) : try PacketRing(packets, geometry: packed, placement: .aligned)
    } catch {
      throw .refused("\(error)")
    }
  }
}
