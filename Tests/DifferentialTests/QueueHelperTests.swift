import BPF
import BPFMaps
import LinuxKernel
import TestSupport
import Testing
import XDP

@Suite(KernelAccess.required) struct `Helpers for queues, stacks, bloom filters and other CPUs' values` {
  private static let queues = [
    MapDefinition(name: "queue", type: .queue, keySize: 0, valueSize: 8, maxEntries: 3),
    MapDefinition(name: "stack", type: .stack, keySize: 0, valueSize: 16, maxEntries: 2),
    MapDefinition(
      name: "limited",
      type: .queue,
      keySize: 0,
      valueSize: 8,
      maxEntries: 2,
      flags: .writeOnlyForPrograms
    ),
  ]

  @Test(arguments: queues, Seeds.first(4))
  func `push, pop and peek give the same values and errors`(definition: MapDefinition, seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var script = HelperScript(over: [definition])
    for step in 0..<HelperScript.limit {
      switch Int.random(in: 0..<6, using: &random) {
      case 0...2:
        let value = (0..<definition.valueSize).map { UInt8(truncatingIfNeeded: step * 3 + $0 + 1) }
        script.push(value, flags: random.pick([0, 0, 0, 2, 1, 3, 4]), to: 0)
      case 3: script.next(88, valueByteCount: definition.valueSize, of: 0)
      default: script.next(89, valueByteCount: definition.valueSize, of: 0)
      }
    }
    var engines = try Engines(script.program())
    let differences = try engines.differences(script)
    #expect(differences.isEmpty, "\(differences)")
    #expect(try engines.differingMaps() == [])
  }

  @Test(arguments: [0, 1, 3, 15]) func `a bloom filter knows what was pushed`(hashes: UInt64) throws {
    let filter = MapDefinition(
      name: "filter",
      type: .bloomFilter,
      keySize: 0,
      valueSize: 8,
      maxEntries: 10_000,
      flags: .zeroSeed,
      extra: hashes
    )
    var script = HelperScript(over: [filter])
    for number in 0..<10 {
      script.push(MapSubject.key(number, 8), flags: number == 9 ? 2 : 0, to: 0)
      script.ask(MapSubject.key(number, 8), of: 0)
      script.ask(MapSubject.key(1000 + number, 8), of: 0)
    }
    var engines = try Engines(script.program())
    let differences = try engines.differences(script)
    #expect(differences.isEmpty, "\(differences)")
    for map in [engines.maps[0], engines.kernelMaps[0]] as [any BPFMap] {
      for number in 0..<9 { #expect(try map.contains(MapSubject.key(number, 8))) }
      #expect(try map.contains(MapSubject.key(500, 8)) == false)
    }
  }

  @Test(arguments: [MapType.perCPUArray, .perCPUHash, .lruPerCPUHash])
  func `every CPU's value can be looked up`(type: MapType) throws {
    let definition = MapDefinition(name: "counts", type: type, keySize: 4, valueSize: 8, maxEntries: 1000)
    var script = HelperScript(over: [definition])
    for cpu: Int64 in [0, 1, 2, 3, 1 << 31, 1 << 32, -1] {
      script.lookup([1, 0, 0, 0], cpu: cpu, in: 0)
      script.lookup([9, 9, 9, 9], cpu: cpu, in: 0)
    }
    var engines = try Engines(script.program())
    let values = try (0..<PossibleCPUs.count()).flatMap { MapSubject.key(0x21 + $0, 8) }
    for map in [engines.maps[0], engines.kernelMaps[0]] as [any BPFMap] {
      try map.update([1, 0, 0, 0], to: values, .any)
    }
    let differences = try engines.differences(script)
    #expect(differences.isEmpty, "\(differences)")
  }
}
