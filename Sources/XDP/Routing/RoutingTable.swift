public import XDPTypes

/// What `bpf_fib_lookup` and `bpf_check_mtu` know of the network: interfaces, routes and neighbours, as a caller says.
///
/// It means what the same things mean to Linux, without routes of several next hops, without types of service, and
/// without tunnels made by routes.
public struct RoutingTable: Hashable, Sendable {
  /// The interfaces that there are; their addresses imply routes to the addresses and to their networks, as in Linux.
  public var interfaces: [Interface]
  /// The routes, in any order.
  public var routes: [Route]
  /// The addresses of the link layer that are known.
  public var neighbours: [Neighbour]
  /// Which tables are asked for marked packets before the main one, in order.
  public var rules: [Rule]

  /// Makes a table.
  public init(
    interfaces: [Interface] = [],
    routes: [Route] = [],
    neighbours: [Neighbour] = [],
    rules: [Rule] = []
  ) {
    self.interfaces = interfaces
    self.routes = routes
    self.neighbours = neighbours
    self.rules = rules
  }

  /// An interface.
  public struct Interface: Hashable, Sendable {
    /// Its number.
    public var index: UInt32
    /// Its Ethernet address.
    public var address: MACAddress
    /// Bytes that a packet of the network layer may have.
    public var mtu: UInt32
    /// Bytes of the link layer's header.
    public var headerLength: UInt32
    /// Its own addresses with their networks; the first that fits is the source of what it sends.
    public var addresses: [IPPrefix]
    /// Whether IPv4 packets that come in here are routed (`net.ipv4.conf.*.forwarding`).
    public var forwardsIPv4: Bool
    /// Whether IPv6 packets that come in here are routed (`net.ipv6.conf.*.forwarding`).
    public var forwardsIPv6: Bool

    /// Makes an interface that forwards, with Ethernet's MTU and header.
    public init(
      index: UInt32,
      address: MACAddress,
      mtu: UInt32 = 1500,
      headerLength: UInt32 = 14,
      addresses: [IPPrefix] = [],
      forwardsIPv4: Bool = true,
      forwardsIPv6: Bool = true
    ) {
      self.index = index
      self.address = address
      self.mtu = mtu
      self.headerLength = headerLength
      self.addresses = addresses
      self.forwardsIPv4 = forwardsIPv4
      self.forwardsIPv6 = forwardsIPv6
    }
  }

  /// What becomes of packets to a destination.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// They are sent on.
    case unicast
    /// They are for this host.
    case local
    /// They are for every host of a network.
    case broadcast
    /// They are for a group.
    case multicast
    /// They vanish.
    case blackhole
    /// They are answered: the destination cannot be reached.
    case unreachable
    /// They are answered: it is not allowed.
    case prohibit
    /// The table is left: the next one decides.
    case `throw`
  }

  /// A route.
  public struct Route: Hashable, Sendable {
    /// The main table (`RT_TABLE_MAIN`).
    public static let mainTable: UInt32 = 254
    /// The table of the host's own addresses (`RT_TABLE_LOCAL`).
    public static let localTable: UInt32 = 255

    /// The destinations.
    public var prefix: IPPrefix
    /// The interface that packets leave by; 0 for kinds that send nothing.
    public var interface: UInt32
    /// The router to send to; nil for destinations on the link.
    public var gateway: IPAddress?
    /// What becomes of the packets.
    public var kind: Kind
    /// Of two routes to the same prefix, the lower one is taken.
    public var metric: UInt32
    /// Bytes that a forwarded packet may have on this route, its `mtu lock`; nil for the interface's.
    ///
    /// Linux does not look at an `mtu` that is not locked where it forwards.
    public var mtu: UInt32?
    /// The source address of what the host itself sends; nil for one of the interface's.
    public var source: IPAddress?
    /// The table that the route is in.
    public var table: UInt32

    /// Makes a route of the main table.
    public init(
      _ prefix: IPPrefix,
      interface: UInt32,
      gateway: IPAddress? = nil,
      kind: Kind = .unicast,
      metric: UInt32 = 0,
      mtu: UInt32? = nil,
      source: IPAddress? = nil,
      table: UInt32 = Route.mainTable
    ) {
      self.prefix = prefix
      self.interface = interface
      self.gateway = gateway
      self.kind = kind
      self.metric = metric
      self.mtu = mtu
      self.source = source
      self.table = table
    }
  }

  /// The Ethernet address of a host on the link.
  public struct Neighbour: Hashable, Sendable {
    /// The host's address.
    public var address: IPAddress
    /// The interface that leads to it.
    public var interface: UInt32
    /// Its Ethernet address.
    public var link: MACAddress

    /// Makes an entry.
    public init(_ address: IPAddress, interface: UInt32, link: MACAddress) {
      self.address = address
      self.interface = interface
      self.link = link
    }
  }

  /// Packets of a mark ask a table of their own first.
  public struct Rule: Hashable, Sendable {
    /// The mark.
    public var mark: UInt32
    /// The bits of the mark that count.
    public var mask: UInt32
    /// The table.
    public var table: UInt32

    /// Makes a rule.
    public init(mark: UInt32, mask: UInt32 = .max, table: UInt32) {
      self.mark = mark
      self.mask = mask
      self.table = table
    }
  }
}
