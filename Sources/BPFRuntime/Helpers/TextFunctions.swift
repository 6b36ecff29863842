import BPF

/// The kernel functions over text: `bpf_strcmp`, `bpf_strlen`, `bpf_strchr`, `bpf_strstr` and their kin.
///
/// A place in a text is counted from its start; one that is not there is `ENOENT`, no text is `ERANGE`, a text of 64 KiB or
/// more `E2BIG`. The invariant of every thunk: a text is 0 or an address of readable bytes up to a NUL.
enum TextFunctions {
  static let all: [Helper] = [
    compare, compareFolded, length, boundedLength, first, firstOrEnd, boundedFirst, last, span, spanUntil,
    text,
    boundedText,
  ]

  static let compare = unsafe two("bpf_strcmp") { _, left, right, _, _, _ in
    onTexts(left, right) { Self.compare($0, $1) }
  }

  static let compareFolded = unsafe two("bpf_strcasecmp") { _, left, right, _, _, _ in
    onTexts(left, right) { Self.compare($0.map(folded), $1.map(folded)) }
  }

  static let length = unsafe Helper(.function("bpf_strlen", [.string], .integer)) { _, text, _, _, _, _ in
    onText(text) { $0.count }
  }

  static let boundedLength = unsafe Helper(
    .function("bpf_strnlen", [.stringPrefix, .scalar], .integer)
  ) { _, text, limit, _, _, _ in
    onText(text, limit) { $0.count }
  }

  static let first = unsafe Helper(
    .function("bpf_strchr", [.string, .scalar], .integer)
  ) { _, text, byte, _, _, _ in
    onText(text) { place(of: UInt8(truncatingIfNeeded: byte), in: $0, endsWithNUL: true) }
  }

  static let firstOrEnd = unsafe Helper(
    .function("bpf_strchrnul", [.string, .scalar], .integer)
  ) { _, text, byte, _, _, _ in
    onText(text) { $0.firstIndex(of: UInt8(truncatingIfNeeded: byte)) ?? $0.count }
  }

  static let boundedFirst = unsafe Helper(
    .function("bpf_strnchr", [.stringPrefix, .scalar, .scalar], .integer)
  ) { _, text, limit, byte, _, _ in
    onText(text, limit) {
      let byte = UInt8(truncatingIfNeeded: byte)
      return place(of: byte, in: $0, endsWithNUL: UInt64($0.count) < limit)
    }
  }

  static let last = unsafe Helper(
    .function("bpf_strrchr", [.string, .scalar], .integer)
  ) { _, text, byte, _, _, _ in
    onText(text) {
      let byte = UInt8(truncatingIfNeeded: byte)
      return byte == 0 ? $0.count : $0.lastIndex(of: byte) ?? absent
    }
  }

  static let span = unsafe two("bpf_strspn") { _, text, set, _, _, _ in
    onTexts(text, set) { text, set in text.prefix { set.contains($0) }.count }
  }

  static let spanUntil = unsafe two("bpf_strcspn") { _, text, set, _, _, _ in
    onTexts(text, set) { text, set in text.prefix { !set.contains($0) }.count }
  }

  static let text = unsafe two("bpf_strstr") { _, text, part, _, _, _ in
    onTexts(text, part) { place(of: $1, in: $0) }
  }

  static let boundedText = unsafe Helper(
    .function("bpf_strnstr", [.string, .string, .scalar], .integer)
  ) { _, text, part, limit, _, _ in
    onTexts(text, part) { place(of: $1, in: Array($0.prefix(Int(clamping: limit)))) }
  }

  // MARK: Texts

  private static let limit = 65536
  private static let absent = Int(-LinuxErrno.noEntry.rawValue)

  private static func two(_ name: String, _ thunk: @escaping HelperThunk) -> Helper {
    unsafe Helper(.function(name, [.string, .string], .integer), thunk)
  }

  private static func folded(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  private static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
    left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
  }

  private static func place(of byte: UInt8, in text: [UInt8], endsWithNUL: Bool) -> Int {
    if byte == 0, endsWithNUL { return text.count }
    return text.firstIndex(of: byte) ?? absent
  }

  private static func place(of part: [UInt8], in text: [UInt8]) -> Int {
    if part.count > text.count { return absent }
    return (0...(text.count - part.count)).first { text[$0...].starts(with: part) } ?? absent
  }

  private static func bytes(_ address: UInt64, _ limit: UInt64 = .max) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < Self.limit, UInt64(bytes.count) < limit {
      let byte = unsafe pointer(address).load(fromByteOffset: bytes.count, as: UInt8.self)
      if byte == 0 { break }
      bytes.append(byte)
    }
    return bytes
  }

  private static func onText(_ text: UInt64, _ limit: UInt64 = .max, _ body: ([UInt8]) -> Int) -> UInt64 {
    if text == 0 { return LinuxErrno.outOfRange.negated }
    let bytes = bytes(text, limit)
    return bytes.count < Self.limit ? UInt64(bitPattern: Int64(body(bytes))) : LinuxErrno.tooBig.negated
  }

  private static func onTexts(_ left: UInt64, _ right: UInt64, _ body: ([UInt8], [UInt8]) -> Int) -> UInt64 {
    if left == 0 || right == 0 { return LinuxErrno.outOfRange.negated }
    let a = bytes(left), b = bytes(right)
    guard a.count < limit, b.count < limit else { return LinuxErrno.tooBig.negated }
    return UInt64(bitPattern: Int64(body(a, b)))
  }
}
