import BPF
import BPFMaps
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One attempt to make a map, and what Linux 6.18 answered.
struct Creation: Sendable, CustomTestStringConvertible {
  var type: MapType
  var key: Int
  var value: Int
  var entries: Int
  var flags: UInt32
  var answer: String

  init(_ type: MapType, _ key: Int, _ value: Int, _ entries: Int, _ answer: String, flags: UInt32 = 0) {
    self.type = type
    self.key = key
    self.value = value
    self.entries = entries
    self.flags = flags
    self.answer = answer
  }

  var testDescription: String {
    "\(type.name) key \(key) value \(value) entries \(entries) flags \(flags): \(answer)"
  }
}

@Suite struct `Making a map` {
  static let shapes: [Creation] = [
    Creation(.array, 4, 8, 0, "EINVAL"), Creation(.array, 3, 8, 1, "EINVAL"),
    Creation(.array, 8, 8, 1, "EINVAL"),
    Creation(.array, 4, 0, 1, "EINVAL"), Creation(.array, 4, 1, 1, "ok"), Creation(.array, 4, 32769, 1, "ok"),
    Creation(.array, 4, 0x7FFF_FFFF, 1, "ok"), Creation(.array, 4, 0x8000_0000, 1, "E2BIG"),
    Creation(.array, 4, 0xFFFF_FFFF, 1, "E2BIG"), Creation(.array, 4, 4, 0xFFFF_FFFF, "ENOMEM"),
    Creation(.array, 4, 4, 1 << 32, "EINVAL"), Creation(.array, 4, 4, -1, "EINVAL"),
    Creation(.perCPUArray, 4, 8, 0, "EINVAL"), Creation(.perCPUArray, 3, 8, 1, "EINVAL"),
    Creation(.perCPUArray, 4, 0, 1, "EINVAL"), Creation(.perCPUArray, 4, 32768, 1, "ok"),
    Creation(.perCPUArray, 4, 32761, 1, "ok"), Creation(.perCPUArray, 4, 32769, 1, "E2BIG"),
    Creation(.hash, 4, 8, 0, "EINVAL"), Creation(.hash, 0, 8, 1, "EINVAL"),
    Creation(.hash, 4, 0, 1, "EINVAL"),
    Creation(.hash, 513, 8, 1, "ok"), Creation(.hash, 4096, 8, 1, "ok"),
    Creation(.hash, 4, 4_194_251, 1, "ok"),
    Creation(.hash, 4, 4_194_252, 1, "E2BIG"), Creation(.hash, 4_194_304, 4, 1, "E2BIG"),
    Creation(.hash, 0xFFFF_FFFF, 4, 1, "E2BIG"), Creation(.hash, 4, 4, 0x8000_0001, "E2BIG"),
    Creation(.hash, 4, 4, 0xFFFF_FFFF, "E2BIG"),
    Creation(.perCPUHash, 4, 32768, 1, "ok"), Creation(.perCPUHash, 4, 32769, 1, "E2BIG"),
    Creation(.perCPUHash, 4, 0, 1, "EINVAL"), Creation(.perCPUHash, 0, 4, 1, "EINVAL"),
    Creation(.lruHash, 4, 8, 0, "EINVAL"), Creation(.lruHash, 4, 4_194_251, 1, "ok"),
    Creation(.lruHash, 4, 4_194_252, 1, "E2BIG"),
    Creation(.lpmTrie, 8, 8, 1, "ok", flags: 1), Creation(.lpmTrie, 8, 8, 1, "EINVAL"),
    Creation(.lpmTrie, 4, 8, 1, "EINVAL", flags: 1), Creation(.lpmTrie, 5, 8, 1, "ok", flags: 1),
    Creation(.lpmTrie, 260, 8, 1, "ok", flags: 1), Creation(.lpmTrie, 261, 8, 1, "EINVAL", flags: 1),
    Creation(.lpmTrie, 8, 0, 1, "EINVAL", flags: 1), Creation(.lpmTrie, 8, 8, 0, "EINVAL", flags: 1),
    Creation(.lpmTrie, 8, 4_194_024, 1, "ok", flags: 1),
    Creation(.lpmTrie, 8, 4_194_025, 1, "EINVAL", flags: 1),
    Creation(.programArray, 4, 4, 1, "ok"), Creation(.programArray, 4, 8, 1, "EINVAL"),
    Creation(.programArray, 4, 0, 1, "EINVAL"), Creation(.programArray, 8, 4, 1, "EINVAL"),
    Creation(.programArray, 4, 4, 0, "EINVAL"),
    Creation(.devmap, 4, 4, 1, "ok"), Creation(.devmap, 4, 8, 1, "ok"), Creation(.devmap, 4, 12, 1, "EINVAL"),
    Creation(.devmap, 4, 5, 1, "EINVAL"), Creation(.devmap, 4, 0, 1, "EINVAL"),
    Creation(.devmap, 8, 4, 1, "EINVAL"), Creation(.devmap, 4, 4, 0, "EINVAL"),
    Creation(.ringBuffer, 0, 0, 4096, "ok"), Creation(.ringBuffer, 0, 0, 0, "EINVAL"),
    Creation(.ringBuffer, 0, 0, 2048, "EINVAL"), Creation(.ringBuffer, 0, 0, 12288, "EINVAL"),
    Creation(.ringBuffer, 4, 0, 4096, "EINVAL"), Creation(.ringBuffer, 0, 4, 4096, "EINVAL"),
    Creation(.ringBuffer, 0, 0, 1 << 27, "ok"),
  ]

  @Test(arguments: shapes)
  func `sizes are judged as the kernel does`(_ creation: Creation) { check(creation) }

