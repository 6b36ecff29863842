import BPFVerifier

/// What programs may load of `struct xdp_md`; they may store to none of it.
enum XDPContextFields {
  static let all: [ContextField] = [
    ContextField("data", offset: 0, .packet),
    ContextField("data_end", offset: 4, .packetEnd),
    ContextField("data_meta", offset: 8, .packetMetadata),
    ContextField("ingress_ifindex", offset: 12),
    ContextField("rx_queue_index", offset: 16),
    ContextField("egress_ifindex", offset: 20, attachTypes: [.devmap]),
  ]
}
