import TestSupport
import Testing
import XDP
import XDPDrivers

/// A packet as a driver handed it out.
private struct Received: Equatable {
  var bytes: [UInt8]
  var timestamp: UInt64
}

/// Everything that a driver has to give, and how often it was asked.
private func receiveAll(_ driver: any Driver) throws -> [Received] {
  var batch = PacketBatch(pool: driver.pool)
  var received: [Received] = []
  while try driver.receive(into: &batch) != .finished {
    for index in 0..<batch.count {
      received.append(Received(bytes: bytes(of: batch, at: index), timestamp: batch.timestamp(at: index)))
    }
    batch.removeAll()
  }
  return received
}

@Suite struct `Capture driver` {
  private let pool: FramePool

  init() throws { pool = try FramePool(frameCount: 256) }

  private func driver(_ capture: CaptureBytes) throws(CaptureError) -> PCAPDriver {
    try PCAPDriver(contents: capture.bytes, named: "test.pcap", pool: pool)
  }

  @Test(arguments: CaptureBytes.Form.allCases, [false, true])
  func `hands out every packet with its time, whatever the form`(
    form: CaptureBytes.Form,
    bigEndian: Bool
  ) throws {
    var capture = CaptureBytes(form, bigEndian: bigEndian)
    let start: UInt64 = 1_700_000_000_123_456_789
    for number in 0..<150 {
      capture.add(frame(number, byteCount: 14 + 23 * number), nanoseconds: start + UInt64(number) * 1001)
    }

    let received = try receiveAll(driver(capture))

    let resolution: UInt64 = form.hasNanoseconds ? 1 : 1000
    let expected = (0..<150).map { number in
      let time = (start + UInt64(number) * 1001) / resolution * resolution
      return Received(bytes: frame(number, byteCount: 14 + 23 * number), timestamp: time)
    }
    #expect(received == expected)
    #expect(pool.available == 256)
  }

  @Test func `says where the packets came from`() throws {
    var capture = CaptureBytes(.pcapNanoseconds)
    capture.add(frame(1))
    let driver = try driver(capture)
    var batch = PacketBatch(pool: pool)

    #expect(try driver.receive(into: &batch) == .packets)
    #expect(batch.count == 1)
    #expect(batch.ingressIfindex == driver.interface.index)
    #expect(batch.hasTimestamps == true)
    #expect(driver.interface.name == "test.pcap")
  }

  @Test func `leaves out what no frame holds, and counts it`() throws {
    var capture = CaptureBytes(.pcapMicroseconds)
    for size in [13, 14, 3520, 3521, 65_535, 73_152, 73_153, 80_000] {
      capture.add(frame(size, byteCount: size))
    }
    capture.add(frame(1), originalLength: 1500)
    let driver = try driver(capture)

    #expect(try receiveAll(driver).map(\.bytes.count) == [14, 3520, 3521, 65_535, 73_152, 60])
    #expect(driver.tally.packets == 9)
    #expect(driver.tally.runts == 1)
    #expect(driver.tally.oversized == 2)
    #expect(driver.tally.cutOff == 1)
  }

  @Test func `splits long packets, and keeps one until there are frames for it`() throws {
    let pool = try FramePool(frameCount: 5)
    var capture = CaptureBytes(.pcapMicroseconds)
    for (number, size) in [60, 9000, 15_000, 60].enumerated() { capture.add(frame(number, byteCount: size)) }
    let driver = try PCAPDriver(contents: capture.bytes, named: "long.pcap", pool: pool)
    var batch = PacketBatch(pool: pool)
    var received: [[UInt8]] = [], counts: [Int] = []
    while try driver.receive(into: &batch) != .finished {
      counts.append(batch.count)
      for index in 0..<batch.count {
        received.append(batch.copiedBytes(at: index))
        #expect(batch[index].linearLength == min(3520, received[received.count - 1].count))
      }
      batch.removeAll()
    }
    #expect(received == [60, 9000, 15_000, 60].enumerated().map { frame($0.offset, byteCount: $0.element) })
    #expect(counts == [2, 2])
    #expect(pool.available == 5)
  }

  @Test func `gives the caller a turn in a capture of nothing usable`() throws {
    var capture = CaptureBytes(.pcapMicroseconds)
    for _ in 0..<3000 { capture.add([1]) }
    let driver = try driver(capture)
    var batch = PacketBatch(pool: pool)

    #expect(try driver.receive(into: &batch) == .idle)
    #expect(try receiveAll(driver).isEmpty)
    #expect(driver.tally.runts == 3000)
  }

  @Test func `loses nothing while the pool is empty`() throws {
    var capture = CaptureBytes(.pcapMicroseconds)
    for number in 0..<10 { capture.add(frame(number)) }
    let small = try FramePool(frameCount: 4)
    let driver = try PCAPDriver(contents: capture.bytes, named: "test.pcap", pool: small)
    var kept = PacketBatch(pool: small), batch = PacketBatch(pool: small)

    #expect(try driver.receive(into: &kept) == .packets)
    #expect(kept.count == 4)
    #expect(try driver.receive(into: &batch) == .idle)
    kept.removeAll()
    #expect(try receiveAll(driver).map(\.bytes) == (4..<10).map { frame($0) })
  }

