import BPF
import XDPTypes

/// One call of `bpf_fib_lookup`: the caller's `struct bpf_fib_lookup`, 64 bytes, and what the routes make of it.
///
/// Invariant: the bytes are the caller's and outlive the call.
@safe struct FIBLookup {
  /// The size of the struct.
  static let byteCount = 64

  /// What the helper answers, `BPF_FIB_LKUP_RET_*`.
  enum Answer: UInt64 {
    case success, blackhole, unreachable, prohibit, notForwarded, forwardingDisabled, unsupportedTunnel
    case noNeighbour, fragmentationNeeded, noSourceAddress
  }

  /// What the caller asks for, `BPF_FIB_LOOKUP_*`.
  struct Flags: OptionSet {
    let rawValue: UInt32
    static let direct = Flags(rawValue: 1)
    static let output = Flags(rawValue: 2)
    static let skipNeighbour = Flags(rawValue: 4)
    static let table = Flags(rawValue: 8)
    static let source = Flags(rawValue: 16)
    static let mark = Flags(rawValue: 32)
    static let known: Flags = [.direct, .output, .skipNeighbour, .table, .source, .mark]
  }

  /// `AF_INET` and `AF_INET6`.
  enum Family {
    static let ipv4: UInt8 = 2
    static let ipv6: UInt8 = 10
  }

  /// Where the fields lie, from the start of the struct.
  private enum Field {
    static let family = 0, totalLength = 6, interface = 8, flow = 12, source = 16, destination = 32
    static let table = 48, mark = 52, sourceLink = 52, destinationLink = 58
  }

  private let table: RoutingTable
  private let bytes: UnsafeMutableRawBufferPointer
  private let flags: Flags

  /// A look-up on the caller's struct.
  @unsafe init(_ table: RoutingTable, _ bytes: UnsafeMutableRawBufferPointer, _ flags: Flags) {
    self.table = table
    unsafe self.bytes = unsafe bytes
    self.flags = flags
  }

  /// Looks up, writes into the struct what the kernel writes, and gives what `r0` holds.
  func perform() -> UInt64 {
    guard flags.isSubset(of: .known) else { return LinuxErrno.invalid.negated }
    switch unsafe bytes[Field.family] {
    case Family.ipv4: return find(isIPv6: false)
    case Family.ipv6:
      if isOfOneLink(address(at: Field.destination, isIPv6: true))
        || isOfOneLink(address(at: Field.source, isIPv6: true))
      {
        return Answer.notForwarded.rawValue
      }
      return find(isIPv6: true)
    default: return LinuxErrno.addressFamilyNotSupported.negated
    }
  }

  private func find(isIPv6: Bool) -> UInt64 {
    let index = word(at: Field.interface)
    guard let ingress = table.interface(index) else { return LinuxErrno.noDevice.negated }
    guard isIPv6 ? ingress.forwardsIPv6 : ingress.forwardsIPv4 else {
      return Answer.forwardingDisabled.rawValue
    }
    let destination = address(at: Field.destination, isIPv6: isIPv6)
    switch route(to: destination, output: flags.contains(.output) ? index : 0) {
    case .some(let route) where route.kind == .unicast: return leave(by: route, to: destination).rawValue
    case .some(let route) where route.kind == .blackhole: return Answer.blackhole.rawValue
    case .some(let route) where route.kind == .unreachable: return Answer.unreachable.rawValue
    case .some(let route) where route.kind == .prohibit: return Answer.prohibit.rawValue
    default: return Answer.notForwarded.rawValue
    }
  }

  private func route(to destination: IPAddress, output: UInt32) -> RoutingTable.Route? {
    guard flags.contains(.direct) else {
      let mark = flags.contains(.mark) ? word(at: Field.mark) : 0
      return table.route(to: destination, mark: mark, output: output)
    }
    var number = RoutingTable.Route.mainTable
    if flags.contains(.table) {
      number = word(at: Field.table)
      set(0, at: Field.table)
    }
    guard table.hasTable(number, isIPv6: destination.isIPv6) else { return nil }
    return table.route(to: destination, in: number, output: output)
  }

