/// Where a redirect helper told a packet to go.
public struct RedirectTarget: BitwiseCopyable, Hashable, Sendable {
  /// The map's index in the object, or `noMap` where `bpf_redirect` named an interface.
  public var map: Int32
  /// The interface: `bpf_redirect`'s argument or the devmap's value; 0 for a target that is no interface.
  public var ifindex: UInt32
  /// The key in the map, or the interface where there is no map.
  public var key: UInt64
  /// The helper's flags.
  public var flags: UInt64

  /// What `map` holds where there is none.
  public static let noMap: Int32 = -1
  /// No helper was called for this packet.
  public static let none = RedirectTarget(map: noMap, ifindex: 0, key: 0, flags: .max)

  /// Makes a target.
  public init(map: Int32, ifindex: UInt32, key: UInt64, flags: UInt64) {
    self.map = map
    self.ifindex = ifindex
    self.key = key
    self.flags = flags
  }

  /// Whether a helper was called.
  public var isSet: Bool { flags != .max }
}
