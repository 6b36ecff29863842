import XDP

/// Which packets of a test are reported; those before them are run too, so that maps are as they were.
struct PacketSelection {
  /// Only this one.
  var index: Int?
  /// Only those with this action.
  var action: XDPAction?

  /// Whether a packet is reported.
  func contains(_ report: PacketReport) -> Bool {
    (index ?? report.index) == report.index && (action ?? report.action) == report.action
  }

  /// Whether a packet may be reported, before its action is known.
  func mayContain(_ packet: TestPacket) -> Bool { (index ?? packet.index) == packet.index }

  /// Whether nothing after a packet can be reported.
  func ends(with packet: TestPacket) -> Bool { index == packet.index }

  /// Why a test of `count` packets did not get to the one that was asked for.
  func missing(after count: Int) -> CommandError? {
    guard let index, index >= count else { return nil }
    let last = count == 0 ? "there are none" : "the last one is \(count - 1)"
    return .badInput("--at \(index): there is no such packet: \(last)")
  }
}
