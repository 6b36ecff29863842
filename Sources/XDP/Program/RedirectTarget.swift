/// Where a redirect helper told a packet to go.
public struct RedirectTarget: BitwiseCopyable, Hashable, Sendable {
  /// The map's identity, nil where `bpf_redirect` named an interface; `LoadedObject` knows its name.
  public var map: ObjectIdentifier?
  /// The key in the map; the interface where there is no map.
  public var key: UInt32
  /// The interface: `bpf_redirect`'s argument or the devmap's value; 0 for a target that is no interface.
  public var ifindex: UInt32
  /// The helper's flags.
  public var flags: Flags
  /// Whether a helper was called for this packet.
  public var isSet: Bool

  /// What a redirect helper was asked for beyond the target.
  public struct Flags: OptionSet, BitwiseCopyable, Hashable, Sendable {
    /// The bits as the helper takes them.
    public let rawValue: UInt32
    /// Makes a set from its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// To every interface in the map (`BPF_F_BROADCAST`).
    public static let broadcast = Flags(rawValue: 1 << 3)
    /// But not to the one that it came in by (`BPF_F_EXCLUDE_INGRESS`).
    public static let excludeIngress = Flags(rawValue: 1 << 4)
    /// The action where the map has no such key.
    static let fallback = Flags(rawValue: 3)
  }

  /// Whether two packets go to the same place in the same way.
  @inline(__always) public static func == (one: RedirectTarget, other: RedirectTarget) -> Bool {
    let difference =
      (one.key ^ other.key) | (one.ifindex ^ other.ifindex) | (one.flags.rawValue ^ other.flags.rawValue)
    return difference == 0 && one.map == other.map && one.isSet == other.isSet
  }

  /// No helper was called for this packet.
  public static let none = RedirectTarget(map: nil, key: 0, ifindex: 0, flags: [], isSet: false)

  /// Makes a target.
  public init(map: ObjectIdentifier?, key: UInt32, ifindex: UInt32, flags: Flags = [], isSet: Bool = true) {
    self.map = map
    self.key = key
    self.ifindex = ifindex
    self.flags = flags
    self.isSet = isSet
  }
}
