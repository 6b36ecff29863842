import BPFRuntime

extension HelperTable {
  /// XDP's own helpers: those that move a packet, say where it goes, and sum its bytes.
  static let packetHelpers = AdjustHelpers.all + RedirectHelpers.all + ChecksumHelper.all
}
