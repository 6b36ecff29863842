import BPF
import BPFMaps
import LinuxKernel
import TestSupport
import Testing

/// Which keys an LRU map forgets is nobody's promise; what it must keep and never do is the same on both sides.
@Suite(KernelAccess.required) struct `Least recently used maps in user space and in the kernel` {
  private static let capacity = 1000

  private func maps(_ type: MapType) throws -> [any BPFMap] {
    let definition = MapDefinition(
      name: "recent",
      type: type,
      keySize: 4,
      valueSize: 8,
      maxEntries: Self.capacity
    )
    return [
      try UserMap.make(definition, cpuCount: PossibleCPUs.count(), memory: MemoryLimit()),
      try KernelMap.make(definition),
    ]
  }

  private func key(_ number: Int) -> [UInt8] { MapSubject.key(number, 4) }
  /// Every CPU's value, where the map has one for each.
  private func value(_ number: Int, of map: any BPFMap) -> [UInt8] {
    (0..<map.valueByteCount / 8).flatMap { MapSubject.key(number &* 7 + $0, 8) }
  }

  @Test(arguments: [MapType.lruHash, .lruPerCPUHash])
  func `take any number of keys, keep the newest and not more than fit`(type: MapType) throws {
    for map in try maps(type) {
      for number in 0..<5 * Self.capacity {
        try map.update(key(number), to: value(number, of: map), .any)
        #expect(try map.lookup(key(number)) == value(number, of: map))
      }
      let kept = try contents(of: map)
      #expect(kept.count <= Self.capacity)
      #expect(kept.count > Self.capacity / 2)
      for (key, value) in kept { #expect(value == self.value(Int(UInt32(littleEndianBytes: key)), of: map)) }
    }
  }

  @Test(arguments: [MapType.lruHash, .lruPerCPUHash])
  func `obey the flags of an update`(type: MapType) throws {
    for map in try maps(type) {
      #expect(MapOperation.update(key(1), value(1, of: map), flags: 2).perform(on: map) == .refused(.noEntry))
      #expect(MapOperation.update(key(1), value(1, of: map), flags: 1).perform(on: map) == .done)
      #expect(MapOperation.update(key(1), value(2, of: map), flags: 1).perform(on: map) == .refused(.exists))
      #expect(MapOperation.update(key(1), value(2, of: map), flags: 2).perform(on: map) == .done)
      #expect(MapOperation.update(key(1), value(3, of: map), flags: 3).perform(on: map) == .refused(.invalid))
      #expect(try map.lookup(key(1)) == value(2, of: map))
      #expect(MapOperation.delete(key(1)).perform(on: map) == .done)
      #expect(MapOperation.delete(key(1)).perform(on: map) == .refused(.noEntry))
    }
  }
}

extension UInt32 {
  fileprivate init(littleEndianBytes bytes: [UInt8]) {
    self = bytes.enumerated().reduce(0) { $0 | UInt32($1.element) << UInt32(8 * $1.offset) }
  }
}
