import Testing
import XDP
import XDPDrivers

@Suite struct `Traffic description` {
  @Test(arguments: [
    ("", "size=64,flows=1024,proto=udp,seed=1,src=10.0.0.0/8,dst=192.0.2.1,port=53,rate=1000000"),
    (
      "count=10,size=1500,flows=2,proto=tcp,seed=9,src=10.1.2.3/16,dst=10.9.9.9,port=80,rate=5,vlan=7",
      "count=10,size=1500,flows=2,proto=tcp,seed=9,src=10.1.0.0/16,dst=10.9.9.9,port=80,rate=5,vlan=7"
    ),
    (
      "dst=2001:db8::1",
      "size=64,flows=1024,proto=udp,seed=1,src=2001:db8::/48,dst=2001:db8::1,port=53,rate=1000000"
    ),
    (
      "src=fd00:1:2:3:4::/72,proto=tcp",
      "size=74,flows=1024,proto=tcp,seed=1,src=fd00:1:2:3::/72,dst=2001:db8:ffff::1,port=53,rate=1000000"
    ),
  ])
  func `fills in what was left out`(text: String, whole: String) throws {
    let traffic = try TrafficDescription(parsing: text)
    #expect("\(traffic)" == whole)
    #expect(try TrafficDescription(parsing: whole) == traffic)
  }

  @Test(arguments: [
    (
      "sise=64",
      "there is no 'sise'; possible are count, size, flows, proto, seed, src, dst, port, rate, vlan"
    ),
    ("size", "'size' has no value; write size=VALUE"),
    ("size=", "'size' has no value; write size=VALUE"),
    ("size=9,size=9", "'size' stands there twice"),
    ("size=20", "size=20: the headers alone take 42 bytes"),
    ("size=65554", "size=65554: not a number from 1 to 65553"),
    ("count=-1", "count=-1: not a number from 0 to 18446744073709551615"),
    ("count=99999999999999999999", "count=99999999999999999999: not a number from 0 to 18446744073709551615"),
    ("rate=0", "rate=0: not a number from 1 to 1000000000"),
    ("vlan=4095", "vlan=4095: not a number from 0 to 4094"),
    ("proto=sctp", "proto=sctp: possible are udp, tcp, icmp"),
    (
      "src=10.0.0.0/33",
      "src=10.0.0.0/33: not an address or a prefix, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"
    ),
    ("src=10.0.0.1,dst=::1", "src and dst are of different IP versions"),
  ])
  func `says what is wrong with it`(text: String, reason: String) {
    let error = #expect(throws: InterfaceArgumentError.self) {
      try InterfaceArgument(parsing: "memory:\(text)")
    }
    #expect(error?.description == "interface 'memory:\(text)': \(reason)")
  }
}

@Suite struct `Made-up traffic` {
  private let pool: FramePool

  init() throws { pool = try FramePool(frameCount: 256) }

  private func packets(_ text: String) throws -> [(bytes: [UInt8], timestamp: UInt64)] {
    let driver = try MemoryDriver(TrafficDescription(parsing: text), pool: pool)
    var batch = PacketBatch(pool: pool)
    var packets: [(bytes: [UInt8], timestamp: UInt64)] = []
    while try driver.receive(into: &batch) != .finished {
      for index in 0..<batch.count {
        packets.append((bytes(of: batch, at: index), batch.timestamp(at: index)))
      }
      batch.removeAll()
    }
    return packets
  }

