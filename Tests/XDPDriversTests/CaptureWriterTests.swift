import BPFRuntime
import Foundation
import TestSupport
import Testing
import XDP
import XDPDrivers

@Suite struct `Capture writer` {
  private let pool: FramePool
  private let path = TemporaryFile.path("verdicts.pcapng")

  init() throws { pool = try FramePool(frameCount: 256) }

  /// A batch of frames from interface 3, a microsecond apart.
  private func batch(_ frames: [[UInt8]], queue: UInt32 = 0) -> PacketBatch {
    let driver = MemoryDriver(pool: pool, interface: NetworkInterface(name: "west", index: 3))
    for (index, frame) in frames.enumerated() { driver.enqueue(frame, timestamp: UInt64.max - UInt64(index)) }
    var batch = PacketBatch(pool: pool)
    _ = try? driver.receive(into: &batch)
    batch.rxQueue = queue
    return batch
  }

  @Test func `writes every packet with its verdict and interface`() throws {
    defer { TemporaryFile.remove(path) }
    let interfaces = [NetworkInterface(name: "east", index: 9), NetworkInterface(name: "west", index: 3)]
    let writer = try CaptureWriter(path, program: "firewall", interfaces: interfaces, application: "a test")
    let frames = (0..<8).map { frame($0, byteCount: 60 + $0) }
    var verdicts = Verdicts()
    var worker = Worker()
    for code in 0..<5 { verdicts.record(UInt32(code), target: .none, at: code) }
    verdicts.record(4, target: RedirectTarget(map: nil, key: 9, ifindex: 9), at: 5)
    verdicts.record(77, target: .none, at: 6)
    verdicts.record(0, target: .none, at: 7)
    worker.traps = [.init(index: 7, trap: Trap(.budget, slot: 12, message: "took too long"))]

    writer.observe(batch(frames), verdicts: verdicts, worker: worker)
    try writer.close()

    let file = try PCAPNGBlocks(TemporaryFile.read(path))
    #expect(file.application == "a test")
    #expect(file.interfaces == ["east", "west"])
    #expect(
      file.packets.map(\.comment) == [
        "XDP_ABORTED (firewall)", "XDP_DROP (firewall)", "XDP_PASS (firewall)", "XDP_TX (firewall)",
        "XDP_REDIRECT (firewall): to nowhere, for no redirect helper was called",
        "XDP_REDIRECT (firewall): to east",
        "XDP_ABORTED (firewall): returned 77, which is no action",
        "XDP_ABORTED (firewall): took too long (slot 12)",
      ]
    )
    #expect(file.packets.map(\.bytes) == frames)
    #expect(file.packets.map(\.originalLength) == frames.map(\.count))
    #expect(file.packets.allSatisfy { $0.interface == 1 })
    #expect(file.packets.map(\.timestamp) == (0..<8).map { UInt64.max - $0 })
    #expect(
      file.packets.map { $0.options[7] } == [0, 1, 2, 3, 4, 4, 0, 0].map { [2, $0, 0, 0, 0, 0, 0, 0, 0] }
    )
    #expect(file.packets.allSatisfy { $0.options[2] == [1, 0, 0, 0] }, "not marked as received")
    #expect(writer.count == 8)
  }

  @Test func `writes the queue, and an interface that nobody named`() throws {
    defer { TemporaryFile.remove(path) }
    let writer = try CaptureWriter(path)

    writer.observe(batch([frame(1)], queue: 5), verdicts: Verdicts(), worker: Worker())
    try writer.close()

    let file = try PCAPNGBlocks(TemporaryFile.read(path))
    #expect(file.interfaces == ["interface 3"])
    #expect(file.packets.map { $0.options[6] } == [[5, 0, 0, 0]])
    #expect(file.packets.map(\.comment) == ["XDP_ABORTED"])
  }

  @Test func `gives back byte for byte what the driver then reads`() throws {
    defer { TemporaryFile.remove(path) }
    var random = SplitMix(seed: 3)
    let frames = (0..<2000).map { frame($0, byteCount: .random(in: 14...3520, using: &random)) }
    let writer = try CaptureWriter(path, program: "round trip")
    for start in stride(from: 0, to: frames.count, by: 64) {
      let part = Array(frames[start..<min(frames.count, start + 64)])
      writer.observe(batch(part), verdicts: Verdicts(), worker: Worker())
    }
    try writer.close()

    let driver = try PCAPDriver(path, pool: pool)
    var received: [[UInt8]] = []
    var batch = PacketBatch(pool: pool)
    while try driver.receive(into: &batch) != .finished {
      for index in 0..<batch.count { received.append(bytes(of: batch, at: index)) }
      batch.removeAll()
    }
    #expect(received == frames)
  }

  @Test func `is where a capture driver sends to`() throws {
    defer { TemporaryFile.remove(path) }
    let writer = try CaptureWriter(path)
    let interface = NetworkInterface(name: "out", index: 4)
    let driver = PCAPDriver(sendingOnlyAs: interface, pool: pool, output: writer)
    var sending = batch([frame(1), frame(2)])

    #expect(try driver.transmit(&sending) == 2)
    let left = sending.count
    #expect(left == 0)
    #expect(try driver.receive(into: &sending) == .finished)
    try writer.close()

    let file = try PCAPNGBlocks(TemporaryFile.read(path))
    #expect(file.interfaces == ["out"])
    #expect(file.packets.map(\.bytes) == [frame(1), frame(2)])
    #expect(
      file.packets.allSatisfy { $0.options[2] == [2, 0, 0, 0] && $0.comment == nil },
      "not marked as sent"
    )
    #expect(pool.available == 256)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func `says that the disk is full, once, at the latest when it is closed`() throws {
    let writer = try CaptureWriter("/dev/full")
    for _ in 0..<100 {
      writer.observe(
        batch((0..<64).map { frame($0, byteCount: 200) }),
        verdicts: Verdicts(),
        worker: Worker()
      )
    }
    let full = CaptureError.notWritable(file: "/dev/full", reason: "No space left on device")
    #expect(writer.failure == full)
    #expect(throws: full) { try writer.close() }
    #expect(full.description == "/dev/full: cannot write the capture: No space left on device")
  }

  @Test func `refuses what it cannot create, and the capture that is read`() throws {
    #expect(throws: CaptureError.notWritable(file: "/nonexistent/x", reason: "No such file or directory")) {
      try CaptureWriter("/nonexistent/x")
    }
    defer { TemporaryFile.remove(path) }
    try TemporaryFile.write([1, 2, 3], to: path)
    let alias = path.replacing("/", with: "//")
    #expect(throws: CaptureError.self) { try CaptureWriter(alias, keeping: [path]) }
    #expect(try TemporaryFile.read(path) == [1, 2, 3])
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/tshark")))
  func `is understood by Wireshark`() throws {
    defer { TemporaryFile.remove(path) }
    let writer = try CaptureWriter(
      path,
      program: "firewall",
      interfaces: [NetworkInterface(name: "west", index: 3)]
    )
    var verdicts = Verdicts()
    for index in 0..<2 { verdicts.record(UInt32(index + 1), target: .none, at: index) }
    writer.observe(batch([frame(1), frame(2, byteCount: 61)]), verdicts: verdicts, worker: Worker())
    try writer.close()

    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/tshark")
    process.arguments = ["-r", path, "-T", "fields"]
    process.arguments? += ["frame.comment", "frame.interface_name", "frame.len", "frame.verdict.ebpf_xdp"]
      .flatMap { ["-e", $0] }
    process.standardOutput = output
    process.standardError = Pipe()
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()

    #expect(process.terminationStatus == 0)
    #expect(text == "XDP_DROP (firewall)\twest\t60\t1\nXDP_PASS (firewall)\twest\t61\t2\n")
  }
}
