import BPF

/// What the kernel tells of a link that holds a program on an interface (`struct bpf_link_info`).
public struct LinkInfo: Hashable, Sendable {
  /// Its number.
  public var id: UInt32
  /// The program that it holds.
  public var programID: UInt32
  /// The interface, in the network namespace that it is in; 0 where the interface is gone.
  public var ifindex: UInt32

  /// All links of interfaces' hooks, by number.
  public static func all() throws(KernelError) -> [LinkInfo] {
    var found: [LinkInfo] = []
    for id in try ObjectKind.link.allIDs() {
      guard let descriptor = try ObjectKind.link.open(id) else { continue }
      if let link = try LinkInfo(descriptor) { found.append(link) }
    }
    return found
  }

  /// Asks about a link; nil where it is of another kind than interfaces' (`BPF_LINK_TYPE_XDP`).
  init?(_ descriptor: borrowing Descriptor) throws(KernelError) {
    let bytes = try descriptor.info(64)
    guard bytes.word(at: 0) == 6 else { return nil }
    id = bytes.word(at: 4)
    programID = bytes.word(at: 8)
    ifindex = bytes.word(at: 16)
  }
}
