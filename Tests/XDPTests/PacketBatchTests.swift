import BTF
import Testing
import XDP

/// Copies packets into a batch until one does not fit; answers how many did.
func fill(_ batch: inout PacketBatch, with packets: [[UInt8]], timestamp: UInt64 = 0) -> Int {
  for (index, packet) in packets.enumerated() {
    guard batch.append(copying: packet.rawBytes, timestamp: timestamp) else { return index }
  }
  return packets.count
}

@Suite struct `Packet batches` {
  @Test func `a packet is copied behind the headroom`() throws {
    let pool = try FramePool(frameCount: 2)
    var batch = PacketBatch(pool: pool)
    let isIn = batch.append(copying: [1, 2, 3].rawBytes, metadata: [9, 8, 7, 6].rawBytes, timestamp: 5)
    #expect(isIn)
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
      let added = fill(&batch, with: [[1], [2], [3]])
      #expect(added == 3)
      #expect(pool.available == 1)
    }
    #expect(pool.available == 4)
  }

  @Test func `an empty pool and a full batch take no more`() throws {
    let small = try FramePool(frameCount: 1)
    var batch = PacketBatch(pool: small)
    let addedToSmall = fill(&batch, with: [[1], [2]])
    #expect(addedToSmall == 1)
    let large = try FramePool(frameCount: 100)
    var full = PacketBatch(pool: large)
    let addedToLarge = fill(&full, with: [[UInt8]](repeating: [1], count: 100))
    #expect(addedToLarge == PacketBatch.capacity)
    #expect(large.available == 36)
  }

  @Test func `a packet that moved belongs to the other batch alone`() throws {
    let pool = try FramePool(frameCount: 4)
    var first = PacketBatch(pool: pool)
    var second = PacketBatch(pool: pool)
    first.ingressIfindex = 3
    for byte in 1...3 { _ = fill(&first, with: [[UInt8(byte)]], timestamp: UInt64(byte)) }
    first.move(at: 1, to: &second)
    first.removeAll()
    #expect(pool.available == 3)
    #expect(second.bytes(at: 0).copiedBytes() == [2])
    #expect(second.timestamp(at: 0) == 2)
    #expect(second.ingressIfindex == 3)
    second.removeAll()
    #expect(pool.available == 4)
  }

  /// Bytes of which every one differs from those around it.
  private func long(_ length: Int) -> [UInt8] {
    (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
  }

  @Test(arguments: [3521, 7616, 7617, 9000, 73_152])
  func `a packet longer than a frame goes on in fragments and keeps them on its way`(length: Int) throws {
    let pool = try FramePool(frameCount: 20)
    var first = PacketBatch(pool: pool)
    var second = PacketBatch(pool: pool)
    let added = fill(&first, with: [long(length), [1]])
    #expect(added == 2)
    #expect(first.bytes(at: 0).copiedBytes() == Array(long(length).prefix(3520)))
    #expect(first[0].flags.contains(.hasFragments))
    first.move(at: 0, to: &second)
    first.removeAll()
    #expect(pool.available == 20 - 1 - (length - 3520 + 4095) / 4096)
    #expect(second.copiedBytes(at: 0) == long(length))
    second.removeAll()
    #expect(pool.available == 20)
  }

  @Test func `a packet that the pool has too few frames for leaves none behind`() throws {
    let pool = try FramePool(frameCount: 3)
    var batch = PacketBatch(pool: pool)
    let added = fill(&batch, with: [long(12_000)])
    #expect(added == 0)
    #expect(pool.available == 3)
    let fitting = fill(&batch, with: [long(11_712)])
    #expect(fitting == 1)
    #expect(pool.available == 0)
  }

  @Test func `packets with fragments are taken out of a batch, and the others close up`() throws {
    let pool = try FramePool(frameCount: 16)
    var batch = PacketBatch(pool: pool)
    _ = fill(&batch, with: [[1], long(4000), [2], long(9000), [3]])
    let removed = batch.removeFragmented()
    #expect(removed == 2)
    #expect(batch.count == 3)
    #expect((0..<3).map { batch.copiedBytes(at: $0) } == [[1], [2], [3]])
    #expect(pool.available == 13)
  }

  @Test func `a smaller first part puts more into fragments`() throws {
    let pool = try FramePool(frameCount: 4, geometry: FrameGeometry(firstPart: 100))
    var batch = PacketBatch(pool: pool)
    _ = fill(&batch, with: [long(150), long(100)])
    #expect(batch[0].linearLength == 100)
    #expect(batch.copiedBytes(at: 0) == long(150))
    #expect(batch.hasFragments(at: 0) && !batch.hasFragments(at: 1))
  }

  @Test func `frames of a pool do not overlap, coloured or not`() throws {
    for placement in [FramePool.Placement.coloured, .aligned] {
      let pool = try FramePool(frameCount: 8, placement: placement)
      var batch = PacketBatch(pool: pool)
      let added = fill(&batch, with: (0..<8).map { [UInt8](repeating: $0, count: 3520) })
      #expect(added == 8)
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
    #expect(throws: PacketTestError.tooLong(byteCount: 73_153, limit: 73_152)) {
      try test.run(PacketTest.Input([UInt8](repeating: 0, count: 73_153)))
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
