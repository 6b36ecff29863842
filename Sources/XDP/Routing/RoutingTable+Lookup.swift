import XDPTypes

/// Looking routes up as Linux does.
extension RoutingTable {
  /// This table with the routes that Linux makes when an interface gets an address: to the address itself, to its
  /// network, and to the network's broadcast address.
  func addingImpliedRoutes() -> RoutingTable {
    var result = self
    for interface in interfaces {
      for own in interface.addresses {
        let count = own.address.bitCount
        func add(_ address: IPAddress, _ length: Int, _ kind: Kind, _ table: UInt32, metric: UInt32 = 0) {
          let prefix = IPPrefix(address, length: length)
          var route = Route(prefix, interface: interface.index, kind: kind, metric: metric, table: table)
          if !address.isIPv6 { route.source = own.address }
          result.routes.append(route)
        }
        add(own.address, count, .local, Route.localTable)
        if own.length < count {
          add(own.network, own.length, .unicast, Route.mainTable, metric: own.address.isIPv6 ? 256 : 0)
        }
        if !own.address.isIPv6, own.length < 31 { add(own.last, count, .broadcast, Route.localTable) }
      }
    }
    return result
  }

  /// The interface of a number.
  func interface(_ index: UInt32) -> Interface? { interfaces.first { $0.index == index } }

  /// The Ethernet address of a host on an interface's link.
  func link(of address: IPAddress, on interface: UInt32) -> MACAddress? {
    neighbours.first { $0.interface == interface && $0.address == address }?.link
  }

  /// The route of a destination in one table: that of the longest prefix, and of the lowest metric among equals.
  ///
  /// With an `output`, only IPv4 routes that leave by that interface count; IPv6 prefers them.
  func route(to destination: IPAddress, in table: UInt32, output: UInt32 = 0) -> Route? {
    var best: Route?
    for route in routes where route.table == table && route.prefix.contains(destination) {
      if output != 0, !destination.isIPv6, route.interface != output, route.sends { continue }
      guard let known = best else {
        best = route
        continue
      }
      if (route.prefix.length, known.metric) > (known.prefix.length, route.metric) { best = route }
    }
    return best
  }

  /// The route of a destination over all tables: the host's own addresses, those of the mark's rules, the main one.
  func route(to destination: IPAddress, mark: UInt32, output: UInt32) -> Route? {
    let marked = rules.filter { mark & $0.mask == $0.mark & $0.mask }.map(\.table)
    for table in [Route.localTable] + marked + [Route.mainTable] {
      guard let found = route(to: destination, in: table, output: output), found.kind != .throw else {
        continue
      }
      return found
    }
    return nil
  }

  /// Whether any route is in a table.
  func hasTable(_ number: UInt32, isIPv6: Bool) -> Bool {
    number == Route.mainTable || number == Route.localTable
      || routes.contains { $0.table == number && $0.prefix.address.isIPv6 == isIPv6 }
  }

  /// The source address of what is sent by a route to a next hop: nil where the interface has none.
  func source(of route: Route, to next: IPAddress) -> IPAddress? {
    if let source = route.source { return source }
    let own = interface(route.interface)?.addresses.filter { $0.address.isIPv6 == next.isIPv6 } ?? []
    guard next.isIPv6 else { return (own.first { $0.contains(next) } ?? own.first)?.address }
    let isLocal = { (address: IPAddress) in
      if case .v6(let address) = address { address.isLinkLocal } else { false }
    }
    let scoped = own.filter { isLocal($0.address) == isLocal(next) }
    let candidates = scoped.isEmpty ? own : scoped
    return candidates.max { $0.commonLength(with: next) < $1.commonLength(with: next) }?.address
  }
}

extension RoutingTable.Route {
  /// Whether packets leave by the route's interface.
  var sends: Bool {
    switch kind {
    case .unicast, .local, .broadcast, .multicast: true
    case .blackhole, .unreachable, .prohibit, .throw: false
    }
  }
}
