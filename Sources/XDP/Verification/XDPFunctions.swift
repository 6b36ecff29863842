import BPFVerifier

/// Kernel functions that are XDP's own: on packets, their metadata, connections and IPsec states.
enum XDPFunctions {
  static let all: [CallPrototype] = packets + metadata + connections + states

  private static let packets: [CallPrototype] = [
    function("bpf_dynptr_from_xdp", [.context, .scalar, .dynptr(.makes(.packet))], .integer),
    function("bpf_xdp_pull_data", [.context, .scalar], .integer, .changesPacket),
  ]

  private static let metadata: [CallPrototype] = [
    function(
      "bpf_xdp_metadata_rx_timestamp",
      [.context, .fixedMemory(8, .write, isAligned: false)],
      .integer,
      .deviceBoundOnly
    ),
    function(
      "bpf_xdp_metadata_rx_hash",
      [.context, .fixedMemory(4, .write, isAligned: false), .fixedMemory(4, .write, isAligned: false)],
      .integer,
      .deviceBoundOnly
    ),
    function(
      "bpf_xdp_metadata_rx_vlan_tag",
      [.context, .fixedMemory(2, .write, isAligned: false), .fixedMemory(2, .write, isAligned: false)],
      .integer,
      .deviceBoundOnly
    ),
  ]

  private static let lookup: [CallPrototype.Parameter] = [
    .context, .memory(.readWrite), .size, .memory(.readWrite), .size,
  ]
  private static let fresh = "nf_conn___init"

  private static let connections: [CallPrototype] = [
    function("bpf_xdp_ct_lookup", lookup, .objectOrNull("nf_conn"), .acquires),
    function("bpf_xdp_ct_alloc", lookup, .objectOrNull(fresh), .acquires),
    function("bpf_ct_insert_entry", [.object(fresh)], .objectOrNull("nf_conn"), .acquires, releases: 0),
    function("bpf_ct_release", [.object("nf_conn")], .void, releases: 0),
    function("bpf_ct_set_timeout", [.object(fresh), .scalar], .void),
    function("bpf_ct_change_timeout", [.object("nf_conn"), .scalar], .integer),
    function("bpf_ct_set_status", [.object(fresh), .scalar], .integer),
    function("bpf_ct_change_status", [.object("nf_conn"), .scalar], .integer),
    function(
      "bpf_ct_set_nat_info",
      [.object(fresh), .fixedMemory(16, .readWrite, isAligned: false), .scalar, .scalar],
      .integer
    ),
  ]

  private static let states: [CallPrototype] = [
    function(
      "bpf_xdp_get_xfrm_state",
      [.context, .memory(.readWrite), .size],
      .objectOrNull("xfrm_state"),
      .acquires
    ),
    function("bpf_xdp_xfrm_state_release", [.object("xfrm_state")], .void, releases: 0),
  ]

  private static func function(
    _ name: String,
    _ parameters: [CallPrototype.Parameter],
    _ result: CallPrototype.Result,
    _ traits: CallPrototype.Traits = [],
    releases: Int? = nil
  ) -> CallPrototype {
    CallPrototype(0, name, parameters, result, traits, releases: releases)
  }
}
