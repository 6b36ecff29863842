import BPFVerifier

/// What the verifier knows of the helpers on sockets.
enum SocketHelperPrototypes {
  static let all: [CallPrototype] = [
    lookup(84, "bpf_sk_lookup_tcp", .socketOrNull),
    lookup(85, "bpf_sk_lookup_udp", .socketOrNull),
    lookup(99, "bpf_skc_lookup_tcp", .socketCommonOrNull),
    CallPrototype(86, "bpf_sk_release", [.anySocket], .integer, releases: 0),
    cast(136, "bpf_skc_to_tcp6_sock", "tcp6_sock"),
    cast(137, "bpf_skc_to_tcp_sock", "tcp_sock"),
    cast(138, "bpf_skc_to_tcp_timewait_sock", "tcp_timewait_sock"),
    cast(139, "bpf_skc_to_tcp_request_sock", "tcp_request_sock"),
    cast(140, "bpf_skc_to_udp6_sock", "udp6_sock"),
    CallPrototype(178, "bpf_skc_to_unix_sock", [.anySocket], .objectOrNull("unix_sock")),
    CallPrototype(
      196,
      "bpf_skc_to_mptcp_sock",
      [.socketCommon],
      .objectOrNull("mptcp_sock"),
      .keepsReference
    ),
    CallPrototype(
      100,
      "bpf_tcp_check_syncookie",
      [.anySocket, .memory(.read), .size, .memory(.read), .size],
      .integer,
      [.gplOnly, .packetAccess]
    ),
    CallPrototype(
      110,
      "bpf_tcp_gen_syncookie",
      [.anySocket, .memory(.read), .size, .memory(.read), .size],
      .integer,
      [.gplOnly, .packetAccess]
    ),
    CallPrototype(
      204,
      "bpf_tcp_raw_gen_syncookie_ipv4",
      [.fixedMemory(ipv4, .read, isAligned: false), .memory(.read), .sizeOrZero],
      .integer,
      [.gplOnly, .packetAccess]
    ),
    CallPrototype(
      205,
      "bpf_tcp_raw_gen_syncookie_ipv6",
      [.fixedMemory(ipv6, .read, isAligned: false), .memory(.read), .sizeOrZero],
      .integer,
      [.gplOnly, .packetAccess]
    ),
    CallPrototype(
      206,
      "bpf_tcp_raw_check_syncookie_ipv4",
      [.fixedMemory(ipv4, .read, isAligned: false), .fixedMemory(tcp, .read, isAligned: false)],
      .integer,
      [.gplOnly, .packetAccess]
    ),
    CallPrototype(
      207,
      "bpf_tcp_raw_check_syncookie_ipv6",
      [.fixedMemory(ipv6, .read, isAligned: false), .fixedMemory(tcp, .read, isAligned: false)],
      .integer,
      [.gplOnly, .packetAccess]
    ),
  ]

  // Sizes of headers without options.
  private static let ipv4 = 20, ipv6 = 40, tcp = 20

  private static func lookup(_ id: UInt32, _ name: String, _ result: CallPrototype.Result) -> CallPrototype {
    CallPrototype(
      id,
      name,
      [.context, .memory(.read), .sizeOrZero, .anything, .anything],
      result,
      [.packetAccess, .acquires]
    )
  }

  private static func cast(_ id: UInt32, _ name: String, _ type: String) -> CallPrototype {
    CallPrototype(id, name, [.anySocket], .objectOrNull(type), .keepsReference)
  }
}
