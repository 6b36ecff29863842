import BPF
import BPFObject
import TestSupport

/// A program of `Fixtures/programs`, and what its maps hold before the first packet.
struct ProgramSubject: Sendable, CustomStringConvertible {
  /// What a control plane puts into a map.
  struct Entry: Hashable, Sendable {
    var map: String
    var key: [UInt8]
    var value: [UInt8]
  }

  /// The file's name.
  let name: String
  var entries: [Entry] = []
  /// How many bytes of a map's values are promised, where not all are: what follows is read from a clock.
  var comparedBytes: [String: Int] = [:]

  var description: String { name }

  init(
    _ name: String,
    comparing comparedBytes: [String: Int] = [:],
    _ maps: [String: [([UInt8], [UInt8])]] = [:]
  ) {
    self.name = name
    self.comparedBytes = comparedBytes
    for (map, contents) in maps.sorted(by: { $0.key < $1.key }) {
      entries += contents.map { Entry(map: map, key: $0.0, value: $0.1) }
    }
  }

  /// The programs of the object that is checked in.
  func programs() throws -> [Program] { try Fixture.object("programs/\(name)").linked() }

  /// A number as programs keep it, in so many bytes.
  private static func number(_ value: Int, _ count: Int = 4) -> [UInt8] { MapSubject.key(value, count) }

  private static func prefix(_ length: Int, _ address: [UInt8]) -> [UInt8] { number(length) + address }

  private static func text(_ text: String, _ count: Int) -> [UInt8] {
    Array((Array(text.utf8) + [UInt8](repeating: 0, count: count)).prefix(count))
  }

  private static let network6: [UInt8] = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 12)
  private static let mapped: [UInt8] = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

  /// Programs whose every answer is theirs alone.
  static let all: [ProgramSubject] = [
    ProgramSubject("arithmetic"), ProgramSubject("checksums"), ProgramSubject("configuration"),
    ProgramSubject("connections"), ProgramSubject("counters"), ProgramSubject("events"),
    ProgramSubject("extension_headers"), ProgramSubject("fragments"), ProgramSubject("functions"),
    ProgramSubject("gre"), ProgramSubject("gtp"), ProgramSubject("http_get"), ProgramSubject("jumbo"),
    ProgramSubject("loops"), ProgramSubject("map_operations"), ProgramSubject("metadata"),
    ProgramSubject("mss_clamp"), ProgramSubject("nat"), ProgramSubject("nat64"),
    ProgramSubject("port_knocking"), ProgramSubject("queues"), ProgramSubject("quic_balancer"),
    ProgramSubject("syn_proxy"), ProgramSubject("tail_calls"), ProgramSubject("tenants"),
    ProgramSubject("too_big"), ProgramSubject("trailer"),
    ProgramSubject("rate_limiter", comparing: ["buckets": 8]),
    ProgramSubject(
      "cidr_filter",
      [
        "rules_v4": [
          (prefix(8, [10, 0, 0, 0]), number(1) + number(0)),
          (prefix(24, [10, 0, 0, 0]), number(3) + number(0)),
          (prefix(32, [10, 0, 0, 3]), number(2) + number(0)),
          (prefix(24, [192, 0, 2, 0]), number(2) + number(5)),
        ],
        "rules_v6": [
          (prefix(32, network6), number(2) + number(0)), (prefix(127, network6), number(1) + number(0)),
        ],
      ]
    ),
    ProgramSubject(
      "dns",
      ["blocked": [(text("\u{7}blocked\u{7}example", 64), number(0)), (text("", 64), number(0))]]
    ),
    ProgramSubject(
      "echo_responder",
      ["addresses": [([192, 0, 2, 1], number(0, 8)), ([10, 0, 0, 2], number(0, 8))]]
    ),
    ProgramSubject(
      "ipip",
      [
        "tunnels": [
          ([192, 0, 2, 1], [10, 9, 9, 1, 10, 9, 9, 2]), ([8, 8, 8, 8], [10, 9, 9, 1, 10, 9, 9, 3]),
        ]
      ]
    ),
    ProgramSubject(
      "load_balancer",
      [
        "services": [
          (number(80, 2) + [6, 0], number(0)), (number(443, 2) + [17, 0], number(1)),
          (number(53, 2) + [17, 0], number(3)), (number(8080, 2) + [6, 0], number(4)),
        ],
        "rings": (0..<244).map { (number($0), number($0 * 7 % 9)) },
        "servers": (0..<8).map {
          (number($0), [2, 0, 0, 0, 1, UInt8($0), UInt8($0 % 4), 0] + number(0, 16))
        },
      ]
    ),
    ProgramSubject("mpls", ["labels": [(number(7), number(70)), (number(9), number(0xFFFFF))]]),
    ProgramSubject("receive_side", ["indirection": (0..<128).map { (number($0), number($0 * 5 % 17)) }]),
    ProgramSubject("redirects", ["devices": [0, 2, 7].map { (number($0), number(1)) }]),
    ProgramSubject(
      "remarks",
      [
        "rules": [
          (number(0), number(80, 2) + number(80, 2) + [6, 10, 0, 0]),
          (number(3), number(0, 2) + number(1023, 2) + [17, 46, 0, 0]),
          (number(7), number(1, 2) + number(65535, 2) + [6, 63, 0, 0]),
        ]
      ]
    ),
    ProgramSubject(
      "router",
      [
        "routes": [
          (prefix(96, mapped + [0, 0, 0, 0]), number(0)), (prefix(104, mapped + [10, 0, 0, 0]), number(1)),
          (prefix(128, mapped + [8, 8, 8, 8]), number(9)), (prefix(32, network6), number(2)),
        ],
        "hops": (0..<8).map { (number($0), [2, 0, 0, 0, 2, UInt8($0), 2, 0, 0, 0, 3, 3] + number($0)) },
        "ports": [(number(0), number(1)), (number(2), number(1))],
      ]
    ),
    ProgramSubject(
      "server_name",
      ["names": [(text("blocked.example", 32), number(0, 8)), (text("a", 32), number(0, 8))]]
    ),
    // Finds `exa` and `ed`: a letter, the state behind it, the one to fall back to, and what is found.
    ProgramSubject(
      "signatures",
      [
        "automaton": [
          (
            number(0),
            [0x65, 1, 0, 0, 0x78, 2, 4, 0, 0x61, 3, 0, 0, 0, 0, 0, 1, 0x64, 5, 0, 0, 0, 0, 0, 2]
              + number(0, 72)
          )
        ]
      ]
    ),
    ProgramSubject("vlan", ["renumbered": [5, 100, 200, 1000].map { (number($0), number($0 * 41, 2)) }]),
    ProgramSubject(
      "vxlan",
      [
        "neighbours": [
          ([2, 0, 0, 0, 0, 1, 0, 0], [192, 0, 2, 9] + number(7)),
          ([2, 0, 0, 0, 0, 0x42, 0, 0], [192, 0, 2, 10] + number(9)),
        ]
      ]
    ),
    ProgramSubject("mirror"),
  ]
}
