/// How helpers that know no packet reach the one at hand: what a hook with packets gives its machines.
///
/// Each function gets the address of the worker's `RunState`. Offsets count from the packet's first byte, over all of its
/// buffers; memory is good for as many bytes as are asked for. Answers are 0 or a negative `LinuxErrno`.
@safe public struct PacketAccess: Sendable {
  /// The packet's length in bytes, over all of its buffers.
  public var length: @convention(c) (UnsafeMutableRawPointer) -> Int
  /// Copies bytes out of the packet.
  public var load: @convention(c) (UnsafeMutableRawPointer, Int, UnsafeMutableRawPointer, Int) -> Int32
  /// Copies bytes into the packet.
  public var store: @convention(c) (UnsafeMutableRawPointer, Int, UnsafeRawPointer, Int) -> Int32
  /// Where bytes lie, if they lie in one piece; nil if they do not, or not all exist.
  public var bytes: @convention(c) (UnsafeMutableRawPointer, Int, Int) -> UnsafeMutableRawPointer?

  /// Makes an access of its functions.
  @unsafe public init(
    length: @escaping @convention(c) (UnsafeMutableRawPointer) -> Int,
    load: @escaping @convention(c) (UnsafeMutableRawPointer, Int, UnsafeMutableRawPointer, Int) -> Int32,
    store: @escaping @convention(c) (UnsafeMutableRawPointer, Int, UnsafeRawPointer, Int) -> Int32,
    bytes: @escaping @convention(c) (UnsafeMutableRawPointer, Int, Int) -> UnsafeMutableRawPointer?
  ) {
    unsafe self.length = length
    unsafe self.load = load
    unsafe self.store = store
    unsafe self.bytes = bytes
  }
}
