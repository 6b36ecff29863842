/// A format of `bpf_trace_printk`: `%d %i %u %x %X %o %c %s %p` with flags, width and the lengths `l`, `ll`, `h`, `hh`;
/// and `%%`.
struct PrintFormat {
  private enum Piece {
    case text(String)
    case argument(conversion: Character, bitCount: Int, width: Int, flags: Set<Character>)
  }

  private var pieces: [Piece] = []
  /// How many arguments it takes.
  private(set) var argumentCount = 0

  /// Parses the bytes up to the first NUL; nil where there is none or a conversion is not known.
  init?(_ bytes: [UInt8]) {
    guard let end = bytes.firstIndex(of: 0),
      bytes[..<end].allSatisfy({ (0x20...0x7e).contains($0) || (0x09...0x0d).contains($0) })
    else { return nil }
    var rest = Substring(String(decoding: bytes[..<end], as: UTF8.self))
    var text = ""
    while let character = rest.popFirst() {
      if character != "%" {
        text.append(character)
      } else if rest.first == "%" {
        text.append(rest.removeFirst())
      } else {
        guard let argument = Self.argument(&rest) else { return nil }
        pieces += [.text(text), argument]
        text = ""
        argumentCount += 1
      }
    }
    pieces.append(.text(text))
  }

  private static func argument(_ rest: inout Substring) -> Piece? {
    var flags: Set<Character> = []
    while let flag = rest.first, "0+- #".contains(flag) { flags.insert(rest.removeFirst()) }
    var width = 0
    while let digit = rest.first?.wholeNumberValue, width < 512 {
      width = width * 10 + digit
      rest.removeFirst()
    }
    let length = rest.prefix { $0 == "l" || $0 == "h" }
    rest.removeFirst(length.count)
    guard let bitCount = ["": 32, "l": 64, "ll": 64, "h": 16, "hh": 8][length],
      let conversion = rest.popFirst(), "diuxXocsp".contains(conversion)
    else { return nil }
    return .argument(conversion: conversion, bitCount: bitCount, width: width, flags: flags)
  }

  /// The text with these arguments in it; `string` reads the text that an argument of `%s` points to.
  func render(_ arguments: [UInt64], string: (UInt64) -> String?) -> String {
    var result = "", remaining = arguments[...]
    for piece in pieces {
      switch piece {
      case .text(let text): result += text
      case .argument(let conversion, let bitCount, let width, let flags):
        let digits = Self.convert(remaining.popFirst() ?? 0, conversion, bitCount, flags, string)
        result += Self.pad(digits, width, flags)
      }
    }
    return result
  }

  private static func convert(
    _ value: UInt64,
    _ conversion: Character,
    _ bitCount: Int,
    _ flags: Set<Character>,
    _ string: (UInt64) -> String?
  ) -> String {
    let shift = UInt64(64 - bitCount), unsigned = (value &<< shift) &>> shift
    let signed = Int64(bitPattern: value &<< shift) &>> Int64(shift)
    switch conversion {
    case "d", "i": return (signed >= 0 && flags.contains("+") ? "+" : "") + String(signed)
    case "u": return String(unsigned)
    case "x": return (flags.contains("#") ? "0x" : "") + String(unsigned, radix: 16)
    case "X": return (flags.contains("#") ? "0X" : "") + String(unsigned, radix: 16, uppercase: true)
    case "o": return (flags.contains("#") ? "0" : "") + String(unsigned, radix: 8)
    case "c": return String(Character(Unicode.Scalar(UInt8(truncatingIfNeeded: value))))
    case "s": return string(value) ?? "(fault)"
    default: return pad(String(value & Tag.addressMask, radix: 16), 16, ["0"])
    }
  }

  private static func pad(_ text: String, _ width: Int, _ flags: Set<Character>) -> String {
    let missing = width - text.count
    if missing <= 0 { return text }
    if flags.contains("-") { return text + String(repeating: " ", count: missing) }
    guard flags.contains("0") else { return String(repeating: " ", count: missing) + text }
    let sign = text.first == "-" || text.first == "+" ? String(text.prefix(1)) : ""
    return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
  }
}
