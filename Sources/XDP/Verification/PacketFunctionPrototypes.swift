import BPFVerifier

/// What the verifier knows of the kernel functions on packets and what the device said of them.
enum PacketFunctionPrototypes {
  static let all: [CallPrototype] = [
    CallPrototype(0, "bpf_dynptr_from_xdp", [.context, .scalar, .dynptr(.makes(.packet))], .integer),
    CallPrototype(0, "bpf_xdp_pull_data", [.context, .scalar], .integer, .changesPacket),
    CallPrototype(
      0,
      "bpf_xdp_metadata_rx_timestamp",
      [.context, .fixedMemory(8, .readWrite, isAligned: false)],
      .integer,
      [.deviceBoundOnly, .trustedArguments]
    ),
    CallPrototype(
      0,
      "bpf_xdp_metadata_rx_hash",
      [
        .context, .fixedMemory(4, .readWrite, isAligned: false),
        .fixedMemory(4, .readWrite, isAligned: false),
      ],
      .integer,
      [.deviceBoundOnly, .trustedArguments]
    ),
    CallPrototype(
      0,
      "bpf_xdp_metadata_rx_vlan_tag",
      [
        .context, .fixedMemory(2, .readWrite, isAligned: false),
        .fixedMemory(2, .readWrite, isAligned: false),
      ],
      .integer,
      [.deviceBoundOnly, .trustedArguments]
    ),
  ]
}
