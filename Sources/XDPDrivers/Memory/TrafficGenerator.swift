import BTF
import XDP

/// Makes the packets of a description, one after the other.
///
/// There is one packet in memory, whose addresses, source port and checksums are written anew each time; a flow's are
/// computed from its number, so memory does not grow with the number of flows.
struct TrafficGenerator {
  /// What the packets are like.
  let description: TrafficDescription
  /// Packets made so far.
  private(set) var made: UInt64 = 0
  /// The packet made last.
  private(set) var packet: [UInt8]
  /// Its time, in nanoseconds since 1970.
  private(set) var timestamp = firstTimestamp

  private let layout: PacketTemplate

  /// When every run begins: 2001-09-09 01:46:40 UTC, the first second of ten digits.
  private static let firstTimestamp: UInt64 = 1_000_000_000 * 1_000_000_000

  /// Starts at the first packet.
  init(_ description: TrafficDescription) {
    self.description = description
    layout = PacketTemplate(description)
    packet = layout.bytes
  }

  /// Makes the next packet.
  mutating func advance() {
    let flow = description.flows == 1 ? 0 : chance(made, 0).multipliedFullWidth(by: description.flows).high
    let elapsed = made.multipliedFullWidth(by: 1_000_000_000)
    // Below 2^64 for as long as packets can be made at all: a billion a second for 500 years.
    let nanoseconds =
      description.rate > elapsed.high ? description.rate.dividingFullWidth(elapsed).quotient : 0
    timestamp = Self.firstTimestamp &+ nanoseconds
    let source = (chance(flow, 1), chance(flow, 2)), destination = (chance(flow, 3), chance(flow, 4))
    let port = UInt16(1024 + chance(flow, 5) % 64_512)
    layout.write(to: &packet, sourceHost: source, destinationHost: destination, sourcePort: port)
    made &+= 1
  }

  /// Makes as many packets and adds them to the batch; answers how many there was room for.
  mutating func fill(_ batch: inout PacketBatch, atMost limit: Int) -> Int {
    let room = min(limit, batch.room, batch.pool.available / framesPerPacket(in: batch.pool.geometry))
    for _ in 0..<max(0, room) {
      advance()
      guard batch.append(copying: packet.rawBytes, timestamp: timestamp) else { break }
    }
    return max(0, room)
  }

  private func framesPerPacket(in geometry: FrameGeometry) -> Int {
    1 + max(0, packet.count - geometry.split + geometry.frameSize - 1) / geometry.frameSize
  }

  /// 64 bits of chance that depend on the seed, a number, and what they are for (SplitMix64's mixing).
  private func chance(_ number: UInt64, _ purpose: UInt64) -> UInt64 {
    var mixed = (description.seed &* 8 &+ purpose) &* 0xD6E8_FEB8_6659_FD93 ^ number &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
