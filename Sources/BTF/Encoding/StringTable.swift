/// A string section as it is written: each string once.
struct StringTable {
  /// The section so far.
  private(set) var bytes: [UInt8]
  private let start: Int
  private var offsets: [String: UInt32] = ["": 0]

  /// Begins a section whose first byte has this offset: 0, or the end of a base's strings.
  init(start: Int) {
    self.start = start
    bytes = start == 0 ? [0] : []
  }

  /// The offset of a string; what follows a zero byte in it is lost.
  mutating func offset(of string: String) -> UInt32 {
    if let offset = offsets[string] { return offset }
    let offset = UInt32(truncatingIfNeeded: start + bytes.count)
    bytes.append(contentsOf: string.utf8.prefix { $0 != 0 })
    bytes.append(0)
    offsets[string] = offset
    return offset
  }
}
