import BPF
import LinuxKernel
import TestSupport
import Testing
import XDP
import XDPTypes

@Suite(KernelAccess.required, .enabled(if: PrivateNetwork.command != nil, "iproute2 is not installed"))
struct `Routes on every engine` {
  /// The namespace: two pairs of interfaces, of which 10 and 12 have addresses, and routes of every kind.
  private static let lines = [
    "link set lo up",
    "link add one index 10 address 02:00:00:00:00:0a type veth peer name one-far index 11 address 02:00:00:00:00:0b",
    "link add two index 12 address 02:00:00:00:00:0c mtu 1400 type veth peer name two-far index 13",
    "link set one up", "link set two up", "link set one-far up", "link set two-far up",
    "addr add 10.1.0.1/24 dev one", "addr add 10.2.0.1/16 dev two", "addr add 10.2.77.1/24 dev two",
    "addr add fd01::1/64 dev one nodad", "addr add fd02::1/64 dev two nodad",
    "route add 192.0.2.0/24 via 10.1.0.254", "route add 192.0.2.128/25 via 10.2.0.254 metric 7",
    "route add 192.0.2.192/26 via 10.2.77.254 metric 9 src 10.2.0.1",
    "route add 192.0.2.192/26 via 10.1.0.254 metric 8",
    "route add blackhole 198.51.100.0/26", "route add unreachable 198.51.100.64/26",
    "route add prohibit 198.51.100.128/26", "route add throw 198.51.100.192/26",
    "route add 203.0.113.0/25 via 10.1.0.254 mtu lock 900",
    "route add 203.0.113.128/25 via 10.1.0.254 mtu 900",
    "route add 172.16.0.0/12 via 10.2.0.254 table 100", "route add blackhole 192.0.2.0/24 table 101",
    "rule add fwmark 7 table 101",
    "route add fd10::/16 via fd01::fe", "route add fd10:1::/32 via fd02::fe metric 5 mtu 1300",
    "route add fd10:2::/32 via fd02::fe mtu lock 1300",
    "route add blackhole fd11::/32", "route add unreachable fd11:1::/32", "route add prohibit fd11:2::/32",
    "route add fd12::/16 via fd01::fe src fd02::1",
    "route add 10.9.0.0/16 via inet6 fd01::fe dev one",
    "neigh add 10.1.0.254 lladdr 02:00:00:00:01:fe dev one",
    "neigh add 10.1.0.7 lladdr 02:00:00:00:01:07 dev one",
    "neigh add 10.2.77.254 lladdr 02:00:00:00:02:fe dev two",
    "neigh add fd01::fe lladdr 02:00:00:00:06:fe dev one",
  ]

  private static let settings = [
    (path: "ipv4/conf/one/forwarding", value: "1"), ("ipv6/conf/one/forwarding", "1"),
    ("ipv4/conf/two/forwarding", "0"), ("ipv6/conf/two/forwarding", "0"),
    ("ipv4/conf/lo/forwarding", "1"),
  ]

