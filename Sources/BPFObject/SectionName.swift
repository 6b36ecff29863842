import BPF

/// What a program's section name says of it, by the conventions of libbpf, old and new, and of iproute2.
struct SectionName: Equatable {
  /// Nil for a name that isn't one of XDP programs.
  let attachType: AttachType?
  /// What other kind of program the name says, such as `tc` or `tp_btf`; nil for XDP programs and for a name that says
  /// nothing.
  let otherType: String?
  /// `frags` and `notLoadedByDefault`, as far as the name says so.
  let flags: ProgramFlags
  /// The map's id and the position in it, for iproute2's tail-call sections such as `42/0`.
  let tailCall: (map: UInt32, position: Int)?

  /// How the names of other kinds of programs begin; what follows a `.` or `/` says how or to what they are attached.
  private static let otherTypes: Set<Substring> = [
    "tc", "tcx", "classifier", "action", "netkit", "socket", "sk_reuseport", "sk_skb", "sk_msg", "sk_lookup",
    "sockops", "flow_dissector", "netfilter", "lwt_in", "lwt_out", "lwt_xmit", "lwt_seg6local", "cgroup",
    "cgroup_skb", "kprobe", "kretprobe", "ksyscall", "kretsyscall", "uprobe", "uretprobe", "usdt",
    "tracepoint",
    "tp", "raw_tracepoint", "raw_tp", "tp_btf", "fentry", "fexit", "fmod_ret", "freplace", "iter", "lsm",
    "lsm_cgroup", "perf_event", "lirc_mode2", "struct_ops", "syscall",
  ]

  static func == (left: SectionName, right: SectionName) -> Bool {
    left.attachType == right.attachType && left.otherType == right.otherType && left.flags == right.flags
      && left.tailCall?.map == right.tailCall?.map && left.tailCall?.position == right.tailCall?.position
  }

  /// Reads a section's name.
  init(_ section: String) {
    var name = section[...]
    var flags: ProgramFlags = []
    if name.first == "?" {
      name = name.dropFirst()
      flags.insert(.notLoadedByDefault)
    }
    let parts = name.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    let head = parts.first ?? ""
    let target = parts.dropFirst().first
    switch (head, target) {
    case ("xdp", "devmap"), ("xdp.frags", "devmap"), ("xdp_devmap", .some): attachType = .devmap
    case ("xdp", "cpumap"), ("xdp.frags", "cpumap"), ("xdp_cpumap", .some): attachType = .cpumap
    default: attachType = head.hasPrefix("xdp") ? .xdp : nil
    }
    let kind = head.prefix { $0 != "." }
    otherType = Self.otherTypes.contains(kind) ? String(kind) : nil
    if head == "xdp.frags" { flags.insert(.frags) }
    if parts.count == 2, let map = UInt32(head), let position = target.flatMap({ UInt32($0) }) {
      tailCall = (map, Int(position))
    } else {
      tailCall = nil
    }
    self.flags = flags
  }
}
