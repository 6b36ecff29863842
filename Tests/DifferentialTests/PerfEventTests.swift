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

  /// Programs run on the first CPU, so that the reader of the other one is refused.
  @Test(arguments: Judge.allCases)
  func `gives readers the bytes, and as much of the packet as was asked for`(judge: Judge) throws {
    let script = script()
    var engines = try Engines([script.program()], judge: judge)
    try engines.openReaders(byteCount: 1 << 16)
    let differences = try engines.differences(script)
    #expect(differences.isEmpty, "\(differences)")
    let records = try engines.records(of: 0)
    #expect(records.ours.count == records.kernels.count)
    for (ours, kernels) in zip(records.ours, records.kernels) {
      #expect(PerfEventArrayMap.isSame(ours, asPadded: kernels), "\(ours), the kernel's \(kernels)")
    }
    #expect(Set(records.ours.map(\.count)) == [0, 1, 16, 60, 61, 76])
  }

  /// A ring of one page, which readers empty now and then: what is lost, and when there is room again.
  @Test(arguments: Judge.allCases, Seeds.first(8))
  func `loses the same records where readers are slow`(judge: Judge, seed: UInt64) throws {
    var random = SplitMix(seed: seed), script = HelperScript(over: [Self.events])
    for _ in 0..<24 {
      let copied = UInt64(Int.random(in: 0...60, using: &random))
      let count = Int.random(in: 0...32, using: &random)
      script.putOut(Array(1...32), count: count, flags: Self.currentCPU | copied << 32, to: 0)
    }
    var engines = try Engines([script.program()], judge: judge)
    try engines.openReaders(byteCount: 4096)
    let map = try #require(engines.maps[0] as? PerfEventArrayMap)
    for round in 0..<12 {
      let differences = try engines.differences(script)
      #expect(differences.isEmpty, "round \(round): \(differences)")
      guard random.pick([false, false, true]) else { continue }
      let records = try engines.records(of: 0)
      #expect(records.ours.count == records.kernels.count)
      #expect(zip(records.ours, records.kernels).allSatisfy { PerfEventArrayMap.isSame($0, asPadded: $1) })
    }
    // The kernel tells of losses before the next record that fits, and one script fits an empty ring.
    _ = try engines.records(of: 0)
    _ = try engines.differences(script)
    _ = try engines.records(of: 0)
    let told = engines.kernelMaps[0].lostRecordCount
    #expect(told > 0)
    #expect(map.lostCount(at: 0) == told)
  }
}

extension Engines {
  /// Opens readers of a ring of so many bytes for each CPU, in all perf event arrays.
  fileprivate func openReaders(byteCount: Int) throws {
    for (ours, kernels) in zip(maps, kernelMaps) {
      guard let events = ours as? PerfEventArrayMap else { continue }
      events.openAll(byteCount: byteCount)
      try kernels.openReaders(byteCount: byteCount)
    }
  }

  /// Takes the records of a map out, ours and the kernel's.
  fileprivate func records(of map: Int) throws -> (ours: [[UInt8]], kernels: [[UInt8]]) {
    try (maps[map].takeRecords(), kernelMaps[map].takeRecords())
  }
}
