import BPF
import BPFVerifier

/// What the kernel's verifier tells at level 2, in order: instructions, and states of registers that hold numbers.
struct KernelScalarLog {
  /// One thing that it tells.
  enum Event: Equatable {
    /// It looks at the instruction at an index of a slot.
    case instruction(Int)
    /// Registers that hold numbers now, with the kernel's text.
    case state([Register: String])
    /// It goes on with the branch that it had put aside.
    case branch(from: Int, to: Int)
  }

  /// The events in order.
  let events: [Event]

  /// Takes a log apart.
  init(_ log: String) {
    events = log.split(separator: "\n").flatMap { Self.events(of: $0) }
  }

  private static func events(of line: Substring) -> [Event] {
    let words = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: true)
    if words.count >= 4, words[0] == "from", words[2] == "to", let from = Int(words[1]),
      let to = Int(words[3].prefix { $0 != ":" })
    {
      return [.branch(from: from, to: to), .state(registers(words.count > 4 ? words[4] : ""))]
    }
    guard let colon = line.firstIndex(of: ":"), let index = Int(line[..<colon]) else { return [] }
    let rest = line[line.index(after: colon)...].drop { $0 == " " }
    guard rest.first == "(" else { return [.state(registers(rest))] }
    guard let semicolon = rest.firstRange(of: "; R")?.lowerBound else { return [.instruction(index)] }
    return [.instruction(index), .state(registers(rest[rest.index(after: semicolon)...]))]
  }

  /// The registers of a state that hold numbers; words are parted by blanks outside of parentheses.
  private static func registers(_ text: Substring) -> [Register: String] {
    var registers: [Register: String] = [:], depth = 0, word = ""
    for character in text + " " {
      depth += character == "(" ? 1 : character == ")" ? -1 : 0
      guard character == " " && depth == 0 else {
        word.append(character)
        continue
      }
      if word.first == "R", let equals = word.firstIndex(of: "="),
        let number = UInt8(word[..<equals].dropFirst().prefix { $0.isNumber }),
        let register = Register(rawValue: number),
        let scalar = normalized(word[word.index(after: equals)...])
      {
        registers[register] = scalar
      }
      word = ""
    }
    return registers
  }

  /// A number's text without the mark of precision and the id; nil for pointers.
  private static func normalized(_ text: Substring) -> String? {
    let plain = text.first == "P" ? text.dropFirst() : text
    guard plain.hasPrefix("scalar(") else { return number(plain) == nil ? nil : String(plain) }
    let parts = plain.dropFirst(7).dropLast().split(separator: ",").filter { !$0.hasPrefix("id=") }
    return "scalar(\(parts.joined(separator: ",")))"
  }

  /// Reads a number or `scalar(…)`; what it leaves out is as wide as can be.
  static func scalar(_ text: String) -> Scalar? {
    if let constant = number(text[...]) { return Scalar(constant: constant) }
    guard text.hasPrefix("scalar("), text.hasSuffix(")") else { return nil }
    var scalar = Scalar.unknown
    for part in text.dropFirst(7).dropLast().split(separator: ",") {
      let names = part.split(separator: "=")
      guard let last = names.last else { return nil }
      if names[0] == "var_off" {
        let halves = last.dropFirst().dropLast().split(separator: "; ")
        guard halves.count == 2, let value = number(halves[0]), let unknown = number(halves[1]) else {
          return nil
        }
        scalar.bits = KnownBits(constant: value)
        scalar.bits.unknown = unknown
        continue
      }
      guard let end = number(last) else { return nil }
      for name in names.dropLast() where !set(name, end, in: &scalar) { return nil }
    }
    return scalar
  }

  private static func set(_ name: Substring, _ end: UInt64, in scalar: inout Scalar) -> Bool {
    switch name {
    case "smin": scalar.minS64 = Int64(bitPattern: end)
    case "smax": scalar.maxS64 = Int64(bitPattern: end)
    case "umin": scalar.minU64 = end
    case "umax": scalar.maxU64 = end
    case "smin32": scalar.minS32 = Int32(truncatingIfNeeded: end)
    case "smax32": scalar.maxS32 = Int32(truncatingIfNeeded: end)
    case "umin32": scalar.minU32 = UInt32(truncatingIfNeeded: end)
    case "umax32": scalar.maxU32 = UInt32(truncatingIfNeeded: end)
    default: return false
    }
    return true
  }

  /// A decimal number, perhaps negative, or a hexadecimal one.
  private static func number(_ text: Substring) -> UInt64? {
    if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16) }
    if text.hasPrefix("-") { return Int64(text).map { UInt64(bitPattern: $0) } }
    return UInt64(text)
  }
}
