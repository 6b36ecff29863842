/// A format as the kernel's printing helpers take it (`bpf_bprintf_prepare`).
///
/// `%d %i %u %x %X` with `l` and `ll`, `%c`, `%s`, `%p` and its kin `%px`, `%pK`, `%ps`, `%pS`, `%pB`, `%pks`, `%pus`, `%pi4`,
/// `%pI4`, `%pi6`, `%pI6`, and `%%`; before each the flags `0 + - space` and a width. No precision, nothing else.
struct PrintFormat {
  private enum Conversion {
    case signed, unsigned, hexadecimal(isUpper: Bool)
    case character, text, pointer, symbol
    case address(byteCount: Int, isPadded: Bool)
  }

  private struct Field {
    var conversion: Conversion
    var bitCount = 64
    var width = 0
    var flags: Set<UInt8> = []
  }

  private enum Piece {
    case text([UInt8])
    case field(Field)
  }

  private var pieces: [Piece] = []
  /// How many values it takes.
  private(set) var argumentCount = 0

  /// The most bytes of all texts and addresses together that one call may show (`MAX_BPRINTF_BUF`).
  private static let room = 1024

  /// Parses the bytes up to the first NUL; nil where there is none or the kernel would refuse what it finds.
  init?(_ bytes: [UInt8]) {
    guard let end = bytes.firstIndex(of: 0),
      bytes[..<end].allSatisfy({ (0x20...0x7e).contains($0) || Self.isSpace($0) })
    else { return nil }
    var rest = bytes[..<end], text: [UInt8] = []
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        text.append(byte)
        continue
      }
      if rest.first == UInt8(ascii: "%") {
        text.append(rest.removeFirst())
        continue
      }
      guard let field = Self.field(&rest) else { return nil }
      pieces += [.text(text), .field(field)]
      text = []
      argumentCount += 1
    }
    pieces.append(.text(text))
  }

  private static func field(_ rest: inout ArraySlice<UInt8>) -> Field? {
    var field = Field(conversion: .signed)
    while let flag = rest.first, "0+- ".utf8.contains(flag) { field.flags.insert(rest.removeFirst()) }
    while let digit = rest.first, (0x30...0x39).contains(digit) {
      field.width = min(field.width * 10 + Int(digit - 0x30), 1 << 23 - 1)
      rest.removeFirst()
    }
    if rest.first == UInt8(ascii: "p") {
      rest.removeFirst()
      guard let conversion = pointer(&rest) else { return nil }
      field.conversion = conversion
      return field
    }
    var lengths = 0
    while lengths < 2, rest.first == UInt8(ascii: "l") {
      rest.removeFirst()
      lengths += 1
    }
    guard let letter = rest.popFirst() else { return nil }
    if lengths == 0 { field.bitCount = 32 }
    switch letter {
    case UInt8(ascii: "d"), UInt8(ascii: "i"): field.conversion = .signed
    case UInt8(ascii: "u"): field.conversion = .unsigned
    case UInt8(ascii: "x"): field.conversion = .hexadecimal(isUpper: false)
    case UInt8(ascii: "X"): field.conversion = .hexadecimal(isUpper: true)
    case UInt8(ascii: "c") where lengths == 0: field.conversion = .character
    case UInt8(ascii: "s") where lengths == 0:
      guard isEnd(rest.first) else { return nil }
      field.conversion = .text
    default: return nil
    }
    return field
  }

  /// What stands after `%p`.
  private static func pointer(_ rest: inout ArraySlice<UInt8>) -> Conversion? {
    guard !isEnd(rest.first), let letter = rest.popFirst() else { return .pointer }
    switch letter {
    case UInt8(ascii: "k"), UInt8(ascii: "u"):
      guard rest.popFirst() == UInt8(ascii: "s"), isEnd(rest.first) else { return nil }
      return .text
    case UInt8(ascii: "K"), UInt8(ascii: "x"): return .pointer
    case UInt8(ascii: "s"), UInt8(ascii: "S"), UInt8(ascii: "B"): return .symbol
    case UInt8(ascii: "i"), UInt8(ascii: "I"):
      let isLower = letter == UInt8(ascii: "i")
      switch rest.popFirst() {
      case UInt8(ascii: "4"): return .address(byteCount: 4, isPadded: isLower)
      case UInt8(ascii: "6"): return .address(byteCount: 16, isPadded: isLower)
      default: return nil
      }
    default: return nil
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

  /// Whether a conversion may end before this byte: the format's end, white space, punctuation.
  private static func isEnd(_ byte: UInt8?) -> Bool {
    guard let byte else { return true }
    if isSpace(byte) { return true }
    return (0x21...0x2f).contains(byte) || (0x3a...0x40).contains(byte) || (0x5b...0x60).contains(byte)
      || (0x7b...0x7e).contains(byte)
  }

  // MARK: Rendering

  /// The text with these values in it; what a value points to is read as far as the program may read it.
  func render(_ values: [UInt64], _ machine: UnsafeMutablePointer<MachineState>) -> [UInt8] {
    var result: [UInt8] = [], remaining = values[...], room = Self.room
    for piece in pieces {
      switch piece {
      case .text(let text): result += text
      case .field(let field):
        result += unsafe Self.render(remaining.popFirst() ?? 0, field, &room, machine)
      }
    }
    return result
  }

  private static func render(
    _ value: UInt64,
    _ field: Field,
    _ room: inout Int,
    _ machine: UnsafeMutablePointer<MachineState>
  ) -> [UInt8] {
    let shift = UInt64(64 - field.bitCount), unsigned = (value &<< shift) &>> shift
    switch field.conversion {
    case .signed:
      let signed = Int64(bitPattern: value &<< shift) &>> Int64(shift)
      let sign =
        signed < 0
        ? "-"
        : field.flags.contains(UInt8(ascii: "+")) ? "+" : field.flags.contains(UInt8(ascii: " ")) ? " " : ""
      return number(sign, String(signed.magnitude), field)
    case .unsigned: return number("", String(unsigned), field)
    case .hexadecimal(let isUpper): return number("", String(unsigned, radix: 16, uppercase: isUpper), field)
    case .pointer:
      var field = field
      if field.width == 0 {
        field.width = 16
        field.flags.insert(UInt8(ascii: "0"))
      }
      return number("", String(value & Tag.addressMask, radix: 16), field)
    case .symbol: return text(Array("0x\(String(value, radix: 16))".utf8), field)
    case .character: return text([UInt8(truncatingIfNeeded: value)], field)
    case .text:
      let bytes = unsafe machine.text(at: value, limit: max(0, room - 1)) ?? []
      room -= bytes.count + 1
      return text(bytes, field)
    case .address(let byteCount, let isPadded):
      var bytes = [UInt8](repeating: 0, count: byteCount)
      if let host = unsafe machine.memory(at: value, byteCount) {
        bytes = unsafe Array(UnsafeRawBufferPointer(start: host, count: byteCount))
      }
      // An address has no width.
      return PrintedAddress(bytes).text(isPadded: isPadded)
    }
  }

  private static func number(_ sign: String, _ digits: String, _ field: Field) -> [UInt8] {
    let body = Array((sign + digits).utf8)
    let missing = max(0, field.width - body.count)
    if field.flags.contains(UInt8(ascii: "-")) { return body + [UInt8](repeating: 0x20, count: missing) }
    if field.flags.contains(UInt8(ascii: "0")) {
      return Array(sign.utf8) + [UInt8](repeating: 0x30, count: missing) + Array(digits.utf8)
    }
    return [UInt8](repeating: 0x20, count: missing) + body
  }

  private static func text(_ bytes: [UInt8], _ field: Field) -> [UInt8] {
    let spaces = [UInt8](repeating: 0x20, count: max(0, field.width - bytes.count))
    return field.flags.contains(UInt8(ascii: "-")) ? bytes + spaces : spaces + bytes
  }
}
