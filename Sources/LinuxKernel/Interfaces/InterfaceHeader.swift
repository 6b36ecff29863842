/// What stands before the attributes of a message about an interface (`struct ifinfomsg`).
struct InterfaceHeader {
  static let byteCount = 16
  /// The interface's number; 0 where an attribute names it.
  var ifindex: UInt32

  var bytes: [UInt8] {
    [UInt8](repeating: 0, count: Self.byteCount).replacingWord(at: 4, with: ifindex)
  }
}
