import BPFObject
import BPFVerifier
import BTF
import Foundation
import TestSupport
import Testing
import XDP
import XDPDrivers

/// What the demo's firewall does with the demo's traffic; tshark counts the same in `traffic.pcap`.
@Suite struct `Demo` {
  private static let programs = "\(TemporaryFile.repository)/Programs/"

  private func load(_ path: String) throws -> LoadedObject {
    let bytes = try TemporaryFile.read(Self.programs + path)
    let object = try ObjectFile(parsing: bytes.rawBytes, named: path)
    return try LoadedObject(Verifier(.xdp()).verify(object.linked(kernel: nil)))
  }

  /// Runs a program over the recorded traffic.
  private func replay(_ object: LoadedObject, program: String) throws -> Tally {
    let pool = try FramePool(frameCount: 256)
    let driver = try PCAPDriver(Self.programs + "firewall/traffic.pcap", pool: pool)
    let engine = try #require(object.engine(named: program))
    var path = try DataPath(driver, running: engine, on: object.makeWorker())
    while try path.poll() != .finished {}
    #expect(pool.available == 256)
    return path.tally
  }

  /// Packets by number, out of an array of `struct counter`s for one CPU.
  private func packets(_ object: LoadedObject, _ map: String) throws -> [UInt64] {
    let map = try #require(object.map(named: map))
    return try (0..<map.definition.maxEntries).map { index in
      let value = try #require(try map.lookup([UInt8(index), 0, 0, 0]))
      return value.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  @Test func `the firewall stops what it is told to and lets the rest pass`() throws {
    let object = try load("firewall/firewall.o")
    try object.map(named: "blocked_v4")?.update(
      [32, 0, 0, 0, 203, 0, 113, 7],
      to: [UInt8](repeating: 0, count: 8),
      .any
    )
    let network: [UInt8] = [0x20, 0x01, 0x0d, 0xb8, 0x0b, 0xad]
    let zeros = [UInt8](repeating: 0, count: 10)
    try object.map(named: "blocked_v6")?.update(
      [48, 0, 0, 0] + network + zeros,
      to: [UInt8](zeros.prefix(8)),
      .any
    )
    try object.map(named: "closed_ports")?.update([6, 0, 23, 0], to: [UInt8](zeros.prefix(8)), .any)

    let tally = try replay(object, program: "firewall")

    // Malformed, blocked, to a closed port, over the rate: 1,500 in 13 ms, of which 200 at once and 12 earned may pass.
    let outcomes = try packets(object, "outcomes")
    #expect(outcomes == [1823 - 3 - 11 - 1 - 1288, 3, 11, 1, 1288])
    #expect(tally.received == 1823)
    #expect(tally[.pass] == outcomes[0])
    #expect(tally[.drop] == outcomes.dropFirst().reduce(0, +))
    #expect(tally.trapped == 0)

    let traffic = try packets(object, "traffic")
    #expect(traffic[0] == 6, "ARP")
    #expect(traffic[7] == 12, "tagged")
    #expect(traffic[8] == 26, "fragments")
    #expect(traffic[0] + traffic[1] + traffic[2] == 1823 - 3)
  }

  @Test func `the counting firewall counts every IPv4 packet by its protocol`() throws {
    let object = try load("counting-firewall/counting_firewall.o")
    let tally = try replay(object, program: "counting_firewall")
    let counted = try packets(object, "protocols")
    #expect(counted[17] > 1500 && counted[6] > 50 && counted[1] > 20)
    #expect(tally[.pass] + tally[.drop] == 1823)
  }

  @Test(
    .enabled("only the compiler that made the objects makes the same bytes") { FixtureCompiler.isHere },
    arguments: ["firewall/firewall", "counting-firewall/counting_firewall"]
  )
  func `objects are those of their sources`(name: String) throws {
    let options = "-O2 -g -target bpf -ffile-prefix-map=\"$PWD\"=. -fdebug-compilation-dir=."
    let made = try FixtureCompiler.files(
      madeBy: "clang \(options) -c Programs/\(name).c -o $OUT/o && llvm-objcopy --strip-debug $OUT/o",
      in: "."
    )
    #expect(try made["o"] == FixtureCompiler.bytes(of: "Programs/\(name).o"), "run make objects")
  }
}
