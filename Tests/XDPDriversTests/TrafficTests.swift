import Testing
import XDP
import XDPDrivers

@Suite struct `Traffic description` {
  @Test(arguments: [
    ("", "size=64,flows=65536,proto=udp,seed=1,src=10.0.0.0/8,dst=192.0.2.1,port=53,rate=1000000"),
    (
      "count=10,size=1500,flows=2,proto=tcp,seed=9,src=10.1.2.3/16,dst=10.9.9.9,port=80,rate=5,vlan=7",
      "count=10,size=1500,flows=2,proto=tcp,seed=9,src=10.1.0.0/16,dst=10.9.9.9,port=80,rate=5,vlan=7"
    ),
    (
      "dst=2001:db8::1",
      "size=64,flows=65536,proto=udp,seed=1,src=2001:db8::/48,dst=2001:db8::1,port=53,rate=1000000"
    ),
    (
      "src=fd00:1:2:3:4::/72,proto=tcp",
      "size=74,flows=65536,proto=tcp,seed=1,src=fd00:1:2:3::/72,dst=2001:db8:ffff::1,port=53,rate=1000000"
    ),
    (
      "size=imix,proto=udp:6+tcp-synack+tcp-ack:2+arp,pick=zipf,vlan=5-9,tagged=50,ipv6=20,src6=fd00::/8,count=1",
      "count=1,size=60:7+590:4+1514,flows=65536,proto=udp:6+tcp-synack+tcp:2+arp,pick=zipf:1.0,seed=1,"
        + "src=10.0.0.0/8,dst=192.0.2.1,ipv6=20,src6=fd00::/8,dst6=2001:db8:ffff::1,port=53,rate=1000000,"
        + "vlan=5-9,tagged=50"
    ),
    (
      "size=64-128:3+900,pick=turns,reuse=100:scattered",
      "size=64-128:3+900,flows=65536,proto=udp,pick=turns,seed=1,src=10.0.0.0/8,dst=192.0.2.1,port=53,"
        + "rate=1000000,reuse=100:scattered"
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
      "there is no 'sise'; possible are count, size, flows, proto, pick, seed, src, dst, ipv6, src6, dst6, port, "
        + "rate, vlan, tagged, reuse"
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
    (
      "proto=sctp",
      "proto=sctp: possible are udp, tcp, tcp-syn, tcp-finack and so on, icmp, arp, or a mix such as udp:6+tcp:3+icmp"
    ),
    (
      "proto=udp:0",
      "proto=udp:0: possible are udp, tcp, tcp-syn, tcp-finack and so on, icmp, arp, or a mix such as udp:6+tcp:3+icmp"
    ),
    (
      "proto=tcp-synsyn",
      "proto=tcp-synsyn: possible are udp, tcp, tcp-syn, tcp-finack and so on, icmp, arp, or a mix such as "
        + "udp:6+tcp:3+icmp"
    ),
    (
      "size=9-3",
      "size=9-3: not a size, such as 64, 64-1514, 60:7+590:4+1514 or imix, with numbers up to 65553"
    ),
    ("pick=best", "pick=best: possible are uniform, turns, zipf and zipf:EXPONENT"),
    ("pick=zipf:11", "pick=zipf:11: an exponent is from 0 to 10"),
    ("pick=zipf:nan", "pick=zipf:nan: an exponent is from 0 to 10"),
    ("pick=zipf,flows=4194305", "flows=4194305: with pick=zipf at most 4194304"),
    ("proto=udp+tcp,vlan=1,tagged=50,flows=3", "flows=3: there are 4 kinds of packets"),
    ("tagged=50", "tagged=50: say vlan=ID too"),
    ("ipv6=5,src=fd00::/8", "with ipv6, src6 or dst6, src and dst are of IPv4"),
    ("proto=arp,src=fd00::/8", "ARP is of IPv4 addresses"),
    ("src6=10.0.0.0/8", "src6=10.0.0.0/8: not an IPv6 address or prefix, such as 2001:db8::/32"),
    ("reuse=0", "reuse=0: not a number from 1 to 16777216, or NUMBER:scattered"),
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

  /// Everything at once.
  private static let mixed =
    "size=60:7+590-600:4+1514,proto=udp:5+tcp:2+tcp-syn+icmp+arp,ipv6=30,vlan=100-109,tagged=40,pick=zipf:1.1,seed=7"

  @Test func `of a mix has lengths and checksums that are right, and the shares of its weights`() throws {
    var counts: [String: Int] = [:]
    for (packet, _) in try packets("count=20000," + Self.mixed) {
      let found = try #require(DissectedPacket(packet))
      #expect(found.flaws == [])
      for name in found.names { counts[name, default: 0] += 1 }
    }
    // The standard deviation of 20,000 draws is at most 71.
    let expected = [
      "udp": 10_000, "tcp": 6000, "icmp": 2000, "arp": 2000, "syn": 2000, "tagged": 8000, "ipv6": 5400,
      "small": 11_667, "middle": 6667, "large": 1667,
    ]
    #expect(Set(counts.keys) == Set(expected.keys))
    for (name, count) in expected { #expect(abs(counts[name, default: 0] - count) < 220, "\(name)") }
  }

  @Test(arguments: [
    ("", "61de7f40c940f60"), ("proto=tcp,src=2001:db8::/32,size=79", "3318e027fde4c913"),
    (Self.mixed, "229530ba68ce33cb"),
    ("pick=zipf:0.8,flows=1000,rate=3", "93cff58a14351ba5"),
    ("pick=turns,size=imix", "3ce1280b335a9081"),
  ])
  func `has the same bytes and times on every machine`(text: String, hash: String) throws {
    // Fowler, Noll and Vo's.
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ bytes: some Sequence<UInt8>) {
      for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    for (packet, time) in try packets("count=2000," + text) {
      add(packet)
      add((0..<8).map { UInt8(truncatingIfNeeded: time >> (8 * $0)) })
    }
    #expect(String(sum, radix: 16) == hash)
  }

  @Test func `has 65,536 packets that differ, unless told otherwise`() throws {
    let packets = try packets("count=65536,pick=turns").map(\.bytes)
    #expect(Set(packets).count == 65_536)
    #expect(
      try self.packets("count=3,pick=turns,flows=2").map(\.bytes) == [packets[0], packets[1], packets[0]]
    )
  }

  @Test func `by Zipf has flows as often as their rank says`() throws {
    let packets = try packets("count=50000,flows=50,pick=zipf:1").map(\.bytes)
    let counts = Dictionary(grouping: packets) { $0 }.map(\.value.count).sorted(by: >)
    let sum = (1...50).reduce(0) { $0 + 1 / Double($1) }
    #expect(counts.count == 50)
    for (index, count) in counts.enumerated() {
      let expected = 50_000 / Double(index + 1) / sum
      #expect(abs(Double(count) - expected) < 4 * expected.squareRoot(), "rank \(index + 1)")
    }
  }

  // MARK: Packets that come again

  /// Receives batch after batch and lets each go.
  private func receive(_ count: Int, from driver: MemoryDriver) throws -> [[UInt8]] {
    var batch = PacketBatch(pool: driver.pool)
    var packets: [[UInt8]] = []
    while packets.count < count {
      #expect(try driver.receive(into: &batch) == .packets)
      #expect(batch.hasTimestamps == false)
      for index in 0..<batch.count { packets.append(bytes(of: batch, at: index)) }
      batch.removeAll()
    }
    return packets
  }

  @Test(arguments: [1, 63, 64, 100, 200])
  func `can come again in the same order`(count: Int) throws {
    let first = try packets("count=\(count)").map(\.bytes)
    let driver = try MemoryDriver(TrafficDescription(parsing: "reuse=\(count)"), pool: pool)
    let found = try receive(3 * count, from: driver)
    for (index, packet) in found.enumerated() { #expect(packet == first[index % count]) }
    #expect(pool.available == 256 - count + min(64, count % 64 == 0 ? 64 : count % 64))
  }

  @Test func `can come again in random order of memory, each once a round`() throws {
    let driver = try MemoryDriver(TrafficDescription(parsing: "reuse=128:scattered"), pool: pool)
    let first = try packets("count=128").map(\.bytes), found = try receive(256, from: driver)
    #expect(Array(found[..<128]) == Array(found[128...]))
    #expect(Array(found[..<128]) != first)
    #expect(Set(found) == Set(first))
  }

  @Test func `comes again only once it is back, whatever else is in the pool`() throws {
    let driver = try MemoryDriver(TrafficDescription(parsing: "reuse=100"), pool: pool)
    var batch = PacketBatch(pool: pool), kept = PacketBatch(pool: pool)
    let other = unsafe try #require(pool.take())
    #expect(try driver.receive(into: &batch) == .packets)
    batch.move(at: 5, to: &kept)
    batch.removeAll()
    unsafe pool.recycle(other)
    #expect(try driver.receive(into: &batch) == .idle)
    kept.removeAll()
    #expect(try driver.receive(into: &batch) == .packets)
    #expect(batch.count == 36)
    #expect(pool.available == 156)
  }

  @Test(arguments: [
    ("reuse=300", "reuse=300: the pool has not as many fresh frames, but 256"),
    ("reuse=9,size=5000", "reuse=9: packets of 5000 bytes do not fit a frame's 3520"),
  ])
  func `cannot come again without a frame for each`(text: String, reason: String) throws {
    let traffic = try TrafficDescription(parsing: text)
    let error = #expect(throws: DriverError.self) { try MemoryDriver(traffic, pool: pool) }
    #expect(error?.reason == reason)
    #expect(pool.available == 256)
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
