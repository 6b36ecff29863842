import BTF
import XDP
import XDPDrivers

/// The packets of a test, in order: those of the captures, then those spelled out in hex.
///
/// Every packet has its place among all of them, those that are left out counted too.
struct PacketFeed {
  private var captures: [PCAPDriver] = []
  private var spelled: [[UInt8]] = []
  /// What was read from a capture and not yet handed out, the last first.
  private var read: [TestPacket] = []
  /// The place of the next packet, and of the first one of the capture at hand.
  private var count = 0, start = 0
  /// Places in the capture at hand, from here on, that are left out.
  private var gaps: [Int] = []
  /// What was left out.
  private(set) var skipped = SkippedPackets()

  /// Opens the captures and reads the hex.
  init(captures: [String], hex: [String], geometry: FrameGeometry) throws(CommandError) {
    for (number, text) in hex.enumerated() {
      do throws(Hex.ParseError) {
        spelled.append(try Hex.bytes(text))
      } catch {
        throw .badInput("--packet number \(number + 1): \(error)")
      }
    }
    for path in captures { self.captures.append(try Self.open(path, geometry)) }
  }

  private static func open(_ path: String, _ geometry: FrameGeometry) throws(CommandError) -> PCAPDriver {
    do {
      let driver = try PCAPDriver(
        path,
        pool: try FramePool(frameCount: 4 * PacketBatch.capacity, geometry: geometry)
      )
      _ = driver.takeLeftOut()
      return driver
    } catch {
      throw .badInput("\(error)")
    }
  }

  /// The next packet; nil after the last one.
  mutating func next() throws(CommandError) -> TestPacket? {
    while read.isEmpty, let capture = captures.first { try readBatch(of: capture) }
    if let packet = read.popLast() { return packet }
    guard !spelled.isEmpty else { return nil }
    defer { count += 1 }
    return TestPacket(index: count, bytes: spelled.removeFirst(), timestamp: nil)
  }

  /// Notes a packet that was handed out and is not run all the same.
  mutating func skip(_ packet: TestPacket, because reason: String) {
    skipped.add(index: packet.index, length: packet.bytes.count, reason: reason)
  }

  private mutating func readBatch(of capture: PCAPDriver) throws(CommandError) {
    var batch = PacketBatch(pool: capture.pool), isFinished = false
    do throws(DriverError) {
      isFinished = try capture.receive(into: &batch) == .finished
    } catch {
      captures = []
      note(capture.takeLeftOut(), of: capture)
      throw .badInput("\(error)")
    }
    note(capture.takeLeftOut(), of: capture)
    for index in 0..<batch.count {
      while gaps.first == count {
        gaps.removeFirst()
        count += 1
      }
      let timestamp = batch.hasTimestamps ? batch.timestamp(at: index) : nil
      let bytes = batch.copiedBytes(at: index)
      read.append(TestPacket(index: count, bytes: bytes, timestamp: timestamp))
      count += 1
    }
    read.reverse()
    guard isFinished else { return }
    captures.removeFirst()
    gaps = []
    start += Int(capture.tally.packets)
    count = start
  }

  private mutating func note(_ packets: [LeftOutPacket], of capture: PCAPDriver) {
    for packet in packets {
      let index = start + Int(packet.index)
      gaps.append(index)
      let reason =
        packet.reason == .tooLong
        ? "longer than \(capture.pool.geometry.longest) bytes, the most that frames can hold"
        : "shorter than an Ethernet header"
      skipped.add(index: index, length: packet.length, reason: reason)
    }
  }
}
