import BPF
import BPFMaps
import Testing

@Suite struct `Look-ups by machine code` {
  @Test(
    arguments: [
      (MapType.array, 4, 8), (.array, 4, 20), (.perCPUArray, 4, 8), (.hash, 4, 8), (.hash, 8, 8),
      (.hash, 16, 24),
      (.hash, 5, 8), (.hash, 40, 100), (.lruHash, 4, 8), (.lruHash, 8, 8), (.lruHash, 16, 8),
      (.lruHash, 12, 8),
      (.perCPUHash, 4, 8), (.perCPUHash, 16, 8), (.lruPerCPUHash, 8, 16), (.lpmTrie, 8, 8), (.lpmTrie, 9, 8),
      (.lpmTrie, 20, 8), (.lpmTrie, 36, 8),
    ],
    [100, 100_000]
  )
  func `find what the helper finds`(_ shape: (type: MapType, key: Int, value: Int), _ entries: Int) throws {
    let map = try makeMap(shape.type, key: shape.key, value: shape.value, entries: entries)
    let isTrie = shape.type == .lpmTrie
    let name: (UInt32) -> [UInt8] = { number in
      let rest = [UInt8](repeating: 7, count: shape.key - 4)
      guard isTrie else { return bytes(number) + rest }
      let data = (bytes(number.byteSwapped) + rest).prefix(shape.key - 4)
      return bytes(UInt32(data.count * 8)) + data
    }
    #expect(map.directLookup != nil)
    let value = [UInt8](repeating: 1, count: shape.value)
    for number in stride(from: UInt32(0), to: 4_000, by: 3) {
      let key = isTrie ? bytes(8 + number % 25) + name(number << 12).dropFirst(4) : name(number)
      _ = map.programUpdate(key, value, cpu: 1)
    }
    var found = 0, differing = 0
    for number in UInt32(0)..<4_100 {
      let key = name(isTrie ? number << 12 | number : number)
      for cpu in [0, 1, 2, -1] where cpu < 2 || map.definition.type.isPerCPU {
        let address = map.address(key, cpu: cpu)
        if address != map.helperAddress(key, cpu: cpu) { differing += 1 }
        if address != nil { found += 1 }
      }
    }
    #expect(differing == 0)
    #expect(found >= 200)
  }

  @Test func `count as uses in an LRU`() throws {
    let map = try makeMap(.lruHash, entries: 40)
    for key in UInt32(0)..<40 { #expect(map.programUpdate(bytes(key), bytes(UInt64(key))) == 0) }
    // The 5 oldest are used, so the next ones go.
    for key in UInt32(0)..<5 { #expect(map.address(bytes(key)) != nil) }
    for key in UInt32(100)..<110 { #expect(map.programUpdate(bytes(key), bytes(UInt64(key))) == 0) }
    for key in UInt32(0)..<5 { #expect(map.address(bytes(key)) != nil) }
    #expect(map.address(bytes(UInt32(5))) == nil)
  }

  @Test(arguments: [MapType.arrayOfMaps, .hashOfMaps, .programArray, .devmap, .queue, .ringBuffer])
  func `are left to the helper for maps of other objects`(_ type: MapType) throws {
    let inner = MapDefinition(name: "inner", type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    let keyless = type == .queue || type == .ringBuffer
    var definition = MapDefinition(
      name: "table",
      type: type,
      keySize: keyless ? 0 : 4,
      valueSize: type == .ringBuffer ? 0 : 4,
      maxEntries: type == .ringBuffer ? 4096 : 4
    )
    if type == .arrayOfMaps || type == .hashOfMaps { definition.inner = [inner] }
    let map = try UserMap.make(definition, cpuCount: 1, memory: MemoryLimit())
    #expect(map.directLookup == nil)
  }
}
