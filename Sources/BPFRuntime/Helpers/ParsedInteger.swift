import BPF

/// A number at the start of some text, as `bpf_strtol` and `bpf_strtoul` read it.
struct ParsedInteger {
  var magnitude: UInt64 = 0
  var isNegative = false
  /// Bytes of the text up to the end of the number.
  var byteCount = 0

  /// Bytes after white space and sign that are looked at.
  private static let window = 63

  /// Reads a number; `flags` is its base (8, 10, 16, or 0 for what its first digits say) and nothing else.
  static func parse(_ text: [UInt8], flags: UInt64) -> Result<ParsedInteger, LinuxErrno> {
    guard !text.isEmpty, [0, 8, 10, 16].contains(flags) else { return .failure(.invalid) }
    var result = ParsedInteger()
    var rest = text[...]
    rest = rest.drop { $0 == 0x20 || (0x09...0x0d).contains($0) || $0 == 0xa0 }
    if rest.first == UInt8(ascii: "-") {
      result.isNegative = true
      rest.removeFirst()
    }
    if rest.isEmpty { return .failure(.invalid) }
    rest = rest.prefix(window)
    let base = base(&rest, flags)
    var count = 0, isTooLarge = false
    while let byte = rest.first, let digit = digit(byte), digit < base {
      let (product, overflow) = result.magnitude.multipliedReportingOverflow(by: base)
      let (sum, carry) = product.addingReportingOverflow(digit)
      isTooLarge = isTooLarge || overflow || carry
      result.magnitude = sum
      rest.removeFirst()
      count += 1
    }
    if isTooLarge { return .failure(.outOfRange) }
    if count == 0 { return .failure(.invalid) }
    result.byteCount = rest.startIndex
    return .success(result)
  }

  /// The base, and the text without what names it.
  private static func base(_ rest: inout ArraySlice<UInt8>, _ flags: UInt64) -> UInt64 {
    let second = rest.dropFirst().first.map { $0 | 0x20 }
    let hasPrefix = rest.first == UInt8(ascii: "0") && second == UInt8(ascii: "x")
    var base = flags
    if base == 0 {
      let third = rest.dropFirst(2).first.flatMap(digit) ?? 16
      base = hasPrefix && third < 16 ? 16 : rest.first == UInt8(ascii: "0") ? 8 : 10
    }
    if base == 16, hasPrefix { rest.removeFirst(2) }
    return base
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
