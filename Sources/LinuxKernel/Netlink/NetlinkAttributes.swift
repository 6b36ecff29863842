/// The attributes of a message from the kernel, or of an attribute that holds others.
///
/// What does not fit its own length is left out, with all that follows.
struct NetlinkAttributes {
  private var payloads: [UInt16: [UInt8]] = [:]

  /// Reads attributes from their bytes.
  init(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    while rest.count >= 4 {
      let start = rest.startIndex
      let length = Int(UInt16(rest[start]) | UInt16(rest[start + 1]) << 8)
      let type = (UInt16(rest[start + 2]) | UInt16(rest[start + 3]) << 8) & 0x3FFF
      guard length >= 4, length <= rest.count else { return }
      payloads[type] = Array(rest[(start + 4)..<(start + length)])
      rest = rest.dropFirst((length + 3) & ~3)
    }
  }

  /// The bytes of an attribute, nil where it is not there.
  subscript(type: UInt16) -> [UInt8]? { payloads[type] }

  /// A number of 4 bytes.
  func word(_ type: UInt16) -> UInt32? {
    guard let payload = payloads[type], payload.count >= 4 else { return nil }
    return payload.word(at: 0)
  }

  /// A number of 1 byte.
  func byte(_ type: UInt16) -> UInt8? { payloads[type]?.first }

  /// A text, up to its end.
  func text(_ type: UInt16) -> String? {
    payloads[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// The attributes within an attribute; none where it is not there.
  func within(_ type: UInt16) -> NetlinkAttributes { NetlinkAttributes((payloads[type] ?? [])[...]) }
}
