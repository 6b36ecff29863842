#if os(Linux)
import Glibc

/// A raw socket on one interface: sends frames into it, and sees those that come up from it.
///
/// Frames that the interface itself sends are not seen. A VLAN tag that the stack took off is put back.
final class FrameSocket {
  /// Why there is none.
  struct Failure: Error, CustomStringConvertible {
    var operation: String, code: Int32
    var description: String { "\(operation) of a packet socket: errno \(code)" }
  }

  private let descriptor: Int32

  /// Opens a socket on the interface of an index in the calling thread's network namespace.
  init(on index: UInt32) throws {
    // Without a protocol nothing arrives until it is bound.
    descriptor = socket(Number.family, Number.raw | Number.nonBlocking, 0)
    guard descriptor >= 0 else { throw Failure(operation: "socket", code: errno) }
    try set(Number.socketLevel, Number.bufferForce, to: 32 << 20)
    try set(Number.packetLevel, Number.auxiliary, to: 1)
    try set(Number.packetLevel, Number.ignoreOutgoing, to: 1)
    var address = [UInt8](repeating: 0, count: 20)
    address[0] = UInt8(Number.family)
    // All protocols, in network order.
    address[3] = 3
    for place in 0..<4 { address[4 + place] = UInt8(truncatingIfNeeded: index >> UInt32(8 * place)) }
    let result = unsafe address.withUnsafeBytes { bytes in
      unsafe bytes.withMemoryRebound(to: sockaddr.self) { address in
        unsafe bind(descriptor, address.baseAddress!, socklen_t(20))
      }
    }
    guard result == 0 else { throw Failure(operation: "bind", code: errno) }
  }

  deinit { close(descriptor) }

  /// Sends one frame, of 14 bytes at least.
  func send(_ frame: [UInt8]) throws {
    let sent = unsafe frame.withUnsafeBytes { bytes in
      unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, 0)
    }
    guard sent == frame.count else { throw Failure(operation: "send of \(frame.count) bytes", code: errno) }
  }

  /// The next frame that has come up, nil where there is none.
  func receive() throws -> [UInt8]? {
    var frame = [UInt8](repeating: 0, count: 1 << 16)
    var control = [UInt64](repeating: 0, count: 16)
    let (count, controlCount) = unsafe frame.withUnsafeMutableBytes { frame in
      unsafe control.withUnsafeMutableBytes { control in
        var part = unsafe iovec(iov_base: frame.baseAddress, iov_len: frame.count)
        return unsafe withUnsafeMutablePointer(to: &part) { part in
          var message = unsafe msghdr()
          unsafe message.msg_iov = part
          unsafe message.msg_iovlen = 1
          unsafe message.msg_control = control.baseAddress
          unsafe message.msg_controllen = numericCast(control.count)
          let count = unsafe recvmsg(descriptor, &message, 0)
          return unsafe (count, Int(message.msg_controllen))
        }
      }
    }
    guard count >= 0 else {
      if errno == EAGAIN { return nil }
      throw Failure(operation: "receive", code: errno)
    }
    let auxiliary = unsafe control.withUnsafeBytes { bytes in unsafe Array(bytes.prefix(controlCount)) }
    return Self.tagged(Array(frame.prefix(count)), auxiliary)
  }

  /// A frame with the tag that `struct tpacket_auxdata` says was taken off, behind a control message's 16-byte header.
  private static func tagged(_ frame: [UInt8], _ auxiliary: [UInt8]) -> [UInt8] {
    guard auxiliary.count >= 36, auxiliary[16] & 0x10 != 0, frame.count >= 12 else { return frame }
    let `protocol` = auxiliary[16] & 0x40 != 0 ? [auxiliary[35], auxiliary[34]] : [0x81, 0]
    return frame[..<12] + `protocol` + [auxiliary[33], auxiliary[32]] + frame[12...]
  }

  private func set(_ level: Int32, _ option: Int32, to value: Int32) throws {
    let result = unsafe withUnsafeBytes(of: value) { bytes in
      unsafe setsockopt(descriptor, level, option, bytes.baseAddress, socklen_t(bytes.count))
    }
    guard result == 0 else { throw Failure(operation: "option \(option)", code: errno) }
  }

  /// The kernel's numbers, which are part of its binary interface.
  private enum Number {
    static let family: Int32 = 17
    static let raw: Int32 = 3
    static let nonBlocking: Int32 = 0o4000 | 0o2000000
    static let socketLevel: Int32 = 1
    static let bufferForce: Int32 = 33
    static let packetLevel: Int32 = 263
    static let auxiliary: Int32 = 8
    static let ignoreOutgoing: Int32 = 23
  }
}
#endif
