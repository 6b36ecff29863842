/// Who talks to whom in a packet: one of few, so that programs meet a flow again.
public struct PacketFlow: Hashable, Sendable {
  /// IPv4 addresses, as numbers whose highest byte is the first.
  public var source: UInt32, destination: UInt32
  /// IPv6 addresses, 16 bytes each.
  public var source6: [UInt8], destination6: [UInt8]
  /// Ports.
  public var sourcePort: UInt16, destinationPort: UInt16
  /// Hardware addresses, 6 bytes each.
  public var sourceHardware: [UInt8], destinationHardware: [UInt8]

  /// A flow by chance.
  public init(_ random: inout SplitMix) {
    source = random.pick([
      0x0A00_0001, 0x0A00_0002, 0x0A00_0003, 0x0A01_0004, 0xC000_0205, 0xC633_6409, 0xCB00_7107,
    ])
    destination = random.pick([
      0xC000_0201, 0xC000_0221, 0xCB00_7107, 0x0A00_0002, 0x0808_0808, 0xC633_6401, 0xE000_0001, 0xFFFF_FFFF,
    ])
    source6 = Self.address6(0x2001_0DB8, random.pick([1, 2, 3, 0x10]))
    destination6 = random.pick([
      Self.address6(0x0064_FF9B, 0xC000_0201), Self.address6(0x2001_0DB8, 1), Self.address6(0xFE80_0000, 2),
      Self.address6(0xFF02_0000, 1), Self.address6(0x2001_0DB8, 0xFFFF_FFFF),
    ])
    sourcePort = random.pick([40000, 40001, 40002, 80, 443, 53])
    destinationPort = random.pick([80, 443, 53, 123, 8080, 20000, 20001, 20002, 65535])
    sourceHardware = [2, 0, 0, 0, 0, random.pick([1, 2, 3, 4, 5, 6, 7, 8])]
    destinationHardware = random.pick([
      [2, 0, 0, 0, 0, 0x42], [2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
      [1, 0, 0x5E, 0, 0, 1],
    ])
  }

  private static func address6(_ high: UInt32, _ low: UInt32) -> [UInt8] {
    high.networkBytes + [UInt8](repeating: 0, count: 8) + low.networkBytes
  }
}

extension FixedWidthInteger {
  /// The number's bytes, the highest first.
  public var networkBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (Self.bitWidth - 8 - 8 * $0)) }
  }
}
