import BTF

/// The blocks of a pcapng file that we write, in little-endian order: a section, its interfaces, its packets.
///
/// The format is that of the IETF draft `draft-ietf-opsawg-pcapng`.
enum PCAPNG {
  /// Options of a block, each padded to four bytes; made once and used for many blocks.
  struct Options {
    private(set) var bytes: [UInt8] = []

    /// Adds an option, of at most 65,535 bytes.
    mutating func add(_ code: UInt16, _ value: [UInt8]) {
      append(code)
      append(UInt16(clamping: value.count))
      bytes += value.prefix(Int(UInt16.max))
      bytes += [UInt8](repeating: 0, count: bytes.count.paddingToWord)
    }

    /// Adds a text option; longer texts are cut.
    mutating func add(_ code: UInt16, _ text: String) { add(code, [UInt8](text.utf8)) }

    /// Adds a number.
    mutating func add<Integer: FixedWidthInteger>(_ code: UInt16, _ number: Integer) {
      add(code, number.littleEndianBytes)
    }

    /// Adds `opt_endofopt`.
    mutating func end() { add(0, []) }

    private mutating func append(_ number: UInt16) { bytes += number.littleEndianBytes }
  }

  /// Codes of options.
  enum Code {
    static let comment: UInt16 = 1
    static let application: UInt16 = 4
    static let interfaceName: UInt16 = 2
    static let timestampResolution: UInt16 = 9
    static let packetFlags: UInt16 = 2
    static let packetQueue: UInt16 = 6
    static let packetVerdict: UInt16 = 7
  }

  /// Which way a packet went, in the low bits of `epb_flags`.
  enum Direction: UInt32 {
    case inbound = 1
    case outbound = 2
  }
}

extension OutputFile {
  /// Section Header Block: what wrote the file.
  mutating func writeSection(application: String) throws(CaptureError) {
    var options = PCAPNG.Options()
    options.add(PCAPNG.Code.application, application)
    options.end()
    let length = UInt32(28 + options.bytes.count)
    try append(UInt32(0x0a0d_0d0a))
    try append(length)
    try append(UInt32(0x1a2b_3c4d))
    try append(UInt16(1))
    try append(UInt16(0))
    try append(Int64(-1))
    try append(options.bytes.rawBytes)
    try append(length)
  }

  /// Interface Description Block: Ethernet, no snap length, nanoseconds.
  mutating func writeInterface(name: String) throws(CaptureError) {
    var options = PCAPNG.Options()
    options.add(PCAPNG.Code.interfaceName, name)
    options.add(PCAPNG.Code.timestampResolution, UInt8(9))
    options.end()
    let length = UInt32(20 + options.bytes.count)
    try append(UInt32(1))
    try append(length)
    try append(UInt16(1))
    try append(UInt16(0))
    try append(UInt32(0))
    try append(options.bytes.rawBytes)
    try append(length)
  }

  /// Enhanced Packet Block.
  ///
  /// `originalLength` is the packet's where `bytes` are only its beginning.
  mutating func writePacket(
    _ bytes: RawSpan,
    originalLength: Int,
    timestamp: UInt64,
    interface: Int,
    options: PCAPNG.Options
  ) throws(CaptureError) {
    let padding = bytes.byteCount.paddingToWord
    let length = UInt32(32 + bytes.byteCount + padding + options.bytes.count)
    try append(UInt32(6))
    try append(length)
    try append(UInt32(interface))
    try append(UInt32(timestamp >> 32))
    try append(UInt32(truncatingIfNeeded: timestamp))
    try append(UInt32(bytes.byteCount))
    try append(UInt32(originalLength))
    try append(bytes)
    try append(zeros: padding)
    try append(options.bytes.rawBytes)
    try append(length)
  }
}

extension Int {
  /// Bytes from here to the next multiple of four.
  fileprivate var paddingToWord: Int { -self & 3 }
}

extension FixedWidthInteger {
  fileprivate var littleEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
  }
}
