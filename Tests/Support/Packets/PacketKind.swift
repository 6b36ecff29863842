/// A kind of packet that programs meet, with variations by chance.
public struct PacketKind: Sendable, CustomStringConvertible {
  /// What it is, in words.
  public let name: String
  private let build: @Sendable (PacketFlow, inout SplitMix) -> SamplePacket

  init(_ name: String, _ build: @escaping @Sendable (PacketFlow, inout SplitMix) -> SamplePacket) {
    self.name = name
    self.build = build
  }

  /// The kind's name.
  public var description: String { name }

  /// One of its packets.
  public func packet(_ random: inout SplitMix) -> SamplePacket {
    let flow = PacketFlow(&random)
    return build(flow, &random)
  }

  /// All kinds whose packets fit a frame in one piece: up to 3,520 bytes.
  public static let all = links + transports4 + networks4 + networks6 + tunnels + applications + sizes

  /// Packets of 14 bytes to the longest that fits, with bytes that mean nothing.
  static let sizes: [PacketKind] =
    [14, 15, 16, 18, 33, 34, 35, 42, 54, 60, 64, 127, 128, 256, 600, 1500, 1514, 3000, 3519, 3520].map {
      size in
      PacketKind("UDP in a frame of \(size) bytes") { flow, random in
        SamplePacket(random.bytes(max(0, size - 42))).udp(flow).ipv4(flow, .udp).ethernet(flow, .ipv4)
          .truncated(to: size)
      }
    } + [
      PacketKind("noise of any length") { _, random in
        SamplePacket(random.bytes(Int.random(in: 14...400, using: &random)))
      },
      PacketKind("nothing but zeros") { _, _ in SamplePacket([UInt8](repeating: 0, count: 64)) },
      PacketKind("nothing but ones") { _, _ in SamplePacket([UInt8](repeating: 0xFF, count: 64)) },
    ]
}
