import BTF
import Testing
import XDP

extension PacketBatch {
  /// Copies a packet in.
  mutating func append(_ bytes: [UInt8], timestamp: UInt64 = 0) -> Bool {
    append(copying: bytes.rawBytes, timestamp: timestamp)
  }
}

@Suite struct `Packet batches` {
  @Test func `a packet is copied behind the headroom`() throws {
    let pool = try FramePool(frameCount: 2)
    var batch = PacketBatch(pool: pool)
    #expect(batch.append(copying: [1, 2, 3].rawBytes, metadata: [9, 8, 7, 6].rawBytes, timestamp: 5))
    #expect(batch[0].data == 256)
    #expect(batch[0].length == 3)
    #expect(batch.bytes(at: 0).copiedBytes() == [1, 2, 3])
    #expect(batch.metadata(at: 0).copiedBytes() == [9, 8, 7, 6])
    #expect(batch.timestamp(at: 0) == 5)
  }

  @Test func `letting go of a batch gives its frames back`() throws {
    let pool = try FramePool(frameCount: 4)
    do {
      var batch = PacketBatch(pool: pool)
      for _ in 0..<3 { #expect(batch.append([1])) }
      #expect(pool.available == 1)
    }
    #expect(pool.available == 4)
  }

  @Test func `an empty pool and a full batch take no more`() throws {
    let small = try FramePool(frameCount: 1)
    var batch = PacketBatch(pool: small)
    #expect(batch.append([1]))
    #expect(!batch.append([2]))
    let large = try FramePool(frameCount: 100)
    var full = PacketBatch(pool: large)
    for _ in 0..<PacketBatch.capacity { #expect(full.append([1])) }
    #expect(!full.append([2]))
    #expect(large.available == 36)
  }

  @Test func `a packet that moved belongs to the other batch alone`() throws {
    let pool = try FramePool(frameCount: 4)
    var first = PacketBatch(pool: pool)
    var second = PacketBatch(pool: pool)
    first.ingressIfindex = 3
    for byte in 1...3 { #expect(first.append([UInt8(byte)], timestamp: UInt64(byte))) }
    first.move(at: 1, to: &second)
    first.removeAll()
    #expect(pool.available == 3)
    #expect(second.bytes(at: 0).copiedBytes() == [2])
    #expect(second.timestamp(at: 0) == 2)
    #expect(second.ingressIfindex == 3)
    second.removeAll()
    #expect(pool.available == 4)
  }

  @Test func `frames of a pool do not overlap, coloured or not`() throws {
    for placement in [FramePool.Placement.coloured, .aligned] {
      let pool = try FramePool(frameCount: 8, placement: placement)
      var batch = PacketBatch(pool: pool)
      for byte in 0..<8 { #expect(batch.append([UInt8](repeating: UInt8(byte), count: 3520))) }
      for index in 0..<8 {
        #expect(batch.bytes(at: index).copiedBytes() == [UInt8](repeating: UInt8(index), count: 3520))
      }
      #expect(pool.stride == (placement == .coloured ? 4160 : 4096))
    }
  }

  @Test(arguments: [
    FrameGeometry(frameSize: 0), FrameGeometry(frameSize: .max), FrameGeometry(headroom: 5000),
    FrameGeometry(reserved: 257), FrameGeometry(reserved: -1), FrameGeometry(linear: 3841),
    FrameGeometry(linear: 13),
  ])
  func `sizes that do not fit each other are refused`(geometry: FrameGeometry) {
    #expect(throws: FramePoolError.self) { try FramePool(frameCount: 1, geometry: geometry) }
  }

  @Test(arguments: [0, -1, .max, 1 << 40])
  func `a count of frames that no slab can hold is refused`(count: Int) {
    #expect(throws: FramePoolError.badFrameCount(count)) { try FramePool(frameCount: count) }
  }

  @Test func `a packet test refuses what no frame can hold`() throws {
    var test = try PacketTest(engine(returning(2)))
    #expect(throws: PacketTestError.tooLong(byteCount: 3521, limit: 3520)) {
      try test.run(PacketTest.Input([UInt8](repeating: 0, count: 3521)))
    }
    #expect(throws: PacketTestError.badMetadata(byteCount: 6, limit: 216)) {
      try test.run(PacketTest.Input([0], metadata: [UInt8](repeating: 0, count: 6)))
    }
    #expect(throws: PacketTestError.badMetadata(byteCount: 220, limit: 216)) {
      try test.run(PacketTest.Input([0], metadata: [UInt8](repeating: 0, count: 220)))
    }
    #expect(try test.run(PacketTest.Input([])).action == .pass)
  }
}
