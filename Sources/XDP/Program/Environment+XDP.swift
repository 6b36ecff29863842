public import BPF
public import BPFMaps
public import BPFRuntime

extension Environment {
  /// What an XDP program of this attach type is bound to: its context, the general helpers and XDP's own.
  public static func xdp(
    for type: AttachType,
    maps: [UserMap] = [],
    budget: UInt64 = Environment.usualBudget,
    timers: TimerTable = TimerTable()
  ) -> Environment {
    var environment = Environment(
      context: XDPContext.layout(for: type),
      helpers: .xdp,
      maps: maps,
      budget: budget
    )
    environment.timers = timers
    return environment
  }
}

extension HelperTable {
  /// Every helper that XDP programs may call in user space.
  public static let xdp =
    general.adding(
      AdjustHelpers.all + PacketBytesHelpers.all + RedirectHelpers.all + ChecksumHelper.all
        + PerfEventHelper.all
        + SynCookieHelpers.all + RoutingHelpers.all
    )
}
