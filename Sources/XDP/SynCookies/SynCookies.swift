/// SYN cookies: initial sequence numbers that hold what is to be remembered of a SYN, so that nothing is kept for it.
///
/// As the kernel makes them: one hash of the connection, plus the client's sequence number, plus the minute in the top 8
/// bits, plus in the low 24 bits a hash of connection and minute and the index of the segment size. The secret is this
/// process's own, as the kernel's is its own, so each accepts only its own cookies.
struct SynCookies: Sendable {
  /// What the cookie of a segment is about.
  struct Connection {
    /// The source address, then the destination's, 32 bits at a time as they lie in the packet.
    var addresses: [UInt32]
    /// The source port above the destination's.
    var ports: UInt32
    /// The sequence number of the SYN.
    var sequence: UInt32
  }

  /// Minutes that a cookie is good for beyond the one it was made in (`MAX_SYNCOOKIE_AGE`).
  private static let lifetime: UInt32 = 2
  private static let low: UInt32 = 0xff_ffff
  private let connectionHash: SipHash
  private let minuteHash: SipHash

  /// Cookies with a secret out of a seed.
  init(seed: UInt64) {
    var state = seed
    func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
    connectionHash = SipHash(key: next(), next())
    minuteHash = SipHash(key: next(), next())
  }

  /// Cookies with the secret that this process drew, the same on every worker.
  static let ofThisProcess = SynCookies(seed: .random(in: 0...UInt64.max))

  /// The cookie of a connection at a time in nanoseconds, with the index of a segment size.
  func make(_ connection: Connection, at time: UInt64, sizeIndex: Int) -> UInt32 {
    let minute = Self.minute(time)
    let data = hash(minuteHash, connection, minute) &+ UInt32(sizeIndex)
    return hash(connectionHash, connection, 0) &+ connection.sequence &+ minute << 24 &+ (data & Self.low)
  }

  /// The index of the segment size that a cookie holds, or some other number for one that was never given; nil if it is
  /// too old.
  func check(_ cookie: UInt32, _ connection: Connection, at time: UInt64) -> UInt32? {
    let minute = Self.minute(time)
    let rest = cookie &- hash(connectionHash, connection, 0) &- connection.sequence
    let age = (minute &- rest >> 24) & 0xff
    guard age < Self.lifetime else { return nil }
    return (rest &- hash(minuteHash, connection, minute &- age)) & Self.low
  }

  private static func minute(_ nanoseconds: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: nanoseconds / 60_000_000_000)
  }

  private func hash(_ function: SipHash, _ connection: Connection, _ minute: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: function(connection.addresses + [connection.ports, minute]))
  }
}

/// The segment sizes that a cookie can remember, smallest first, by protocol of the network layer.
enum SegmentSizes {
  /// Of TCP over IPv4.
  static let ipv4: [UInt16] = [536, 1300, 1440, 1460]
  /// Of TCP over IPv6: an MTU of 1280, 1480, 1500 or 9000 bytes without 60 of headers.
  static let ipv6: [UInt16] = [1220, 1420, 1440, 8940]

  /// The index of the largest size that is not above another one; 0 where all are.
  static func index(of size: UInt16, in sizes: [UInt16]) -> Int { sizes.lastIndex { $0 <= size } ?? 0 }

  /// What the options of a TCP header say; nil where they say nothing or cannot be read so far.
  static func announced(in header: UnsafeRawBufferPointer) -> UInt16? {
    var position = 20
    var found: UInt16?
    while position < header.count {
      let kind = unsafe header[position]
      if kind == 0 { break }
      if kind == 1 {
        position += 1
        continue
      }
      guard position + 1 < header.count else { break }
      let length = unsafe Int(header[position + 1])
      guard length >= 2, position + length <= header.count else { break }
      if kind == 2, length == 4 {
        let size = unsafe UInt16(header[position + 2]) << 8 | UInt16(header[position + 3])
        if size != 0 { found = size }
      }
      position += length
    }
    return found
  }
}
