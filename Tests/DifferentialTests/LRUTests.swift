import BPF
import BPFMaps
import LinuxKernel
import TestSupport
import Testing

/// Which keys an LRU map forgets is nobody's promise; what it must keep and never do is the same on both sides.
@Suite(KernelAccess.required) struct `Least recently used maps in user space and in the kernel` {
  private static let capacity = 1000
  private static let definition = MapDefinition(
    name: "recent",
    type: .lruHash,
    keySize: 4,
    valueSize: 8,
    maxEntries: capacity
  )

  private func maps() throws -> [any BPFMap] {
    [
      try UserMap.make(Self.definition, cpuCount: PossibleCPUs.count(), memory: MemoryLimit()),
      try KernelMap.make(Self.definition),
    ]
  }

  private func key(_ number: Int) -> [UInt8] { MapSubject.key(number, 4) }
  private func value(_ number: Int) -> [UInt8] { MapSubject.key(number &* 7, 8) }

  @Test func `take any number of keys, keep the newest and not more than fit`() throws {
    for map in try maps() {
      for number in 0..<5 * Self.capacity {
        try map.update(key(number), to: value(number), .any)
        #expect(try map.lookup(key(number)) == value(number))
      }
      let kept = try contents(of: map)
      #expect(kept.count <= Self.capacity)
      #expect(kept.count > Self.capacity / 2)
      for (key, value) in kept { #expect(value == self.value(Int(UInt32(littleEndianBytes: key)))) }
    }
  }

  @Test func `obey the flags of an update`() throws {
    for map in try maps() {
      #expect(MapOperation.update(key(1), value(1), flags: 2).perform(on: map) == .refused(.noEntry))
      #expect(MapOperation.update(key(1), value(1), flags: 1).perform(on: map) == .done)
      #expect(MapOperation.update(key(1), value(2), flags: 1).perform(on: map) == .refused(.exists))
      #expect(MapOperation.update(key(1), value(2), flags: 2).perform(on: map) == .done)
      #expect(MapOperation.update(key(1), value(3), flags: 3).perform(on: map) == .refused(.invalid))
      #expect(try map.lookup(key(1)) == value(2))
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