  @Test func `knows how far it has come`() throws {
    let path = TemporaryFile.path("progress.pcap")
    defer { TemporaryFile.remove(path) }
    var capture = CaptureBytes(.pcapMicroseconds)
    for number in 0..<100 { capture.add(frame(number)) }
    try TemporaryFile.write(capture.bytes, to: path)
    let driver = try PCAPDriver(path, pool: pool)

    _ = try receiveAll(driver)

    #expect(
      driver.progress
        == Progress(unit: .bytes, done: UInt64(capture.bytes.count), total: UInt64(capture.bytes.count))
    )
    #expect(driver.progress.fraction == 1)
  }

  @Test func `reads the traffic of the demo`() throws {
    let driver = try PCAPDriver(TemporaryFile.repository + "/Programs/firewall/traffic.pcap", pool: pool)

    let received = try receiveAll(driver)

    #expect(received.count > 1500)
    #expect(driver.tally.packets == UInt64(received.count), "some were left out")
    #expect(driver.tally.cutOff == 0)
    let types = Set(received.map { UInt16($0.bytes[12]) << 8 | UInt16($0.bytes[13]) })
    #expect(types.isSuperset(of: [0x0800, 0x0806, 0x8100, 0x86dd, 0x88a8]))
  }
}

@Suite struct `Hostile captures` {
  private let pool: FramePool

  init() throws { pool = try FramePool(frameCount: 64) }

  /// Three good packets in a form.
  private func good(_ form: CaptureBytes.Form) -> CaptureBytes {
    var capture = CaptureBytes(form)
    for number in 0..<3 { capture.add(frame(number)) }
    return capture
  }

  private func error(reading bytes: [UInt8]) -> CaptureError? {
    do throws(CaptureError) {
      _ = try PCAPDriver(contents: bytes, named: "bad.pcap", pool: pool)
      return nil
    } catch { return error }
  }

  @Test func `of another link type are refused by its name`() {
    #expect(
      error(reading: CaptureBytes(.pcapMicroseconds, linkType: 105).bytes)
        == .notEthernet(file: "bad.pcap", linkType: "IEEE802_11")
    )
    #expect(
      error(reading: CaptureBytes(.pcapngMicroseconds, linkType: 113).bytes)?.description
        == "bad.pcap: link type LINUX_SLL: XDP sees Ethernet frames, so only captures of link type EN10MB can be read"
    )
  }

  @Test(arguments: [
    [], [0xd4], [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0], Array("not a capture at all, but a text".utf8),
  ])
  func `without a capture's header are no capture`(bytes: [UInt8]) {
    guard case .notCapture("bad.pcap", _) = error(reading: bytes) else {
      Issue.record("\(String(describing: error(reading: bytes)))")
      return
    }
  }

  @Test(arguments: CaptureBytes.Form.allCases)
  func `that end within a packet are damaged there, and the packets before are good`(
    form: CaptureBytes.Form
  ) throws {
    var capture = good(form)
    capture.removeLast(20)
    let driver = try PCAPDriver(contents: capture.bytes, named: "bad.pcap", pool: pool)
    var batch = PacketBatch(pool: pool)

    #expect(try driver.receive(into: &batch) == .packets)
    #expect(batch.count == 2)
    batch.removeAll()
    for _ in 0..<2 {
      let error = #expect(throws: DriverError.self) { try driver.receive(into: &batch) }
      #expect(
        error?.description.hasPrefix("bad.pcap: read: packet 3 is damaged: ") == true,
        "\(error as Any)"
      )
    }
  }

  @Test(arguments: [
    (CaptureBytes.Form.pcapMicroseconds, 24 + 8, UInt32.max), (.pcapMicroseconds, 24 + 8, 0x7fff_ffff),
    (.pcapngMicroseconds, 28 + 20 + 4, UInt32.max), (.pcapngMicroseconds, 28 + 20 + 4, 0),
    (.pcapngMicroseconds, 28 + 20 + 4, 13), (.pcapngMicroseconds, 28 + 20 + 20, UInt32.max),
    (.pcapngMicroseconds, 28 + 20 + 8, 7),
  ])
  func `with lengths that lie end in an error at that packet`(
    form: CaptureBytes.Form,
    offset: Int,
    number: UInt32
  ) throws {
    var capture = good(form)
    capture.overwrite(at: offset, with: number)
    let driver = try PCAPDriver(contents: capture.bytes, named: "bad.pcap", pool: pool)
    var batch = PacketBatch(pool: pool)

    let error = #expect(throws: DriverError.self) { try driver.receive(into: &batch) }
    #expect(error?.description.hasPrefix("bad.pcap: read: packet 1 is damaged: ") == true, "\(error as Any)")
  }

  @Test(arguments: CaptureBytes.Form.allCases)
  func `with any bytes changed end, in an error or not`(form: CaptureBytes.Form) {
    var random = SplitMix(seed: 7)
    let original = good(form).bytes
    for _ in 0..<3000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = random.pick([0, 1, 0x7f, 0x80, 0xff])
      }
      guard let driver = try? PCAPDriver(contents: bytes, named: "bad.pcap", pool: pool) else { continue }
      guard let received = try? receiveAll(driver) else { continue }
      #expect(received.count <= 3)
    }
    #expect(pool.available == 64)
  }

  @Test func `that do not exist, or are folders, are named`() {
    let missing = "/nonexistent/x.pcap"
    #expect(throws: CaptureError.notReadable(file: missing, reason: "No such file or directory")) {
      try PCAPDriver(missing, pool: pool)
    }
    #expect(throws: CaptureError.self) { try PCAPDriver("/", pool: pool) }
  }
}
