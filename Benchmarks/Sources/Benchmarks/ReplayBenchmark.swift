import BPF
import BPFVerifier
import XDP
import XDPDrivers

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Packets a second through the whole path: a capture of a million packets, the interpreter, the counting firewall.
enum ReplayBenchmark {
  private static let packetCount = 1_000_000

  static func run() throws {
    let path = BenchmarkFiles.package + "/.build/replay.pcap"
    try writeCapture(path)
    let programs = try BenchmarkFiles.object("../Programs/counting-firewall/counting_firewall.o").linked(
      kernel: nil
    )
    let object = try LoadedObject(Verifier(.xdp()).verify(programs))
    guard let engine = object.engines.first, let refused = object.map(named: "refused") else {
      fatalError("no program")
    }
    for host in 0..<1000 {
      try refused.update(
        [10, 1, UInt8(host / 256), UInt8(host % 256)],
        to: [UInt8](repeating: 0, count: 8),
        .any
      )
    }
    let figures = measure(
      [
        Contestant(name: "replay", operations: packetCount) { replay(path, engine, object) },
        Contestant(name: "reading alone", operations: packetCount) { read(path) },
      ],
      rounds: 5
    )
    let rate = 1000 / figures[0].medianNanoseconds
    print("Replaying a capture of \(packetCount) packets of 60 bytes through the counting firewall:")
    print("  \(figures[0]) a packet: \(text(rate)) million packets a second")
    print("  of which reading the capture through libpcap: \(figures[1])")
    judge("a packet", figures[0].median, atMost: 720, "cycles (5 million a second at 3.6 GHz)")
    judge("a packet", figures[0].medianNanoseconds, atMost: 200, "ns at the clock of this run")
  }

  private static func replay(_ path: String, _ engine: any ExecutionEngine, _ object: LoadedObject) {
    do {
      let driver = try PCAPDriver(path, pool: try FramePool(frameCount: 256))
      var dataPath = try DataPath(driver, running: engine, on: object.makeWorker())
      while try dataPath.poll() != .finished {}
      guard dataPath.tally.received == packetCount, dataPath.tally[.drop] > 0, dataPath.tally[.pass] > 0
      else {
        fatalError("the path lost packets")
      }
    } catch { fatalError("\(error)") }
  }

  private static func read(_ path: String) {
    do {
      let driver = try PCAPDriver(path, pool: try FramePool(frameCount: 256))
      var batch = PacketBatch(pool: driver.pool)
      while try driver.receive(into: &batch) != .finished { batch.removeAll() }
    } catch { fatalError("\(error)") }
  }

  /// UDP from 65,536 sources under 10.0.0.0/14, of which the firewall refuses a thousand.
  private static func writeCapture(_ path: String) throws {
    guard let file = unsafe fopen(path, "w") else { fatalError("cannot write \(path)") }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    func append(_ words: UInt32...) {
      for word in words {
        for shift in stride(from: 0, to: 32, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(shift)))
        }
      }
    }
    append(0xa1b2_3c4d, 0x0004_0002, 0, 0, 65535, 1)
    var random: UInt64 = 88_172_645_463_325_252
    for index in 0..<UInt32(packetCount) {
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
      append(1_700_000_000 + index / 1_000_000, index % 1_000_000 * 1000, 60, 60)
      bytes += [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0]
      bytes += [
        10, UInt8(random >> 40 & 3), UInt8(truncatingIfNeeded: random >> 48),
        UInt8(truncatingIfNeeded: random >> 56),
      ]
      bytes += [10, 0, 0, 2, 0x12, 0x34, 0x10, 0x92, 0, 26, 0, 0] + [UInt8](repeating: 0, count: 18)
      if bytes.count > 1 << 20 {
        _ = unsafe fwrite(bytes, 1, bytes.count, file)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    _ = unsafe fwrite(bytes, 1, bytes.count, file)
  }
}
