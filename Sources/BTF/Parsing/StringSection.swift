/// The strings of a `BTF`, found by their byte offset; those of a split BTF continue its base's.
final class StringSection: Sendable {
  /// The section as it was in the file.
  let bytes: [UInt8]
  /// The offset of the first byte: where the base's strings end.
  let start: Int
  /// The strings before `start`.
  let base: StringSection?

  init(bytes: [UInt8], base: StringSection?) {
    self.bytes = bytes
    self.base = base
    self.start = base?.end ?? 0
  }

  /// The offset past the last byte.
  var end: Int { start + bytes.count }

  /// The bytes of the string at an offset, without the zero that ends it; nil past the end.
  func string(at offset: Int) -> ArraySlice<UInt8>? {
    guard offset >= start else { return base?.string(at: offset) }
    guard offset < end else { return nil }
    let tail = bytes[(offset - start)...]
    return tail[..<(tail.firstIndex(of: 0) ?? tail.endIndex)]
  }
}

/// Reads strings of a section, each once, and never more bytes than a small multiple of the section.
struct StringInterner {
  private let section: StringSection
  /// By offset within the section, the position in `strings` plus one.
  private var positions: [UInt32]
  private var strings: [String] = []
  /// Strings of the base, by offset.
  private var inherited: [UInt32: String] = [:]
  /// Bytes that may still be copied: a hostile file lets every name begin one byte after the other.
  private var budget: Int

  init(_ section: StringSection) {
    self.section = section
    self.positions = Array(repeating: 0, count: section.bytes.count)
    self.budget = 8 * section.end + 4096
  }

  /// The string at an offset; bytes that are not UTF-8 are replaced by U+FFFD.
  mutating func string(at offset: UInt32) throws(BTFError.Fault) -> String {
    if offset == 0 { return "" }
    let position = Int(offset) - section.start
    guard position >= 0 else { return try inheritedString(at: offset) }
    guard position < positions.count else { throw missing(offset) }
    if positions[position] != 0 { return strings[Int(positions[position] - 1)] }
    let string = try read(offset)
    strings.append(string)
    positions[position] = UInt32(truncatingIfNeeded: strings.count)
    return string
  }

  private mutating func inheritedString(at offset: UInt32) throws(BTFError.Fault) -> String {
    if let string = inherited[offset] { return string }
    let string = try read(offset)
    inherited[offset] = string
    return string
  }

  private mutating func read(_ offset: UInt32) throws(BTFError.Fault) -> String {
    guard let bytes = section.string(at: Int(offset)) else { throw missing(offset) }
    budget -= bytes.count
    guard budget >= 0 else { throw .overlappingStrings }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func missing(_ offset: UInt32) -> BTFError.Fault {
    .noSuchString(offset: Int(offset), limit: section.end)
  }
}
