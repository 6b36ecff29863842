import Testing

/// Takes a little-endian pcapng file apart, strictly: what is not as the format says is an issue.
struct PCAPNGBlocks {
  /// A packet of an Enhanced Packet Block.
  struct Packet: Equatable {
    var interface: Int
    var timestamp: UInt64
    var bytes: [UInt8]
    var originalLength: Int
    var options: [UInt16: [UInt8]]
    var comment: String? { options[1].map { String(decoding: $0, as: UTF8.self) } }
  }

  private(set) var application = ""
  private(set) var interfaces: [String] = []
  private(set) var packets: [Packet] = []
  private let bytes: [UInt8]

  /// Reads a whole file.
  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    var offset = 0
    while offset < bytes.count {
      let length = number(at: offset + 4, 4)
      try #require(length >= 12 && length % 4 == 0 && offset + length <= bytes.count, "block at \(offset)")
      try #require(
        number(at: offset + length - 4, 4) == length,
        "the lengths of the block at \(offset) differ"
      )
      readBlock(number(at: offset, 4), body: (offset + 8)..<(offset + length - 4))
      offset += length
    }
  }

  private mutating func readBlock(_ type: Int, body: Range<Int>) {
    let start = body.lowerBound
    switch type {
    case 0x0a0d_0d0a:
      #expect(number(at: start, 4) == 0x1a2b_3c4d)
      #expect(number(at: start + 4, 2) == 1)
      application = text(options(in: (start + 16)..<body.upperBound)[4])
    case 1:
      #expect(number(at: start, 2) == 1, "not Ethernet")
      let options = options(in: (start + 8)..<body.upperBound)
      #expect(options[9] == [9], "not nanoseconds")
      interfaces.append(text(options[2]))
    case 6:
      let captured = number(at: start + 12, 4)
      let end = start + 20 + captured
      packets.append(
        Packet(
          interface: number(at: start, 4),
          timestamp: UInt64(number(at: start + 4, 4)) << 32 | UInt64(number(at: start + 8, 4)),
          bytes: Array(bytes[(start + 20)..<end]),
          originalLength: number(at: start + 16, 4),
          options: options(in: (end + (-captured & 3))..<body.upperBound)
        )
      )
    default: Issue.record("a block of type \(type)")
    }
  }

  private func options(in range: Range<Int>) -> [UInt16: [UInt8]] {
    var options: [UInt16: [UInt8]] = [:]
    var offset = range.lowerBound
    while offset + 4 <= range.upperBound {
      let code = UInt16(number(at: offset, 2)), length = number(at: offset + 2, 2)
      offset += 4
      if code == 0 {
        #expect(length == 0 && offset == range.upperBound, "something stands behind the last option")
        return options
      }
      options[code] = Array(bytes[offset..<(offset + length)])
      offset += length + (-length & 3)
    }
    Issue.record("the options at \(range.lowerBound) have no end")
    return options
  }

  private func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

  private func number(at offset: Int, _ size: Int) -> Int {
    (0..<size).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }
}