  /// The same in our words.
  private static func table() throws -> RoutingTable {
    func known<Value>(_ value: Value?) throws -> Value {
      guard let value else { throw PrivateNetwork.Unavailable(description: "the table's text is wrong") }
      return value
    }
    func address(_ text: String) throws -> IPAddress { try known(IPAddress(text)) }
    func prefix(_ text: String) throws -> IPPrefix { try known(IPPrefix(text)) }
    func link(_ text: String) throws -> MACAddress { try known(MACAddress(text)) }
    typealias Route = RoutingTable.Route
    return RoutingTable(
      interfaces: [
        .init(index: 1, address: try link("00:00:00:00:00:00"), mtu: 65536, forwardsIPv6: false),
        .init(
          index: 10,
          address: try link("02:00:00:00:00:0a"),
          addresses: [try prefix("10.1.0.1/24"), try prefix("fd01::1/64")]
        ),
        .init(
          index: 12,
          address: try link("02:00:00:00:00:0c"),
          mtu: 1400,
          addresses: [try prefix("10.2.0.1/16"), try prefix("10.2.77.1/24"), try prefix("fd02::1/64")],
          forwardsIPv4: false,
          forwardsIPv6: false
        ),
      ],
      routes: [
        Route(try prefix("192.0.2.0/24"), interface: 10, gateway: try address("10.1.0.254")),
        Route(try prefix("192.0.2.128/25"), interface: 12, gateway: try address("10.2.0.254"), metric: 7),
        Route(
          try prefix("192.0.2.192/26"),
          interface: 12,
          gateway: try address("10.2.77.254"),
          metric: 9,
          source: try address("10.2.0.1")
        ),
        Route(try prefix("192.0.2.192/26"), interface: 10, gateway: try address("10.1.0.254"), metric: 8),
        Route(try prefix("198.51.100.0/26"), interface: 0, kind: .blackhole),
        Route(try prefix("198.51.100.64/26"), interface: 0, kind: .unreachable),
        Route(try prefix("198.51.100.128/26"), interface: 0, kind: .prohibit),
        Route(try prefix("198.51.100.192/26"), interface: 0, kind: .throw),
        Route(try prefix("203.0.113.0/25"), interface: 10, gateway: try address("10.1.0.254"), mtu: 900),
        Route(try prefix("203.0.113.128/25"), interface: 10, gateway: try address("10.1.0.254")),
        Route(try prefix("172.16.0.0/12"), interface: 12, gateway: try address("10.2.0.254"), table: 100),
        Route(try prefix("192.0.2.0/24"), interface: 0, kind: .blackhole, table: 101),
        Route(try prefix("fd10::/16"), interface: 10, gateway: try address("fd01::fe"), metric: 1024),
        Route(
          try prefix("fd10:1::/32"),
          interface: 12,
          gateway: try address("fd02::fe"),
          metric: 5
        ),
        Route(
          try prefix("fd10:2::/32"),
          interface: 12,
          gateway: try address("fd02::fe"),
          metric: 1024,
          mtu: 1300
        ),
        Route(try prefix("fd11::/32"), interface: 0, kind: .blackhole),
        Route(try prefix("fd11:1::/32"), interface: 0, kind: .unreachable),
        Route(try prefix("fd11:2::/32"), interface: 0, kind: .prohibit),
        Route(
          try prefix("fd12::/16"),
          interface: 10,
          gateway: try address("fd01::fe"),
          metric: 1024,
          source: try address("fd02::1")
        ),
        Route(try prefix("10.9.0.0/16"), interface: 10, gateway: try address("fd01::fe")),
      ],
      neighbours: [
        .init(try address("10.1.0.254"), interface: 10, link: try link("02:00:00:00:01:fe")),
        .init(try address("10.1.0.7"), interface: 10, link: try link("02:00:00:00:01:07")),
        .init(try address("10.2.77.254"), interface: 12, link: try link("02:00:00:00:02:fe")),
        .init(try address("fd01::fe"), interface: 10, link: try link("02:00:00:00:06:fe")),
      ],
      rules: [.init(mark: 7, table: 101)]
    )
  }

  /// The call's struct, its flags and its size; what came of both.
  private static let input = MapDefinition(name: "in", type: .array, keySize: 4, valueSize: 72, maxEntries: 1)
  private static let output = MapDefinition(
    name: "out",
    type: .array,
    keySize: 4,
    valueSize: 72,
    maxEntries: 1
  )

  private static func program() throws -> Program {
    try .assembled(
      """
      r6 = map[idx:0][0]+0
      r7 = map[idx:1][0]+0
      \((0..<8).map { "r2 = *(u64 *)(r6 +\(8 * $0))\n*(u64 *)(r7 +\(8 * $0)) = r2" }.joined(separator: "\n"))
      r4 = *(u32 *)(r6 +64)
      r3 = *(u32 *)(r6 +68)
      r0 = 99
      if r3 == 0 goto done
      if r3 > 64 goto done
      r2 = r7
      call 69
      done:
      *(u64 *)(r7 +64) = r0
      r0 = 2
      exit
      """,
      maps: [input, output]
    )
  }

