import TestSupport
import Testing
import XDP
import XDPDrivers

@Suite struct `Wire between two data paths` {
  private let wire: MemoryWire
  private let west: MemoryWireEnd
  private let east: MemoryWireEnd

  init() throws {
    wire = try MemoryWire(capacity: 128)
    west = try wire.open(.first, interface: NetworkInterface(name: "west", index: 1))
    east = try wire.open(.second, interface: NetworkInterface(name: "east", index: 2))
  }

  /// Puts packets into frames of an end's own.
  private func batch(_ numbers: Range<Int>, of pool: FramePool, timestamp: UInt64? = nil) -> PacketBatch {
    var batch = PacketBatch(pool: pool)
    batch.hasTimestamps = timestamp != nil
    for number in numbers {
      let isIn = batch.append(copying: frame(number).rawBytes, timestamp: timestamp ?? 0)
      #expect(isIn)
    }
    return batch
  }

  private func receive(at end: MemoryWireEnd) throws -> [[UInt8]] {
    var batch = PacketBatch(pool: end.pool), packets: [[UInt8]] = []
    while try end.receive(into: &batch) == .packets {
      packets += (0..<batch.count).map { batch.copiedBytes(at: $0) }
      batch.removeAll()
    }
    return packets
  }

  @Test func `carries packets both ways, in order`() throws {
    var out = batch(0..<40, of: west.pool), back = batch(50..<60, of: east.pool)
    #expect(try west.transmit(&out) == 40)
    #expect(try east.transmit(&back) == 10)
    #expect(try receive(at: east) == (0..<40).map { frame($0) })
    #expect(try receive(at: west) == (50..<60).map { frame($0) })
    #expect([west.sent, west.received, east.sent, east.received] == [40, 10, 10, 40])
  }

  @Test func `hands frames of its own slab over, and copies others once`() throws {
    var own = batch(0..<1, of: west.pool)
    let place = own[0].frame
    _ = try west.transmit(&own)
    var arrived = PacketBatch(pool: east.pool)
    _ = try east.receive(into: &arrived)
    #expect(arrived[0].frame == place)

    let other = try FramePool(frameCount: 4)
    var foreign = batch(3..<5, of: other)
    #expect(try west.transmit(&foreign) == 2)
    #expect(other.available == 4)
    #expect(try receive(at: east) == [frame(3), frame(4)])
  }

  @Test func `keeps timestamps where there are some`() throws {
    var timed = batch(0..<2, of: west.pool, timestamp: 77)
    _ = try west.transmit(&timed)
    var arrived = PacketBatch(pool: east.pool)
    _ = try east.receive(into: &arrived)
    #expect(arrived.hasTimestamps == true)
    #expect(arrived.timestamp(at: 1) == 77)
    #expect(arrived.ingressIfindex == 2)
    arrived.removeAll()
    var untimed = batch(0..<1, of: west.pool)
    _ = try west.transmit(&untimed)
    _ = try east.receive(into: &arrived)
    #expect(arrived.hasTimestamps == false)
  }

  @Test func `drops what it has no room for, and counts it`() throws {
    for start in [0, 64] {
      var full = batch(start..<start + 64, of: west.pool)
      #expect(try west.transmit(&full) == 64)
    }
    let available = west.pool.available
    var late = batch(0..<10, of: west.pool)
    #expect(try west.transmit(&late) == 0)
    #expect(west.pool.available == available)
    #expect(west.refused == 10)
    #expect(try receive(at: east) == (0..<128).map { frame($0) })
    var again = batch(0..<10, of: west.pool)
    #expect(try west.transmit(&again) == 10)
  }

  @Test func `sends frames home, so that one way never runs dry`() throws {
    var got = 0
    for round in 0..<1000 {
      var out = batch(round..<round + 60, of: west.pool)
      #expect(try west.transmit(&out) == 60)
      got += try receive(at: east).count
    }
    #expect(got == 60_000)
    // Both ends have all frames but those that wait to go home.
    #expect(east.pool.available < east.pool.frameCount + PacketBatch.capacity)
    var batch = PacketBatch(pool: west.pool)
    _ = try west.receive(into: &batch)
    #expect(west.pool.available + east.pool.available == wire.slab.frameCount)
  }

