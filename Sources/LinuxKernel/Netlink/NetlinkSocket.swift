import BPF

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A conversation with a part of the kernel over netlink.
///
/// Invariant: the kernel reads and writes only within the arrays whose buffers a call is given.
struct NetlinkSocket: ~Copyable {
  /// The parts of the kernel that are spoken to here.
  enum Family: Int32 {
    /// Interfaces, addresses, routes (`NETLINK_ROUTE`).
    case route = 0
    /// Families that are found by their names (`NETLINK_GENERIC`).
    case generic = 16
  }

  private static let levelNetlink: Int32 = 270, shortAnswers: Int32 = 10, extendedAnswers: Int32 = 11
  private static let answerByteCount = 1 << 16

  private let descriptor: Descriptor
  private var sequence: UInt32 = 0

  /// Opens a conversation.
  init(_ family: Family) throws(KernelError) {
    #if os(Linux)
    let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let number = socket(AF_NETLINK, type, family.rawValue)
    guard number >= 0 else { throw Self.failure("socket", errno) }
    descriptor = Descriptor(owning: number)
    // A kernel that knows nothing of them answers all the same, in fewer words.
    for option in [Self.shortAnswers, Self.extendedAnswers] {
      var on: Int32 = 1
      _ = unsafe setsockopt(number, Self.levelNetlink, option, &on, socklen_t(MemoryLayout<Int32>.size))
    }
    #else
    throw KernelError(command: "netlink", subject: "socket", code: .noSystemCall)
    #endif
  }

  /// Sends a request and gives the answers' bytes behind their headers.
  ///
  /// - Parameters:
  ///   - message: The request, which asks for an acknowledgement or for all objects of a kind.
  ///   - what: What is asked, for errors, such as `RTM_SETLINK`.
  ///   - subject: About what.
  /// - Returns: The payloads.
  /// - Throws: The kernel's refusal, with its own words where it has any.
  mutating func ask(
    _ message: NetlinkMessage,
    _ what: String,
    about subject: String
  ) throws(KernelError) -> [[UInt8]] {
    sequence += 1
    let request = message.numbered(sequence)
    try send(request, what, subject)
    var answers: [[UInt8]] = []
    while true {
      let block = try receive(what, subject)
      var rest = block[...]
      while rest.count >= NetlinkMessage.headerByteCount {
        let header = Array(rest.prefix(NetlinkMessage.headerByteCount))
        let length = Int(header.word(at: 0))
        guard length >= NetlinkMessage.headerByteCount, length <= rest.count else { break }
        let payload = Array(rest.prefix(length).dropFirst(NetlinkMessage.headerByteCount))
        rest = rest.dropFirst((length + 3) & ~3)
        guard header.word(at: 8) == sequence else { continue }
        let type = UInt16(truncatingIfNeeded: header.word(at: 4)), flags = UInt16(header.word(at: 4) >> 16)
        switch type {
        case 2:
          try Self.check(payload, flags, what, subject)
          return answers
        case 3: return answers
        default: answers.append(payload)
        }
      }
    }
  }

  /// An acknowledgement is an error whose number is 0 (`struct nlmsgerr`).
  private static func check(
    _ payload: [UInt8],
    _ flags: UInt16,
    _ what: String,
    _ subject: String
  ) throws(KernelError) {
    guard payload.count >= 4 else { return }
    let code = Int32(bitPattern: payload.word(at: 0))
    guard code != 0 else { return }
    // Behind it stands the request's header, the whole request unless it was left out, and then the kernel's words.
    let requestByteCount = payload.count >= 8 ? Int(payload.word(at: 4)) : 0
    let isCapped = flags & 0x100 != 0, hasWords = flags & 0x200 != 0
    let start = 4 + (isCapped ? NetlinkMessage.headerByteCount : (requestByteCount + 3) & ~3)
    let words = hasWords && start <= payload.count ? NetlinkAttributes(payload[start...]).text(1) : nil
    throw KernelError(
      command: what,
      subject: subject,
      code: LinuxErrno(rawValue: -code),
      advice: words.map { "the kernel says: \($0)" }
    )
  }

  private func send(_ bytes: [UInt8], _ what: String, _ subject: String) throws(KernelError) {
    #if os(Linux)
    let number = descriptor.rawValue
    let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(number, $0.baseAddress, $0.count, 0) }
    guard count == bytes.count else { throw Self.failure(what, errno, subject) }
    #endif
  }

  private func receive(_ what: String, _ subject: String) throws(KernelError) -> [UInt8] {
    #if os(Linux)
    var buffer = [UInt8](repeating: 0, count: Self.answerByteCount)
    let number = descriptor.rawValue
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(number, $0.baseAddress, $0.count, 0) }
      if count > 0 { return Array(buffer[..<count]) }
      guard count < 0, errno == EINTR else { throw Self.failure(what, count < 0 ? errno : EIO, subject) }
    }
    #else
    return []
    #endif
  }

  private static func failure(_ what: String, _ code: Int32, _ subject: String = "netlink") -> KernelError {
    KernelError(command: what, subject: subject, code: LinuxErrno(rawValue: code))
  }
}
