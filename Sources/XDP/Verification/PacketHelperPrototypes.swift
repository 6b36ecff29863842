import BPFVerifier

/// What the verifier knows of the helpers on packets.
enum PacketHelperPrototypes {
  static let all: [CallPrototype] = [
    CallPrototype(44, "bpf_xdp_adjust_head", [.context, .anything], .integer, .changesPacket),
    CallPrototype(54, "bpf_xdp_adjust_meta", [.context, .anything], .integer, .changesPacket),
    CallPrototype(65, "bpf_xdp_adjust_tail", [.context, .anything], .integer, .changesPacket),
    CallPrototype(188, "bpf_xdp_get_buff_len", [.context], .integer),
    CallPrototype(
      189,
      "bpf_xdp_load_bytes",
      [.context, .anything, .memory(.write), .size],
      .integer
    ),
    CallPrototype(
      190,
      "bpf_xdp_store_bytes",
      [.context, .anything, .memory(.read), .size],
      .integer
    ),
    CallPrototype(23, "bpf_redirect", [.anything, .anything], .integer),
    CallPrototype(
      51,
      "bpf_redirect_map",
      [.map, .anything, .anything],
      .integer,
      mapTypes: [.devmap, .devmapHash, .cpumap, .xskmap]
    ),
    CallPrototype(
      69,
      "bpf_fib_lookup",
      [.context, .memory(.readWrite), .size, .anything],
      .integer,
      .gplOnly
    ),
    CallPrototype(
      163,
      "bpf_check_mtu",
      [.context, .anything, .fixedMemory(4, .readWrite, isAligned: true), .anything, .anything],
      .integer,
      .gplOnly
    ),
    CallPrototype(
      28,
      "bpf_csum_diff",
      [.memoryOrNull(.read), .sizeOrZero, .memoryOrNull(.read), .sizeOrZero, .anything],
      .integer,
      .packetAccess
    ),
    CallPrototype(
      25,
      "bpf_perf_event_output",
      [.context, .map, .anything, .memory(.read), .sizeOrZero],
      .integer,
      .gplOnly,
      mapTypes: [.perfEventArray]
    ),
  ]
}