  /// A `struct bpf_fib_lookup`, flags and size.
  private static func call(
    from source: String,
    to destination: String,
    by interface: UInt32,
    length: UInt16,
    flags: UInt32,
    table: UInt32 = 0,
    mark: UInt32 = 0,
    size: UInt32 = 64
  ) -> [UInt8] {
    func little(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
    func address(_ text: String) -> [UInt8] {
      if let address = IPv4Address(text) {
        return little(address.field.bits) + [UInt8](repeating: 0, count: 12)
      }
      guard let address = IPv6Address(text) else { return [UInt8](repeating: 0, count: 16) }
      return (0..<8).flatMap {
        [UInt8(address.group($0) >> 8), UInt8(truncatingIfNeeded: address.group($0))]
      }
    }
    let family: UInt8 = destination.isEmpty ? 1 : destination.contains(":") ? 10 : 2
    return [family, 17, 0, 53, 0, 53] + little(UInt32(length)).prefix(2) + little(interface) + little(0)
      + address(source) + address(destination) + little(table) + little(mark) + little(0xAABB_CCDD)
      + little(0x1122_3344) + little(flags) + little(size)
  }

  private static let destinations = [
    "192.0.2.1", "192.0.2.130", "192.0.2.200", "198.51.100.1", "198.51.100.65", "198.51.100.129",
    "198.51.100.193", "203.0.113.1", "203.0.113.129", "172.16.5.5", "10.1.0.7", "10.1.0.8", "10.1.0.1",
    "10.1.0.255", "10.2.77.3", "10.2.3.3", "10.9.1.1", "8.8.8.8", "224.0.0.5", "127.0.0.1", "255.255.255.255",
    "fd10::5", "fd10:1::5", "fd10:2::5", "fd11::1", "fd11:1::1", "fd11:2::1", "fd12::1", "fd01::7", "fd01::1",
    "fd02::9",
    "fe80::1", "ff02::1", "2001:db8::1", "::1", "",
  ]

  @Test func `lead every destination to the same place, by every flag`() throws {
    let program = try Self.program(), table = try Self.table()
    try PrivateNetwork.with(Self.lines, settings: Self.settings) {
      var engines = try Engines(program, routes: table)
      var differences: [String] = []
      for destination in Self.destinations {
        let source = destination.contains(":") ? "fd01::7" : "10.1.0.7"
        for flags in (0 as UInt32)..<64 {
          for (length, interface) in [(UInt16(0), UInt32(10)), (1000, 10), (1401, 10), (1501, 10), (0, 12)] {
            for (number, mark) in flags & 40 == 0 ? [(0, 0)] : [(254, 0), (100, 7), (101, 0), (999, 7)] {
              let call = Self.call(
                from: source,
                to: destination,
                by: interface,
                length: length,
                flags: flags,
                table: UInt32(number),
                mark: UInt32(mark)
              )
              if let difference = try engines.difference(in: call) {
                differences.append(
                  "\(destination) by \(interface), flags \(flags), \(length) bytes, table \(number): \(difference)"
                )
              }
            }
          }
        }
      }
      #expect(
        differences.isEmpty,
        "\(differences.count) differences: \(differences.prefix(12).joined(separator: "\n"))"
      )
    }
  }

  @Test func `are refused in the same way`() throws {
    let program = try Self.program(), table = try Self.table()
    try PrivateNetwork.with(Self.lines, settings: Self.settings) {
      var engines = try Engines(program, routes: table)
      for (interface, flags, size) in [
        (99, 0, 64), (0, 0, 64), (10, 64, 64), (10, 0x8000_0000, 64), (10, 0, 63), (10, 0, 1), (13, 0, 64),
      ] as [(UInt32, UInt32, UInt32)] where interface != 13 {
        for destination in ["192.0.2.1", "fd10::5", ""] {
          let call = Self.call(
            from: "10.1.0.7",
            to: destination,
            by: interface,
            length: 0,
            flags: flags,
            size: size
          )
          #expect(
            try engines.difference(in: call) == nil,
            "interface \(interface), flags \(flags), size \(size)"
          )
        }
      }
    }
  }

  @Test func `and interfaces take packets of the same lengths`() throws {
    let table = try Self.table()
    let program = try Program.assembled(
      """
      r6 = map[idx:0][0]+0
      r7 = map[idx:1][0]+0
      r2 = *(u32 *)(r6 +0)
      r3 = *(u32 *)(r6 +4)
      *(u32 *)(r7 +0) = r3
      r4 = *(s32 *)(r6 +8)
      r5 = *(u64 *)(r6 +16)
      r3 = r7
      call 163
      *(u64 *)(r7 +64) = r0
      r0 = 2
      exit
      """,
      maps: [Self.input, Self.output]
    )
    try PrivateNetwork.with(Self.lines, settings: Self.settings) {
      var engines = try Engines(program, routes: table)
      for interface in [0, 1, 10, 12, 99] as [UInt32] {
        for length in [0, 1, 1300, 1400, 1401, 1500, 1501, 65536, 65537, .max] as [UInt32] {
          for difference in [0, 1, -1, 1340, 1341, 1440, 1454, 1455, .min, .max] as [Int32] {
            for flags in [0, 1] as [UInt32] {
              let words = [interface, length, UInt32(bitPattern: difference), 0, flags]
              let call = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
              let padded = call + [UInt8](repeating: 0, count: 72 - call.count)
              #expect(
                try engines.difference(in: padded) == nil,
                "\(interface), \(length), \(difference), \(flags)"
              )
            }
          }
        }
      }
    }
  }
}

extension Engines {
  /// Runs the program on this value of its first map and compares that of its second one.
  fileprivate mutating func difference(in value: [UInt8]) throws -> String? {
    let zero = [UInt8](repeating: 0, count: 4)
    try maps[0].update(zero, to: value)
    try kernelMaps[0].update(zero, to: value)
    _ = try run([UInt8](repeating: 0, count: 60))
    let ours = try maps[1].lookup(zero) ?? [], kernels = try kernelMaps[1].lookup(zero) ?? []
    return ours == kernels ? nil : "\(Self.shown(ours)), the kernel's \(Self.shown(kernels))"
  }

  private static func shown(_ bytes: [UInt8]) -> String {
    let answer = bytes.suffix(8).reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
    let digits = bytes.prefix(64).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return "\(answer) \(digits.joined())"
  }
}
