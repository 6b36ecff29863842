/// Made-up UDP packets of 64 bytes, each from another source: what the table's programs run on.
enum UDPPackets {
  /// So many packets; the source addresses are `10.x.y.z` by the number, spread over the range.
  static func make(_ count: Int, sources: Int = .max) -> [[UInt8]] {
    (0..<count).map { packet(source: source($0 % min(count, sources))) }
  }

  /// The number of a source address; no two numbers below 2^24 share one.
  static func source(_ number: Int) -> UInt32 {
    0x0A00_0000 | UInt32(truncatingIfNeeded: number &* 0x9E_3779_B1) & 0xFF_FFFF
  }

  /// A packet to port 4242.
  static func packet(source: UInt32) -> [UInt8] {
    var packet = LowFrame.packet
    for place in 0..<4 { packet[26 + place] = UInt8(truncatingIfNeeded: source >> (24 - 8 * place)) }
    return packet
  }
}
