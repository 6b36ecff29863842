import BPFVerifier

/// What the verifier knows of the kernel functions on connections, flows and security associations.
enum ConnectionFunctionPrototypes {
  static let all: [CallPrototype] = [
    CallPrototype(
      0,
      "bpf_xdp_ct_alloc",
      [.context, .memory(.readWrite), .sizeOrZero, .memory(.readWrite), .sizeOrZero],
      .objectOrNull("nf_conn___init"),
      .acquires
    ),
    CallPrototype(
      0,
      "bpf_xdp_ct_lookup",
      [.context, .memory(.readWrite), .sizeOrZero, .memory(.readWrite), .sizeOrZero],
      .objectOrNull("nf_conn"),
      .acquires
    ),
    CallPrototype(
      0,
      "bpf_skb_ct_alloc",
      [.object("__sk_buff"), .memory(.readWrite), .sizeOrZero, .memory(.readWrite), .sizeOrZero],
      .objectOrNull("nf_conn___init"),
      .acquires
    ),
    CallPrototype(
      0,
      "bpf_skb_ct_lookup",
      [.object("__sk_buff"), .memory(.readWrite), .sizeOrZero, .memory(.readWrite), .sizeOrZero],
      .objectOrNull("nf_conn"),
      .acquires
    ),
    CallPrototype(
      0,
      "bpf_ct_insert_entry",
      [.object("nf_conn___init")],
      .objectOrNull("nf_conn"),
      .acquires,
      releases: 0
    ),
    CallPrototype(0, "bpf_ct_release", [.object("nf_conn")], .void, releases: 0),
    CallPrototype(0, "bpf_ct_set_timeout", [.object("nf_conn___init"), .scalar], .void, .trustedArguments),
    CallPrototype(0, "bpf_ct_change_timeout", [.object("nf_conn"), .scalar], .integer, .trustedArguments),
    CallPrototype(0, "bpf_ct_set_status", [.object("nf_conn___init"), .scalar], .integer, .trustedArguments),
    CallPrototype(0, "bpf_ct_change_status", [.object("nf_conn"), .scalar], .integer, .trustedArguments),
    CallPrototype(
      0,
      "bpf_ct_set_nat_info",
      [.object("nf_conn___init"), .fixedMemory(16, .readWrite, isAligned: false), .scalar, .scalar],
      .integer,
      .trustedArguments
    ),
    CallPrototype(
      0,
      "bpf_xdp_flow_lookup",
      [.context, .fixedMemory(64, .readWrite, isAligned: false), .memory(.readWrite), .sizeOrZero],
      .objectOrNull("flow_offload_tuple_rhash"),
      .trustedArguments
    ),
    CallPrototype(
      0,
      "bpf_xdp_get_xfrm_state",
      [.context, .memory(.readWrite), .sizeOrZero],
      .objectOrNull("xfrm_state"),
      .acquires
    ),
    CallPrototype(0, "bpf_xdp_xfrm_state_release", [.object("xfrm_state")], .void, releases: 0),
  ]
}
