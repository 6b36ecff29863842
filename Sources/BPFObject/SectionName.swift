import BPF

/// What a program's section name says of it, by the conventions of libbpf, old and new, and of iproute2.
struct SectionName: Equatable {
  /// Nil for a name that isn't one of XDP programs.
  let attachType: AttachType?
  /// `frags` and `notLoadedByDefault`, as far as the name says so.
  let flags: ProgramFlags
  /// The map's id and the position in it, for iproute2's tail-call sections such as `42/0`.
  let tailCall: (map: UInt32, position: Int)?

  static func == (left: SectionName, right: SectionName) -> Bool {
    left.attachType == right.attachType && left.flags == right.flags
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
    if head == "xdp.frags" { flags.insert(.frags) }
    if parts.count == 2, let map = UInt32(head), let position = target.flatMap({ UInt32($0) }) {
      tailCall = (map, Int(position))
    } else {
      tailCall = nil
    }
    self.flags = flags
  }
}
