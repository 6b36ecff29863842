import BPF
import BPFRuntime

/// The helpers that make and check SYN cookies out of headers alone.
///
/// Invariant: an engine calls them with its worker's `RunState`, whose hook is that worker's `PacketRun`, and with
/// pointers to a whole IP header and to as many bytes of TCP as the prototypes and sizes say.
enum SynCookieHelpers {
  static let all: [Helper] = [makeIPv4, makeIPv6, checkIPv4, checkIPv6]

  static let makeIPv4 = unsafe Helper(
    HelperPrototype(
      204,
      "bpf_tcp_raw_gen_syncookie_ipv4",
      [.readableFixed(20), .readableMemory, .sizeOrZero],
      .integer,
      isGPLOnly: true
    )
  ) { machine, ip, tcp, size, _, _ in unsafe make(machine, ip, tcp, size, .ipv4) }

  static let makeIPv6 = unsafe Helper(
    HelperPrototype(
      205,
      "bpf_tcp_raw_gen_syncookie_ipv6",
      [.readableFixed(40), .readableMemory, .sizeOrZero],
      .integer,
      isGPLOnly: true
    )
  ) { machine, ip, tcp, size, _, _ in unsafe make(machine, ip, tcp, size, .ipv6) }

  static let checkIPv4 = unsafe Helper(
    HelperPrototype(
      206,
      "bpf_tcp_raw_check_syncookie_ipv4",
      [.readableFixed(20), .readableFixed(20)],
      .integer,
      isGPLOnly: true
    )
  ) { machine, ip, tcp, _, _, _ in unsafe check(machine, ip, tcp, .ipv4) }

  static let checkIPv6 = unsafe Helper(
    HelperPrototype(
      207,
      "bpf_tcp_raw_check_syncookie_ipv6",
      [.readableFixed(40), .readableFixed(20)],
      .integer,
      isGPLOnly: true
    )
  ) { machine, ip, tcp, _, _, _ in unsafe check(machine, ip, tcp, .ipv6) }
}

/// A protocol of the network layer, as cookies see it.
private enum Network {
  case ipv4, ipv6

  /// Where the addresses lie in the header.
  var addresses: (start: Int, words: Int) { self == .ipv4 ? (12, 2) : (8, 8) }
  var sizes: [UInt16] { self == .ipv4 ? SegmentSizes.ipv4 : SegmentSizes.ipv6 }
}

private func make(
  _ machine: UnsafeMutableRawPointer,
  _ ip: UInt64,
  _ tcp: UInt64,
  _ size: UInt64,
  _ network: Network
) -> UInt64 {
  let count = Int(UInt32(truncatingIfNeeded: size))
  guard let (state, run) = unsafe PacketRun.atHand(machine) else { return 0 }
  guard count >= 20, let ip = unsafe UnsafeRawPointer(bitPattern: UInt(ip)),
    let tcp = unsafe UnsafeRawPointer(bitPattern: UInt(tcp)),
    unsafe Int(tcp.load(fromByteOffset: 12, as: UInt8.self) >> 4) * 4 == count
  else { return LinuxErrno.invalid.negated }
  let header = unsafe UnsafeRawBufferPointer(start: tcp, count: count)
  let announced = unsafe SegmentSizes.announced(in: header) ?? network.sizes[0]
  let index = SegmentSizes.index(of: announced, in: network.sizes)
  let sequence = unsafe bigEndian(tcp, at: 4)
  let connection = unsafe connection(ip, tcp, sequence: sequence, network)
  let time = unsafe state.pointee.nanoseconds
  let cookie = unsafe run.pointee.cookies.make(connection, at: time, sizeIndex: index)
  return UInt64(network.sizes[index]) << 32 | UInt64(cookie)
}

private func check(
  _ machine: UnsafeMutableRawPointer,
  _ ip: UInt64,
  _ tcp: UInt64,
  _ network: Network
) -> UInt64 {
  guard let (state, run) = unsafe PacketRun.atHand(machine),
    let ip = unsafe UnsafeRawPointer(bitPattern: UInt(ip)),
    let tcp = unsafe UnsafeRawPointer(bitPattern: UInt(tcp))
  else { return 0 }
  // The segment acknowledges the cookie, and is the one after the SYN.
  let sequence = unsafe bigEndian(tcp, at: 4) &- 1, cookie = unsafe bigEndian(tcp, at: 8) &- 1
  let connection = unsafe connection(ip, tcp, sequence: sequence, network)
  let time = unsafe state.pointee.nanoseconds
  let index = unsafe run.pointee.cookies.check(cookie, connection, at: time)
  guard let index, index < network.sizes.count else { return LinuxErrno.accessDenied.negated }
  return 0
}

private func connection(
  _ ip: UnsafeRawPointer,
  _ tcp: UnsafeRawPointer,
  sequence: UInt32,
  _ network: Network
) -> SynCookies.Connection {
  let (start, words) = network.addresses
  return SynCookies.Connection(
    addresses: (0..<words).map {
      unsafe ip.loadUnaligned(fromByteOffset: start + 4 * $0, as: UInt32.self)
    },
    ports: unsafe tcp.loadUnaligned(as: UInt32.self),
    sequence: sequence
  )
}

private func bigEndian(_ bytes: UnsafeRawPointer, at offset: Int) -> UInt32 {
  unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
}

/// When the process first looked at the host's clock: cookies need minutes that pass, not their count.
private let start = ContinuousClock.now

extension RunState {
  /// The time that cookies are made at, in nanoseconds: the run's own, or the host's.
  fileprivate var nanoseconds: UInt64 {
    if hasFixedClock { return now }
    let (seconds, fraction) = (ContinuousClock.now - start).components
    return UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: fraction / 1_000_000_000)
  }
}
