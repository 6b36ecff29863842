/// Reads names of string tables, each once, and never more bytes than a small multiple of the table.
struct ELFNames {
  private let file: [UInt8]
  private let range: Range<Int>
  private var known: [UInt32: String] = [:]
  /// Bytes that may still be copied: a hostile file lets every name begin one byte after the other.
  private var budget: Int

  /// Reads from the string table at a range of the file.
  init(_ file: [UInt8], in range: Range<Int>) {
    self.file = file
    self.range = range
    budget = 8 * range.count + 4096
  }

  /// The name at an offset of the table; bytes that are not UTF-8 are replaced by U+FFFD.
  mutating func name(at offset: UInt32) throws(ELFNameFault) -> String {
    if offset == 0 { return "" }
    if let name = known[offset] { return name }
    guard offset < range.count else { throw .missing }
    let tail = file[(range.lowerBound + Int(offset))..<range.upperBound]
    let searched = tail.prefix(budget + 1)
    guard let end = searched.firstIndex(of: 0) else {
      throw searched.count < tail.count ? .budgetExceeded : .missing
    }
    let bytes = tail[..<end]
    budget -= bytes.count
    let name = String(decoding: bytes, as: UTF8.self)
    known[offset] = name
    return name
  }
}

/// Why a name can't be read.
enum ELFNameFault: Error {
  case missing, budgetExceeded
}
