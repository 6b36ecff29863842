/// Whether an immediate may be written as an unsigned number of `0x80000000` and above.
enum BitPattern {
  case refused
  /// Only in hexadecimal, as the kernel prints the immediate of a condition.
  case hexadecimal
  case allowed
}

/// A place in the tokens of one line, with what every production needs.
struct TokenCursor {
  private let tokens: [Token]
  private let line: Int
  private var position = 0

  /// `tokens` ends in `.end`.
  init(_ tokens: [Token], line: Int) {
    self.tokens = tokens
    self.line = line
  }

  var current: Token { tokens[position] }
  /// The token after the current one.
  var next: Token { tokens[min(position + 1, tokens.count - 1)] }
  var isAtEnd: Bool { current.kind == .end }

  mutating func advance(by count: Int = 1) { position = min(position + count, tokens.count - 1) }

  /// An error at the current token.
  func failure(_ expected: String) -> AssemblyError { failure(expected, at: current) }

  func failure(_ expected: String, at token: Token) -> AssemblyError {
    AssemblyError(line: line, column: token.column, expected: expected, found: token.description)
  }

  /// Takes this word or symbol if it stands here.
  mutating func take(_ text: String) -> Bool {
    guard current.kind == .symbol(text) || current.kind == .word(text) else { return false }
    advance()
    return true
  }

  mutating func expect(_ text: String) throws(AssemblyError) {
    guard take(text) else { throw failure("'\(text)'") }
  }

  mutating func expectEnd() throws(AssemblyError) {
    guard isAtEnd else { throw failure("the end of the line") }
  }

  // MARK: Registers

  mutating func register(_ expected: String = "a register") throws(AssemblyError) -> RegisterName {
    guard case .word(let word) = current.kind, let name = RegisterName(word) else { throw failure(expected) }
    advance()
    return name
  }

  /// A register of this width: `r3`, or `w3` for the low 32 bits.
  mutating func register(_ width: Width) throws(AssemblyError) -> Register {
    let token = current
    let name = try register()
    guard name.width == width else {
      throw failure("a \(width.bitCount)-bit register, '\(name.register.name(width))'", at: token)
    }
    return name.register
  }

  /// A register that holds a value of this size: `r3`, and for up to 32 bits also LLVM's `w3`.
  mutating func register(holding size: Size) throws(AssemblyError) -> Register {
    let token = current
    let name = try register()
    guard name.width == .doubleWord || size != .doubleWord else {
      throw failure("a 64-bit register, '\(name.register)'", at: token)
    }
    return name.register
  }

  // MARK: Numbers

  /// A number with an optional sign, which must fit.
  mutating func integer<Integer: FixedWidthInteger>(
    _ type: Integer.Type,
    _ expected: String
  ) throws(AssemblyError) -> Integer {
    let token = current
    let isNegative = take("-")
    if !isNegative { _ = take("+") }
    guard case .number(let magnitude, _) = current.kind else { throw failure(expected) }
    let value = isNegative ? Integer(exactlyNegating: magnitude) : Integer(exactly: magnitude)
    guard let value else { throw failure(expected, at: token) }
    advance()
    return value
  }

  /// A 32-bit immediate.
  mutating func immediate(_ bitPattern: BitPattern) throws(AssemblyError) -> Int32 {
    if case .number(let value, let isHexadecimal) = current.kind, let bits = UInt32(exactly: value),
      bitPattern == .allowed || bitPattern == .hexadecimal && isHexadecimal
    {
      advance()
      return Int32(bitPattern: bits)
    }
    let expected = bitPattern == .allowed ? "a 32-bit number" : "a number that fits 32 bits with its sign"
    return try integer(Int32.self, expected)
  }

  // MARK: Memory operands

  /// A type in brackets, `(u32 *)`, and whether it is signed.
  mutating func pointerType() throws(AssemblyError) -> (size: Size, isSigned: Bool) {
    try expect("(")
    guard case .word(let word) = current.kind, let type = Self.types[word] else {
      throw failure("a type, 'u8' to 'u64' or 's8' to 's32'")
    }
    advance()
    try expect("*")
    try expect(")")
    return type
  }

  /// As `pointerType`, but only the unsigned ones.
  mutating func unsignedPointerType() throws(AssemblyError) -> Size {
    let token = next
    let type = try pointerType()
    guard !type.isSigned else { throw failure("an unsigned type, '\(type.size.unsignedName)'", at: token) }
    return type.size
  }

  /// `(r1 +4)`, `(r1 + 4)`, `(r1)`.
  mutating func address() throws(AssemblyError) -> Address {
    try expect("(")
    let address = try addressInside()
    try expect(")")
    return address
  }

  /// An address without its brackets.
  mutating func addressInside() throws(AssemblyError) -> Address {
    let base = try register(.doubleWord)
    guard current.kind == .symbol("+") || current.kind == .symbol("-") else { return Address(base) }
    return Address(base, try integer(Int16.self, "an offset of 16 bits"))
  }

  private static let types: [String: (size: Size, isSigned: Bool)] = {
    var types: [String: (size: Size, isSigned: Bool)] = [:]
    for size in Size.allCases {
      types[size.unsignedName] = (size, false)
      if size != .doubleWord { types[size.signedName] = (size, true) }
    }
    return types
  }()
}

/// `r0` to `r10`, or `w0` to `w10` for the low 32 bits.
struct RegisterName {
  let register: Register
  let width: Width

  init?(_ word: String) {
    guard word.count <= 3, let letter = word.first, letter == "r" || letter == "w" else { return nil }
    let digits = word.dropFirst()
    guard let number = UInt8(digits), String(number) == digits, let register = Register(rawValue: number)
    else {
      return nil
    }
    self.register = register
    width = letter == "w" ? .word : .doubleWord
  }
}

extension FixedWidthInteger {
  /// The negative of a magnitude, if it fits.
  fileprivate init?(exactlyNegating magnitude: UInt64) {
    if magnitude == 0 {
      self = 0
    } else {
      // The least value has a magnitude one above the greatest.
      guard let below = Self(exactly: magnitude - 1) else { return nil }
      let (result, overflow) = (0 as Self).subtractingReportingOverflow(below)
      let (value, underflow) = result.subtractingReportingOverflow(1)
      guard !overflow, !underflow else { return nil }
      self = value
    }
  }
}
