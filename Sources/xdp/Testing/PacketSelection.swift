import XDP

/// Which packets of a test are reported; all of them are run.
struct PacketSelection {
  /// Only this one.
  var index: Int?
  /// Only those with this action.
  var action: XDPAction?

  /// Whether a packet is reported.
  func contains(_ report: PacketReport) -> Bool {
    (index ?? report.index) == report.index && (action ?? report.action) == report.action
  }
}
