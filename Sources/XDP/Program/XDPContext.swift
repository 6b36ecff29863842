public import BPF
public import BPFRuntime

/// The context of an XDP program, `struct xdp_md`: six fields of 4 bytes, read whole and never written.
public enum XDPContext {
  /// A field, by its index in the layout and in `RunState.context`.
  enum Field {
    static let data = 0
    static let dataEnd = 1
    static let dataMeta = 2
    static let ingressIfindex = 3
    static let rxQueueIndex = 4
    static let egressIfindex = 5
  }

  /// What a program of this attach type may read: `egress_ifindex` only where the packet is leaving, on a devmap.
  public static func layout(for type: AttachType) -> ContextLayout {
    var fields: [ContextLayout.Field] = [
      .init("data", offset: 0, .packetStart),
      .init("data_end", offset: 4, .packetEnd),
      .init("data_meta", offset: 8, .packetMetadata),
      .init("ingress_ifindex", offset: 12, .scalar),
      .init("rx_queue_index", offset: 16, .scalar),
    ]
    if type == .devmap { fields.append(.init("egress_ifindex", offset: 20, .scalar)) }
    return ContextLayout(byteCount: 24, fields: fields)
  }
}
