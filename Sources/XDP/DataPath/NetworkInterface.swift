/// An interface as programs and reports know it.
public struct NetworkInterface: Hashable, Sendable {
  /// Its name, such as `eth0` or the name of a capture.
  public var name: String
  /// Its number (`ifindex`), from 1.
  public var index: UInt32

  /// Names an interface.
  public init(name: String, index: UInt32) {
    self.name = name
    self.index = index
  }
}
