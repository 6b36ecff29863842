import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Kernel maps` {
  private func make(
    _ type: MapType,
    key: Int = 4,
    value: Int = 8,
    entries: Int = 4,
    _ flags: MapFlags = []
  ) throws -> KernelMap {
    try KernelMap.make(
      MapDefinition(
        name: "test",
        type: type,
        keySize: key,
        valueSize: value,
        maxEntries: entries,
        flags: flags
      )
    )
  }

  private func key(_ number: UInt8) -> [UInt8] { [number, 0, 0, 0] }

  @Test func `store, find, walk and delete`() throws {
    let map = try make(.hash)
    #expect(try map.lookup(key(1)) == nil)
    #expect(try map.nextKey(after: nil) == nil)
    try map.update(key(1), to: .counting(8))
    try map.update(key(1), to: [8, 7, 6, 5, 4, 3, 2, 1], .exist)
    try map.update(key(2), to: .counting(8), .noExist)
    #expect(try map.lookup(key(1)) == [8, 7, 6, 5, 4, 3, 2, 1])
    let first = try #require(try map.nextKey(after: nil))
    let second = try #require(try map.nextKey(after: first))
    #expect(Set([first, second]) == [key(1), key(2)])
    #expect(try map.nextKey(after: second) == nil)
    try map.delete(key(1))
    #expect(try map.lookup(key(1)) == nil)
  }

  @Test func `name the map, the operation and the error`() throws {
    let map = try make(.array)
    let full = #expect(throws: MapError.self) { try map.update(key(4), to: .counting(8)) }
    #expect(full == MapError(map: "test", operation: "update", code: .tooBig))
    let exists = #expect(throws: MapError.self) { try map.update(key(0), to: .counting(8), .noExist) }
    #expect(exists?.code == .exists)
    let delete = #expect(throws: MapError.self) { try map.delete(key(0)) }
    #expect(delete?.code == .invalid)
    let absent = #expect(throws: MapError.self) { try make(.hash).delete(key(0)) }
    #expect(absent?.code == .noEntry)
    let onlyOld = #expect(throws: MapError.self) { try make(.hash).update(key(0), to: .counting(8), .exist) }
    #expect(onlyOld?.code == .noEntry)
  }

  @Test func `refuse keys and values of another size before the kernel reads past them`() throws {
    let map = try make(.hash)
    #expect(throws: MapError.self) { try map.lookup([1]) }
    #expect(throws: MapError.self) { try map.nextKey(after: [1]) }
    let error = #expect(throws: MapError.self) { try map.update(key(1), to: [1, 2]) }
    #expect(
      error?.description
        == "map 'test': update failed: invalid argument (EINVAL) (the value has 2 bytes instead of 8)"
    )
  }

  @Test(arguments: [MapType.perCPUArray, .perCPUHash])
  func `keep a value for every CPU`(type: MapType) throws {
    let map = try make(type, value: 5)
    let cpus = try PossibleCPUs.count()
    #expect(map.valueByteCount == 8 * cpus)
    let value = (0..<cpus).flatMap { cpu -> [UInt8] in [UInt8(1 + cpu), 2, 3, 4, 5, 0, 0, 0] }
    try map.update(key(1), to: value)
    #expect(try map.lookup(key(1)) == value)
  }

  @Test func `hold programs by their ids`() throws {
    let programs = try make(.programArray, value: 4)
    let program = try KernelEngine.load(.assembled("r0 = 2\nexit"))
    let id = (0..<4).map { UInt8(truncatingIfNeeded: program.id >> UInt32(8 * $0)) }
    try programs.update(key(2), to: id)
    #expect(try programs.lookup(key(2)) == id)
    #expect(try programs.lookup(key(1)) == nil)
    let error = #expect(throws: MapError.self) { try programs.update(key(0), to: [0xFF, 0xFF, 0xFF, 0x7F]) }
    #expect(error?.code == .badDescriptor)
    try programs.delete(key(2))
    #expect(try programs.lookup(key(2)) == nil)
  }

  @Test func `hold maps by their ids`() throws {
    let inner = MapDefinition(name: "inner", type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    var outer = MapDefinition(name: "outer", type: .arrayOfMaps, keySize: 4, valueSize: 4, maxEntries: 2)
    outer.inner = [inner]
    outer.initialContents = .maps([1: 1])
    let maps = try KernelEngine.makeMaps([outer, inner])
    let id = (0..<4).map { UInt8(truncatingIfNeeded: maps[1].id >> UInt32(8 * $0)) }
    #expect(try maps[0].lookup(key(1)) == id)
    #expect(try maps[0].lookup(key(0)) == nil)
  }

  @Test func `are as large as a loader makes them`() throws {
    var events = MapDefinition(name: "events", type: .perfEventArray, keySize: 4, valueSize: 4, maxEntries: 0)
    let ring = MapDefinition(name: "ring", type: .ringBuffer, keySize: 0, valueSize: 0, maxEntries: 5000)
    let maps = try KernelEngine.makeMaps([events, ring])
    #expect(try maps.map(\.definition.maxEntries) == [PossibleCPUs.count(), 8192])
    events.maxEntries = 3
    #expect(try KernelEngine.makeMaps([events])[0].definition.maxEntries == 3)
  }

  @Test func `hold data sections, read-only ones for good`() throws {
    func section(_ name: String, _ kind: MapDefinition.DataSection, _ flags: MapFlags) -> MapDefinition {
      MapDefinition(
        name: name,
        type: .array,
        keySize: 4,
        valueSize: 8,
        maxEntries: 1,
        flags: flags,
        initialContents: .section(kind, kind == .zero ? [] : [1, 2, 3])
      )
    }
    let maps = try KernelEngine.makeMaps([
      section(".data", .data, .mappable), section(".rodata", .readOnly, [.mappable, .readOnlyForPrograms]),
      section(".bss", .zero, .mappable),
    ])
    #expect(try maps[0].lookup(key(0)) == [1, 2, 3, 0, 0, 0, 0, 0])
    #expect(try maps[1].lookup(key(0)) == [1, 2, 3, 0, 0, 0, 0, 0])
    #expect(try maps[2].lookup(key(0)) == [UInt8](repeating: 0, count: 8))
    try maps[0].update(key(0), to: .counting(8))
    let error = #expect(throws: MapError.self) { try maps[1].update(key(0), to: .counting(8)) }
    #expect(error?.code == .notPermitted)
  }

  @Test(arguments: [
    (MapType.array, 8, 8, 4), (.array, 4, 0, 4), (.array, 4, 8, 0), (.hash, 0, 8, 4), (.hash, 4, 0, 4),
    (.ringBuffer, 0, 0, 4095), (.ringBuffer, 4, 0, 4096), (.devmap, 4, 12, 4), (.programArray, 4, 8, 4),
  ])
  func `come only in shapes that the kernel knows`(type: MapType, key: Int, value: Int, entries: Int) throws {
    let error = #expect(throws: KernelError.self) { try make(type, key: key, value: value, entries: entries) }
    #expect(error?.command == "BPF_MAP_CREATE")
    #expect(error?.code == .invalid)
  }

  @Test func `refuse sizes that are no 32-bit numbers`() {
    #expect(throws: KernelError.self) { try make(.array, value: 1 << 32) }
    #expect(throws: KernelError.self) { try make(.array, value: -1) }
  }
}
