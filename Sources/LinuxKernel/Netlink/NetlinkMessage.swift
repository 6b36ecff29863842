/// A request to the kernel over netlink: a header, a fixed part, and attributes, each padded to 4 bytes.
///
/// Numbers are in the host's byte order (`struct nlmsghdr`, `struct rtattr`).
struct NetlinkMessage {
  /// What a request may ask for beside its type (`NLM_F_*`).
  struct Flags: OptionSet {
    let rawValue: UInt16
    /// It is a request; every one is.
    static let request = Flags(rawValue: 1)
    /// Answer even where there is nothing to say.
    static let acknowledge = Flags(rawValue: 4)
    /// All objects of a kind.
    static let dump = Flags(rawValue: 0x300)
  }

  /// Set in an attribute's type where it holds attributes (`NLA_F_NESTED`).
  static let nested: UInt16 = 0x8000
  static let headerByteCount = 16

  private(set) var bytes: [UInt8]

  /// A request with its fixed part.
  init(type: UInt16, flags: Flags, fixed: [UInt8]) {
    bytes = []
    bytes.append(word: 0)
    bytes.append(half: type)
    bytes.append(half: flags.union(.request).rawValue)
    bytes.append(word: 0)
    bytes.append(word: 0)
    bytes += fixed
    pad()
  }

  /// Adds an attribute of some bytes.
  mutating func add(_ type: UInt16, _ payload: [UInt8]) {
    bytes.append(half: UInt16(4 + payload.count))
    bytes.append(half: type)
    bytes += payload
    pad()
  }

  /// Adds a number of 4 bytes.
  mutating func add(_ type: UInt16, _ value: UInt32) {
    var payload: [UInt8] = []
    payload.append(word: value)
    add(type, payload)
  }

  /// Adds a text with its end.
  mutating func add(_ type: UInt16, text: String) { add(type, Array(text.utf8) + [0]) }

  /// Adds an attribute that holds others.
  mutating func add(_ type: UInt16, holding fill: (inout NetlinkMessage) -> Void) {
    let start = bytes.count
    bytes.append(half: 0)
    bytes.append(half: type | Self.nested)
    fill(&self)
    bytes.replaceHalf(at: start, with: UInt16(bytes.count - start))
  }

  /// The message with its length and its number.
  func numbered(_ sequence: UInt32) -> [UInt8] {
    bytes.replacingWord(at: 0, with: UInt32(bytes.count)).replacingWord(at: 8, with: sequence)
  }

  private mutating func pad() { while bytes.count % 4 != 0 { bytes.append(0) } }
}

extension [UInt8] {
  /// Adds 4 bytes in the host's byte order.
  mutating func append(word: UInt32) {
    let bits = word.littleEndian
    for shift in stride(from: UInt32(0), to: 32, by: 8) { append(UInt8(truncatingIfNeeded: bits >> shift)) }
  }

  /// Adds 2 bytes in the host's byte order.
  mutating func append(half: UInt16) {
    let bits = half.littleEndian
    append(UInt8(truncatingIfNeeded: bits))
    append(UInt8(truncatingIfNeeded: bits >> 8))
  }

  fileprivate mutating func replaceHalf(at offset: Int, with half: UInt16) {
    let bits = half.littleEndian
    self[offset] = UInt8(truncatingIfNeeded: bits)
    self[offset + 1] = UInt8(truncatingIfNeeded: bits >> 8)
  }
}
