import Testing
import XDP

@Suite struct `Packet ring` {
  private static func ring(_ count: Int) throws -> PacketRing {
    try PacketRing((0..<count).map { [UInt8](repeating: UInt8($0), count: 14 + $0) })
  }

  /// The first byte of each packet in the batch: its number.
  private static func numbers(_ batch: borrowing PacketBatch) -> [Int] {
    (0..<batch.count).map { Int(batch.copiedBytes(at: $0)[0]) }
  }

  @Test func `gives all packets in order, again and again`() throws {
    let ring = try Self.ring(100)
    var batch = PacketBatch(pool: ring.pool)
    for _ in 0..<3 {
      #expect(ring.receive(into: &batch) == 64)
      #expect(Self.numbers(batch) == Array(0..<64))
      #expect(batch.copiedBytes(at: 63).count == 14 + 63)
      batch.removeAll()
      #expect(ring.receive(into: &batch) == 36)
      #expect(Self.numbers(batch) == Array(64..<100))
      batch.removeAll()
    }
  }

  @Test func `gives only packets whose frames have come back`() throws {
    let ring = try Self.ring(10)
    var batch = PacketBatch(pool: ring.pool), kept = PacketBatch(pool: ring.pool)
    #expect(ring.receive(into: &batch) == 10)
    for index in [2, 5] { batch.move(at: index, to: &kept) }
    batch.removeAll()
    #expect(ring.receive(into: &batch) == 8)
    #expect(Set(Self.numbers(batch)) == Set(0..<10).subtracting([2, 5]))
    batch.removeAll()
    kept.removeAll()
    #expect(ring.receive(into: &batch) == 10)
    #expect(Set(Self.numbers(batch)) == Set(0..<10))
    batch.removeAll()
    ring.restore()
    #expect(ring.receive(into: &batch) == 10)
    #expect(Self.numbers(batch) == Array(0..<10))
  }

  @Test func `gives nothing while every packet is on its way`() throws {
    let ring = try Self.ring(3)
    var batch = PacketBatch(pool: ring.pool), other = PacketBatch(pool: ring.pool)
    #expect(ring.receive(into: &batch) == 3)
    #expect(ring.receive(into: &other) == 0)
    batch.removeAll()
    #expect(ring.receive(into: &other) == 3)
  }

  @Test func `knows whether packets were changed, and puts them back`() throws {
    let ring = try Self.ring(70)
    var batch = PacketBatch(pool: ring.pool)
    #expect(ring.isUnchanged)
    #expect(ring.receive(into: &batch) == 64)
    var bytes = batch.mutableBytes(at: 63)
    bytes.storeBytes(of: 0xFF, toByteOffset: 14 + 62, as: UInt8.self)
    batch.removeAll()
    #expect(!ring.isUnchanged)
    #expect(ring.receive(into: &batch) == 6)
    batch.removeAll()
    ring.restore()
    #expect(ring.isUnchanged)
    #expect(ring.receive(into: &batch) == 64)
    #expect(batch.copiedBytes(at: 63) == [UInt8](repeating: 63, count: 14 + 63))
  }
}
