import BTF
import XDP
import XDPDrivers

/// The packets of a test, in order: those of the captures, then those spelled out in hex.
struct PacketFeed {
  private var captures: [any Driver] = []
  private var spelled: [[UInt8]] = []
  /// What was read from a capture and not yet handed out, the last first.
  private var read: [TestPacket] = []
  private var count = 0

  /// Opens the captures and reads the hex.
  init(captures: [String], hex: [String], geometry: FrameGeometry) throws(CommandError) {
    for (number, text) in hex.enumerated() {
      do throws(Hex.ParseError) {
        spelled.append(try Hex.bytes(text))
      } catch {
        throw .badInput("--packet number \(number + 1): \(error)")
      }
    }
    for path in captures {
      do throws(DriverError) {
        self.captures.append(
          try InterfaceArgument.pcap(input: path, output: nil).open(index: 1, geometry: geometry)
        )
      } catch {
        throw .badInput("\(error)")
      }
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

  private mutating func readBatch(of capture: any Driver) throws(CommandError) {
    var batch = PacketBatch(pool: capture.pool)
    do throws(DriverError) {
      if try capture.receive(into: &batch) == .finished { captures.removeFirst() }
    } catch {
      captures = []
      throw .badInput("\(error)")
    }
    for index in 0..<batch.count {
      let timestamp = batch.hasTimestamps ? batch.timestamp(at: index) : nil
      let bytes = batch.copiedBytes(at: index)
      read.append(TestPacket(index: count, bytes: bytes, timestamp: timestamp))
      count += 1
    }
    read.reverse()
  }
}