  /// The flags that each type takes, by bit, as Linux 6.18 does.
  static let flags: [(MapType, key: Int, value: Int, base: UInt32, bits: Set<Int>)] = [
    (.array, 4, 8, 0, [2, 3, 4, 7, 8, 10, 12]), (.perCPUArray, 4, 8, 0, [3, 4, 7, 8]),
    (.hash, 4, 8, 0, [0, 2, 3, 4, 6, 7, 8]), (.perCPUHash, 4, 8, 0, [0, 3, 4, 6, 7, 8]),
    (.lruHash, 4, 8, 0, [1, 2, 3, 4, 6, 7, 8]), (.lpmTrie, 8, 8, 1, [0, 2, 3, 4, 7, 8]),
    (.programArray, 4, 4, 0, [2, 3, 4]), (.devmap, 4, 4, 0, [2, 3, 4]), (.ringBuffer, 0, 0, 0, [2]),
  ]

  @Test(arguments: flags)
  func `a flag that the type does not take is refused`(
    _ type: MapType,
    _ key: Int,
    _ value: Int,
    _ base: UInt32,
    _ bits: Set<Int>
  ) {
    for bit in 0..<20 {
      let isUnsupported = type == .lruHash && bit == 0
      let answer = bits.contains(bit) ? "ok" : isUnsupported ? "ENOTSUPP" : "EINVAL"
      check(Creation(type, key, value, 4096, answer, flags: base | 1 << UInt32(bit)))
    }
    for both: UInt32 in [0x18, 0x180] {
      check(Creation(type, key, value, 4096, "EINVAL", flags: base | both))
    }
  }

  @Test func `a type that user space does not have is named`() {
    let error = #expect(throws: MapError.self) { try makeMap(.sockhash) }
    #expect(
      error?.description == """
        map 'table': create failed: not supported (EOPNOTSUPP) (maps of type sockhash do not exist in user space)
        """
    )
  }

  private func check(_ creation: Creation) {
    let definition = MapDefinition(
      name: "table",
      type: creation.type,
      keySize: creation.key,
      valueSize: creation.value,
      maxEntries: creation.entries,
      flags: MapFlags(rawValue: creation.flags)
    )
    let answer = errorName { () throws(MapError) in
      _ = try UserMap.make(definition, cpuCount: 2, memory: MemoryLimit())
    }
    #expect(answer == creation.answer, "\(creation.testDescription)")
  }
}

/// How many pages of this process are in memory; 0 where the system does not say.
private func residentPageCount() -> Int {
  guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
  defer { unsafe fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  guard unsafe fgets(&line, Int32(line.count), file) != nil else { return 0 }
  let fields = line.prefix { $0 != 0 }.split(separator: 0x20)
  return Int(String(decoding: fields[1].map { UInt8(bitPattern: $0) }, as: UTF8.self)) ?? 0
}

@Suite struct `Memory of maps` {
  @Test(arguments: [
    (MapType.array, 4, 1 << 20, 1 << 12), (.hash, 64, 4096, 1 << 20), (.lruHash, 4, 64, 1 << 25),
    (.perCPUArray, 4, 32768, 1 << 16), (.perCPUHash, 4, 32768, 1 << 16), (.lpmTrie, 8, 4096, 1 << 19),
  ])
  func `a map of gigabytes works and commits what is touched`(
    _ type: MapType,
    _ key: Int,
    _ value: Int,
    _ entries: Int
  ) throws {
    let memory = MemoryLimit(byteCount: 1 << 40), before = residentPageCount()
    let map = try makeMap(type, key: key, value: value, entries: entries, memory: memory)
    #expect(memory.reservedByteCount > 2 << 30)

    let name = bytes(UInt32(8)) + [UInt8](repeating: 0, count: key - 4)
    let contents = [UInt8](repeating: 7, count: map.valueByteCount)
    try map.update(name, to: contents)
    #expect(try map.lookup(name) == contents)
    #expect(try map.nextKey(after: nil) != nil)
    #expect(residentPageCount() - before < 1 << 17, "half a gigabyte is in memory")
  }

  @Test func `maps give their memory back`() throws {
    let memory = MemoryLimit(byteCount: 1 << 20)
    for _ in 0..<100 { _ = try makeMap(.hash, entries: 1000, memory: memory) }
    for _ in 0..<100 { _ = try makeMap(.ringBuffer, key: 0, value: 0, entries: 1 << 20, memory: memory) }
    #expect(memory.reservedByteCount == 0)
  }

  @Test func `what exceeds the limit is refused with need and limit`() throws {
    let memory = MemoryLimit(byteCount: 8192)
    let first = try makeMap(.array, value: 8, entries: 512, memory: memory)
    let error = #expect(throws: MapError.self) {
      try makeMap(.array, value: 8, entries: 1000, memory: memory)
    }
    #expect(
      error?.description == """
        map 'table': create failed: out of memory (ENOMEM) \
        (it needs 8192 bytes, 4096 of the memory limit of 8192 bytes are left)
        """
    )
    #expect(memory.reservedByteCount == 4096)
    _ = try makeMap(.array, value: 8, entries: 512, memory: memory)
    #expect(first.definition.maxEntries == 512)
  }

  @Test func `sizes that no address space holds are refused`() {
    let memory = MemoryLimit(byteCount: Int.max)
    for entries in [0x7FFF_FFFF, 0xFFFF_FFFF] {
      let error = #expect(throws: MapError.self) {
        try makeMap(.array, value: 0x7FFF_FFFF, entries: entries, memory: memory)
      }
      #expect(error?.code == .noMemory)
    }
    #expect(memory.reservedByteCount == 0)
  }
}
