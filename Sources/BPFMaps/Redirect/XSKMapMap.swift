public import BPF
import Synchronization

/// `BPF_MAP_TYPE_XSKMAP`: AF_XDP sockets to redirect to, by position.
///
/// Programs find at each position the queue of the socket there (`struct bpf_xdp_sock`). Sockets are put in by
/// `set`, for they have no numbers here; an update by number is `EBADF`, and look-ups are `EOPNOTSUPP`, as in the kernel.
///
/// Unsafe: key and value pointers are good for 4 bytes each.
public final class XSKMapMap: RedirectArrayMap, @unchecked Sendable {
  /// Puts the socket of a queue, or nothing, at a position.
  ///
  /// Batches that found the old one may still send to it; the update returns after them.
  public func set(_ socket: (any AnyObject & Sendable)?, queue: UInt32 = 0, at index: UInt32) throws(MapError)
  {
    guard index < capacity else { throw refused("update", .tooBig, explanation(of: .tooBig)) }
    replace(Int(index), socket.map { _ in RedirectEntry(number: queue) }, socket)
  }

  /// Sockets have no numbers in user space.
  @unsafe public override func writeValue(
    _ key: UnsafeRawPointer,
    from value: UnsafeRawPointer,
    flags: UInt64
  ) -> Int32 {
    guard MapUpdateMode(flags) != nil else { return LinuxErrno.invalid.answer }
    return unsafe position(key) < capacity ? LinuxErrno.badDescriptor.answer : LinuxErrno.tooBig.answer
  }

  /// Control planes cannot look sockets up.
  @unsafe public override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    LinuxErrno.notSupported.answer
  }
}