  /// The sum of all words, which is all ones where the checksum among them is right.
  private func sum(_ parts: [UInt8]...) -> Int {
    var sum = 0
    for part in parts {
      for (index, byte) in part.enumerated() { sum += Int(byte) << (index % 2 == 0 ? 8 : 0) }
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return sum
  }

  @Test(arguments: ["udp", "tcp", "icmp"], ["10.0.0.0/8", "2001:db8::/32"])
  func `has lengths and checksums that are right`(proto: String, source: String) throws {
    let isIPv6 = source.contains(":")
    for (size, tag) in [(isIPv6 ? 74 : 64, ""), (79, ""), (79, ",vlan=5"), (1514, "")] {
      for (packet, _) in try packets("count=200,proto=\(proto),src=\(source),size=\(size)" + tag) {
        #expect(packet.count == size)
        let ip = Array(packet[(tag.isEmpty ? 14 : 18)...])
        let header = isIPv6 ? 40 : 20
        let payload = Array(ip[header...])
        let length = Int(ip[isIPv6 ? 4 : 2]) << 8 | Int(ip[isIPv6 ? 5 : 3])
        #expect(length == (isIPv6 ? payload.count : ip.count))
        #expect(isIPv6 || sum(Array(ip[..<20])) == 0xffff, "IPv4's checksum")
        let addresses = Array(isIPv6 ? ip[8..<40] : ip[12..<20])
        let number = ip[isIPv6 ? 6 : 9]
        #expect(number == ["udp": 17, "tcp": 6, "icmp": isIPv6 ? 58 : 1][proto])
        let lengthField = [UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        let pseudo = proto == "icmp" && !isIPv6 ? [] : addresses + [0, number] + lengthField
        #expect(sum(pseudo, payload) == 0xffff, "the transport's checksum")
      }
    }
  }

  @Test func `is the same each time, and another with another seed`() throws {
    let first = try packets("count=500,seed=4").map(\.bytes)
    #expect(try packets("count=500,seed=4").map(\.bytes) == first)
    #expect(try packets("count=500,seed=5").map(\.bytes) != first)
  }

  @Test(arguments: [1, 7, 1000])
  func `has as many flows as it says`(flows: Int) throws {
    let packets = try packets("count=20000,flows=\(flows)").map(\.bytes)
    #expect(Set(packets).count == flows)
  }

  @Test func `keeps to its prefixes`() throws {
    let packets = try packets("count=2000,src=172.16.0.0/12,dst=192.0.2.128/25,flows=2000").map(\.bytes)
    #expect(packets.allSatisfy { $0[26] == 172 && $0[27] & 0xf0 == 16 })
    #expect(Set(packets.map { $0[27] & 15 }).count == 16)
    #expect(packets.allSatisfy { $0[30...32] == [192, 0, 2] && $0[33] >= 128 })
    #expect(Set(packets.map { $0[33] }).count > 100)
  }

  @Test func `is spaced by its rate`() throws {
    let times = try packets("count=100,rate=1000").map(\.timestamp)
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 1_000_000 })
    #expect(times.first == 1_000_000_000_000_000_000)
  }

  @Test func `ends after its count, which progress shows`() throws {
    let driver = try MemoryDriver(TrafficDescription(parsing: "count=100"), pool: pool)
    var batch = PacketBatch(pool: pool)
    #expect(try driver.receive(into: &batch) == .packets)
    #expect(batch.count == 64)
    #expect(driver.progress == Progress(unit: .packets, done: 64, total: 100))
    batch.removeAll()
    #expect(try driver.receive(into: &batch) == .packets)
    batch.removeAll()
    #expect(try driver.receive(into: &batch) == .finished)
    #expect(driver.progress.fraction == 1)
  }

  @Test func `without a count has no end`() throws {
    let driver = try MemoryDriver(TrafficDescription(), pool: pool)
    var batch = PacketBatch(pool: pool)
    for _ in 0..<100 {
      #expect(try driver.receive(into: &batch) == .packets)
      batch.removeAll()
    }
    #expect(driver.progress.total == nil)
  }

  @Test func `too large for a frame is refused`() throws {
    let traffic = try TrafficDescription(parsing: "size=5000")
    let geometry = FrameGeometry(frameSize: 256, headroom: 100, linear: 128)
    let pool = try FramePool(frameCount: 64, geometry: geometry)
    let error = #expect(throws: DriverError.self) { try MemoryDriver(traffic, pool: pool) }
    #expect(
      error?.reason == "size=5000: a frame and its fragments hold 4480 bytes; take larger frames (--linear)"
    )
  }
}

@Suite struct `Memory wire` {
  private let pool: FramePool
  private let wire: MemoryDriver

  init() throws {
    pool = try FramePool(frameCount: 8)
    wire = MemoryDriver(pool: pool)
  }

  @Test func `hands out what was put in, in order, then what is arriving`() throws {
    wire.enqueue([1] + frame(1), timestamp: 11)
    wire.enqueue([2] + frame(2), timestamp: 22)
    wire.arriving = 3
    var batch = PacketBatch(pool: pool)

    #expect(try wire.receive(into: &batch) == .packets)
    #expect(batch.count == 5)
    #expect((0..<2).map { bytes(of: batch, at: $0)[0] } == [1, 2])
    #expect((0..<2).map { batch.timestamp(at: $0) } == [11, 22])
    #expect(wire.arriving == 0)
    batch.removeAll()
    #expect(try wire.receive(into: &batch) == .idle)
  }

  @Test func `keeps what finds no frame`() throws {
    wire.arriving = 6
    for number in 0..<6 { wire.enqueue(frame(number)) }
    var batch = PacketBatch(pool: pool)
    var total = 0
    while try wire.receive(into: &batch) == .packets {
      total += batch.count
      batch.removeAll()
    }
    #expect(total == 12)
    #expect(pool.available == 8)
  }

  @Test func `counts what is sent, and keeps it if it is told to`() throws {
    wire.keepsSentPackets = true
    wire.enqueue(frame(1))
    wire.enqueue(frame(2))
    var batch = PacketBatch(pool: pool)
    _ = try wire.receive(into: &batch)

    #expect(try wire.transmit(&batch) == 2)
    #expect(wire.sent == 2)
    #expect(wire.sentBytes == 120)
    #expect(wire.sentPackets == [frame(1), frame(2)])
    #expect(pool.available == 8)
  }
}
