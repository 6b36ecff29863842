import XDPTypes

/// What made-up packets are like: `memory:count=1000000,size=imix,flows=65536,proto=udp:6+tcp:3+icmp,pick=zipf:1.1`.
///
/// The same description always gives the same packets, on every machine. Whatever is left out has its default.
///
/// | item | meaning | default |
/// |---|---|---|
/// | `count=N` | so many packets, then the end | no end |
/// | `size=N` | bytes of a frame, without the check sequence; `64-1514` any size between, `60:7+590:4+1514` a mix with weights, `imix` that very mix. A packet is never shorter than its headers | 64, or what the headers take |
/// | `proto=P` | `udp`, `tcp` (ACK), `tcp-syn`, `tcp-finack` and so on, `icmp` (echo requests), `arp`; a mix: `udp:6+tcp:3+icmp` | `udp` |
/// | `flows=N` | so many different pairs of addresses and source port | 65536 |
/// | `pick=P` | whose packet is next: `uniform`, by chance; `zipf` or `zipf:EXPONENT`, the n-th flow as often as 1/n^EXPONENT says; `turns`, one after the other | `uniform` |
/// | `src=A`, `dst=A` | addresses or prefixes to draw addresses from; both may be IPv6 | 10.0.0.0/8, 192.0.2.1 |
/// | `ipv6=PERCENT` | how many packets are of IPv6, with addresses from `src6` and `dst6` | 0 |
/// | `port=N` | the destination's port | 53 |
/// | `vlan=N` or `N-M` | the tag, one of those between for a flow | none |
/// | `tagged=PERCENT` | how many packets have the tag | 100 |
/// | `rate=N` | packets a second, by their timestamps: nobody waits for them | 1000000 |
/// | `seed=N` | decides everything that is left to chance | 1 |
/// | `reuse=N` | N packets are made once, each in a frame of its own, and come again and again, as the program left them and without timestamps; `N:scattered` in random order of memory | none |
///
/// A flow is of one protocol, IP version and tag; those of the mix share the flows by their weights. Each draws flows by
/// `pick` among its own.
public struct TrafficDescription: Hashable, Sendable {
  /// Whose packet is next.
  public enum Pick: Hashable, Sendable {
    /// Any flow's, each as likely as the others.
    case uniform
    /// One flow's after the other's.
    case turns
    /// Any flow's, the n-th in proportion to 1/n^exponent.
    case zipf(exponent: Double)
  }

  /// Packets that are made once and come again.
  public struct Reuse: Hashable, Sendable {
    /// How many there are.
    public var count: Int
    /// Whether packets that follow each other lie anywhere in memory, and not one behind the other.
    public var isScattered: Bool

    /// So many packets.
    public init(count: Int, isScattered: Bool = false) {
      self.count = count
      self.isScattered = isScattered
    }
  }

  /// How many packets there are, nil for no end.
  public var count: UInt64?
  /// Bytes of a frame, from the Ethernet header on, without the check sequence.
  public var sizes = Mix(64...64)
  /// How many different pairs of addresses and source port; each packet belongs to one.
  public var flows: UInt64 = 65_536
  /// What packets are of.
  public var protocols = Mix(TrafficProtocol.udp)
  /// Whose packet is next.
  public var pick = Pick.uniform
  /// Decides everything that is left to chance.
  public var seed: UInt64 = 1
  /// Where packets come from.
  public var source = AddressRange.v4(IPv4Address(10, 0, 0, 0), length: 8)
  /// Where they go.
  public var destination = AddressRange.v4(IPv4Address(192, 0, 2, 1), length: 32)
  /// How many of a hundred packets are of IPv6; `source` and `destination` are of IPv4 then.
  public var ipv6Percent = 0
  /// Where the packets of that part come from.
  public var source6 = AddressRange.v6(IPv6Address(network: 0x2001_0db8_0000_0000, interface: 0), length: 48)
  /// Where they go.
  public var destination6 = AddressRange.v6(
    IPv6Address(network: 0x2001_0db8_ffff_0000, interface: 1),
    length: 128
  )
  /// The destination's port.
  public var port: UInt16 = 53
  /// Packets a second, by their timestamps: nobody waits for them.
  public var rate: UInt64 = 1_000_000
  /// The VLANs that flows are tagged with, nil for no tag.
  public var vlans: ClosedRange<UInt16>?
  /// How many of a hundred packets have the tag, if there is one.
  public var taggedPercent = 100
  /// Packets that are made once and come again, nil for packets that are all made anew.
  public var reuse: Reuse?

  /// The largest frame that IPv4's length field allows, with a tag.
  static let sizeLimit = 14 + 4 + 65_535

  /// `imix`: 7 of 60 bytes, 4 of 590, one of 1,514.
  public static let internetMix = Mix([
    .init(60...60, weight: 7), .init(590...590, weight: 4), .init(1514...1514),
  ])

  /// Endless UDP in 64-byte frames, a million a second, of 65,536 flows, from 10.0.0.0/8 to port 53 of 192.0.2.1.
  public init() {}

  /// The most bytes of a packet.
  public var longest: Int {
    (sizes.parts.map(\.choice.upperBound) + kinds.map(\.choice.headerByteCount)).max() ?? 0
  }

  /// The kinds of packets that there are, with their weights.
  var kinds: [Mix<PacketKind>.Part] {
    let versions: [(isIPv6: Bool, weight: Int)] =
      source.isIPv6
      ? [(true, 100)] : [(false, 100 - ipv6Percent), (true, ipv6Percent)].filter { $0.weight > 0 }
    let tags: [(isTagged: Bool, weight: Int)] =
      vlans == nil
      ? [(false, 100)] : [(true, taggedPercent), (false, 100 - taggedPercent)].filter { $0.weight > 0 }
    var kinds: [Mix<PacketKind>.Part] = []
    for part in protocols.parts {
      for version in part.choice == .arp ? [(false, 100)] : versions {
        for tag in tags {
          let kind = PacketKind(transport: part.choice, isIPv6: version.0, isTagged: tag.isTagged)
          let weight = UInt64(part.weight) * UInt64(version.1) * UInt64(tag.weight)
          // Weights that large are alike at this resolution.
          kinds.append(.init(kind, weight: UInt32(clamping: weight)))
        }
      }
    }
    return kinds
  }
}