  private func leave(by route: RoutingTable.Route, to destination: IPAddress) -> Answer {
    let egress = table.interface(route.interface)
    let mtu = route.mtu ?? egress?.mtu ?? 0
    let length = unsafe bytes.loadUnaligned(fromByteOffset: Field.totalLength, as: UInt16.self)
    if UInt32(length) > mtu {
      setMTU(mtu)
      return .fragmentationNeeded
    }
    set(route.metric, at: Field.flow)
    set(route.interface, at: Field.interface)
    let next = route.gateway ?? destination
    if flags.contains(.source), let refusal = setSource(of: route, to: destination, next) { return refusal }
    if let gateway = route.gateway {
      if gateway.isIPv6, !destination.isIPv6 { unsafe bytes[Field.family] = Family.ipv6 }
      set(gateway, at: Field.destination)
    }
    if !flags.contains(.skipNeighbour) {
      guard let link = table.link(of: next, on: route.interface), let egress else { return .noNeighbour }
      set(egress.address, at: Field.sourceLink)
      set(link, at: Field.destinationLink)
    }
    set(0, at: Field.table)
    setMTU(mtu)
    return .success
  }

  private func setSource(
    of route: RoutingTable.Route,
    to destination: IPAddress,
    _ next: IPAddress
  ) -> Answer? {
    // An IPv4 route by an IPv6 router has no next hop among the IPv4 networks of its interface.
    let hop = next.isIPv6 ? IPAddress.v4(IPv4Address(0)) : next
    let sourced = destination.isIPv6 ? destination : hop
    guard let source = table.source(of: route, to: sourced) else {
      if destination.isIPv6 { return .noSourceAddress }
      set(0, at: Field.source)
      return nil
    }
    set(source, at: Field.source)
    return nil
  }

  /// Link-local addresses and groups: such packets stay on their link.
  private func isOfOneLink(_ address: IPAddress) -> Bool {
    guard case .v6(let address) = address else { return false }
    return address.isLinkLocal || address.isMulticast
      || address.network.value == 0 && address.interface.value == 1
  }

  // MARK: The struct's fields

  private func word(at offset: Int) -> UInt32 {
    unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
  }

  private func set(_ word: UInt32, at offset: Int) {
    unsafe bytes.storeBytes(of: word, toByteOffset: offset, as: UInt32.self)
  }

  private func setMTU(_ mtu: UInt32) {
    unsafe bytes.storeBytes(
      of: UInt16(truncatingIfNeeded: mtu),
      toByteOffset: Field.totalLength,
      as: UInt16.self
    )
  }

  private func address(at offset: Int, isIPv6: Bool) -> IPAddress {
    func bigEndian(_ position: Int) -> UInt64 {
      unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + position, as: UInt64.self))
    }
    return isIPv6
      ? .v6(IPv6Address(network: bigEndian(0), interface: bigEndian(8)))
      : .v4(IPv4Address(UInt32(truncatingIfNeeded: bigEndian(0) >> 32)))
  }

  private func set(_ address: IPAddress, at offset: Int) {
    switch address {
    case .v4(let address): set(address.field.bits, at: offset)
    case .v6(let address):
      unsafe bytes.storeBytes(of: address.network.bits, toByteOffset: offset, as: UInt64.self)
      unsafe bytes.storeBytes(of: address.interface.bits, toByteOffset: offset + 8, as: UInt64.self)
    }
  }

  private func set(_ address: MACAddress, at offset: Int) {
    unsafe bytes.storeBytes(of: address, toByteOffset: offset, as: MACAddress.self)
  }
}

extension LinuxErrno {
  /// `EAFNOSUPPORT`.
  static let addressFamilyNotSupported = LinuxErrno(rawValue: 97)
}
