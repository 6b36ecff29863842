/// Where a program runs on an interface's packets.
public enum AttachMode: String, Hashable, Sendable, CaseIterable {
  /// On the driver's own frame, before any copy.
  case native
  /// On a copy in a frame of the path's own pool, so that any driver works.
  case generic
  /// In the layer below, so that refused packets never reach this CPU.
  case offload
}