  @Test func `delivers every packet behind the whole headroom and without metadata`() throws {
    var out = PacketBatch(pool: west.pool)
    for delta in [Int32(-100), 0, 20] {
      let isIn = out.append(copying: frame(1).rawBytes, metadata: [1, 2, 3, 4].rawBytes)
      #expect(isIn)
      let answer = out.withPacket(at: out.count - 1) { $0.adjustHead(by: delta) }
      #expect(answer == nil)
    }
    let sent = (0..<3).map { out.copiedBytes(at: $0) }
    _ = try west.transmit(&out)
    var arrived = PacketBatch(pool: east.pool)
    _ = try east.receive(into: &arrived)
    let found = (0..<3).map { arrived.copiedBytes(at: $0) }
    #expect(found == sent)
    let places = (0..<3).map { arrived[$0] }
    #expect(places.allSatisfy { $0.data == 256 && $0.metadataLength == 0 })
  }

  @Test func `carries packets with fragments`() throws {
    let long = (0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    var out = PacketBatch(pool: west.pool)
    let isIn = out.append(copying: long.rawBytes)
    #expect(isIn)
    let available = west.pool.available
    #expect(try west.transmit(&out) == 1)
    #expect(west.pool.available == available)
    #expect(try receive(at: east) == [long])
    #expect(east.pool.available == east.pool.frameCount + 3)
  }

  @Test func `has an end once the other one is closed`() throws {
    var out = batch(0..<3, of: west.pool), batch = PacketBatch(pool: east.pool)
    _ = try west.transmit(&out)
    west.close()
    #expect(try east.receive(into: &batch) == .packets)
    batch.removeAll()
    #expect(try east.receive(into: &batch) == .finished)
    var back = self.batch(0..<3, of: east.pool)
    #expect(try east.transmit(&back) == 0)
    #expect(east.refused == 3)
    #expect(east.pool.available == east.pool.frameCount + 3)
  }

  @Test func `has two ends, each for one`() {
    let error = #expect(throws: DriverError.self) { try wire.open(.first) }
    #expect(error?.description == "wire: open: this end of the wire is in use")
  }

  @Test func `carries packets between two threads, whole and in order`() throws {
    let wire = try MemoryWire(capacity: 256), count = 100_000
    together([
      {
        do {
          let end = try wire.open(.first)
          var batch = PacketBatch(pool: end.pool), next = 0
          while next < count {
            while next < count, batch.append(copying: Self.packet(next).rawBytes) { next += 1 }
            let filled = batch.count
            next -= filled - (try end.transmit(&batch))
          }
        } catch { Issue.record(error) }
      },
      {
        do {
          let end = try wire.open(.second)
          var batch = PacketBatch(pool: end.pool), next = 0
          while try end.receive(into: &batch) != .finished {
            for place in 0..<batch.count {
              guard batch.copiedBytes(at: place) == Self.packet(next) else {
                Issue.record("packet \(next) arrived as another")
                return
              }
              next += 1
            }
            batch.removeAll()
          }
          #expect(next == count)
        } catch { Issue.record(error) }
      },
    ])
  }

  /// Sixty bytes that say which packet they are of.
  private static func packet(_ number: Int) -> [UInt8] {
    (0..<60).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 3)) &+ $0) }
  }
}

@Suite struct `Wires by name` {
  private func open(_ name: String, in wires: MemoryWires) throws -> any Driver {
    try InterfaceArgument(parsing: "memory:wire=\(name)").open(index: 3, wires: wires)
  }

  @Test func `join the two interfaces that name them`() throws {
    let wires = MemoryWires()
    let first = try open("a", in: wires)
    #expect(wires.halves == ["a"])
    let second = try open("a", in: wires)
    #expect(wires.halves == [])
    var batch = PacketBatch(pool: first.pool)
    let isIn = batch.append(copying: frame(1).rawBytes)
    #expect(isIn)
    #expect(try first.transmit(&batch) == 1)
    var arrived = PacketBatch(pool: second.pool)
    #expect(try second.receive(into: &arrived) == .packets)
    #expect(bytes(of: arrived, at: 0) == frame(1))
    #expect(second.interface == NetworkInterface(name: "a", index: 3))

    let error = #expect(throws: DriverError.self) { try open("a", in: wires) }
    #expect(
      error?.description
        == "memory:wire=a: open: both ends of the wire are in use; a wire joins two interfaces"
    )
  }

  @Test(arguments: ["wire=", "wire=a,count=5", "wire=a b"])
  func `have a name and nothing else`(text: String) {
    let error = #expect(throws: InterfaceArgumentError.self) {
      try InterfaceArgument(parsing: "memory:\(text)")
    }
    #expect(error?.reason == "a wire is memory:wire=NAME and nothing else")
  }

  @Test func `are written as they are read`() throws {
    #expect(try InterfaceArgument(parsing: "memory:wire=west-1").description == "memory:wire=west-1")
  }
}
