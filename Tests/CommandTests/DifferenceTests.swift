import BPF
import BPFMaps
import Testing

@testable import xdp

/// What two engines' maps hold, where they do not agree.
@Suite struct `Records that differ` {
  private static func map(_ type: MapType, _ records: [[UInt8]]) throws -> UserMap {
    let definition = MapDefinition(name: "m", type: type, keySize: 0, valueSize: 4, maxEntries: 8)
    let map = try UserMap.make(definition, cpuCount: 1, memory: MemoryLimit())
    for record in records { try map.update([], to: record, .any) }
    return map
  }

  @Test(arguments: [MapType.queue, .stack])
  func `are shown by their first other byte, or by what there is`(type: MapType) throws {
    let left = try Self.map(type, [[1, 2, 3, 4], [5, 6, 7, 8]])
    let right = try Self.map(type, [[1, 2, 3, 4], [5, 6, 9, 9], [0, 0, 0, 0]])
    let rows = try EngineDifference.records([left], [right]).map(DifferenceText.row)
    let expected =
      type == .queue
      ? [["m, record 1, byte 2", "07", "09"], ["m, record 2", "nothing", "4 bytes"]]
      : [
        ["m, record 0, byte 0", "05", "00"], ["m, record 1, byte 0", "01", "05"],
        ["m, record 2", "nothing", "4 bytes"],
      ]
    #expect(rows == expected)
    #expect(try EngineDifference.records([left], [left]).isEmpty)
  }

  @Test func `are shown by their lengths where one is the other's beginning`() {
    let definition = MapDefinition(name: "m", type: .ringBuffer, keySize: 0, valueSize: 0, maxEntries: 4096)
    let record = EngineDifference.Record(definition: definition, index: 3, left: [1], right: [1, 2])
    #expect(DifferenceText.row(record) == ["m, record 3", "1 bytes", "2 bytes"])
  }
}
