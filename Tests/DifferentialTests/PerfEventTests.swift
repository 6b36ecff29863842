import BPF
import BPFMaps
import LinuxKernel
import TestSupport
import Testing
import XDP

@Suite(KernelAccess.required) struct `Perf event output` {
  private static let events = MapDefinition(
    name: "events",
    type: .perfEventArray,
    keySize: 4,
    valueSize: 4,
    maxEntries: 2
  )
  private static let currentCPU: UInt64 = 0xFFFF_FFFF
  /// Indices, and how much of the packet of 60 bytes, with bits that no flag has.
  private static let flags: [UInt64] = [
    0, 1, 2, 3, 0xFFFF_FFFE, currentCPU, currentCPU | 60 << 32, currentCPU | 61 << 32,
    currentCPU | 0xFFFFF << 32, 60 << 32, 61 << 32, 2 | 61 << 32, 1 << 52, currentCPU | 1 << 52,
    1 << 63 | 61 << 32,
  ]

  private func script() -> HelperScript {
    var script = HelperScript(over: [Self.events])
    for flags in Self.flags {
      for count in [0, 1, 16] { script.putOut(Array(1...16), count: count, flags: flags, to: 0) }
    }
    return script
  }

  @Test func `without a reader is refused as the kernel does`() throws {
    let script = script()
    var engines = try Engines(script.program())
    let differences = try engines.differences(script)
    #expect(differences.isEmpty, "\(differences)")
  }

  @Test(arguments: [false, true])
  func `gives the reader the bytes and as much of the packet as was asked for`(isOracle: Bool) throws {
    var script = HelperScript(over: [Self.events])
    script.putOut(Array(1...16), count: 5, flags: Self.currentCPU, to: 0)
    script.putOut(Array(1...16), count: 0, flags: 0, to: 0)
    script.putOut(Array(1...16), count: 3, flags: Self.currentCPU | 4 << 32, to: 0)
    script.putOut(Array(1...16), count: 3, flags: 1 | 4 << 32, to: 0)
    let object = try LoadedObject([try script.program()], options: LoadOptions(cpuCount: 2))
    let events = try #require(object.maps[0] as? PerfEventArrayMap)
    events.openAll()
    let engine = object.engines[0]
    var test = try PacketTest(isOracle ? object.oracle(for: engine) : engine, on: object.makeWorker())
    let outcome = try test.run(PacketTest.Input((0..<60).map { 100 + $0 }))
    #expect(outcome.trap == nil)
    #expect(events.takeRecords(at: 0) == [[1, 2, 3, 4, 5], [], [1, 2, 3, 100, 101, 102, 103]])
    #expect(events.takeRecords(at: 1) == [])
    // Another CPU's reader: `EOPNOTSUPP`.
    let results = try object.maps[1].lookup([0, 0, 0, 0]) ?? []
    #expect(Array(results[24..<32]) == [161, 255, 255, 255, 255, 255, 255, 255])
  }
}
