/// Reads one instruction from the tokens of its line.
struct InstructionParser {
  var cursor: TokenCursor
  /// The opcode that the text put before the instruction.
  let opcode: UInt8?
  /// The label that the instruction jumps to; its offset is 0 until the label is known.
  private(set) var label: Label?

  init(cursor: TokenCursor) {
    self.cursor = cursor
    if case .opcode(let opcode) = cursor.current.kind {
      self.opcode = opcode
      self.cursor.advance()
    } else {
      opcode = nil
    }
  }

  mutating func instruction() throws(AssemblyError) -> Instruction {
    let start = cursor.current
    let instruction = try statement(start)
    let encoded = instruction.encodedSlots()[0].opcode
    guard let opcode, opcode != encoded else { return instruction }
    throw cursor.failure(
      "an instruction with opcode \(hexadecimal(opcode)), not \(hexadecimal(encoded))",
      at: start
    )
  }

  private mutating func statement(_ start: Token) throws(AssemblyError) -> Instruction {
    switch start.kind {
    case .symbol("*"): return try store()
    case .word(let word):
      if RegisterName(word) != nil { return try assignment() }
      guard let keyword = Keyword(rawValue: word) else { throw cursor.failure("an instruction") }
      cursor.advance()
      return try statement(keyword)
    default: throw cursor.failure("an instruction")
    }
  }

  /// The words that begin an instruction.
  private enum Keyword: String {
    case goto, gotol, call, callx, lock, exit
    case branch = "if"
    case mayGoto = "may_goto"
    case storeRelease = "store_release"
  }

  private mutating func statement(_ keyword: Keyword) throws(AssemblyError) -> Instruction {
    switch keyword {
    case .exit: return .exit
    case .goto: return .jump(offset: try jumpTarget(Int16.self))
    case .gotol: return .jumpLong(offset: try jumpTarget(Int32.self))
    case .mayGoto: return .mayGoto(offset: try jumpTarget(Int16.self))
    case .branch: return try branch()
    case .call: return .call(try callTarget())
    case .callx: return .call(.register(try cursor.register(.doubleWord)))
    case .lock: return try lockedOperation()
    case .storeRelease: return try storeRelease()
    }
  }

  // MARK: Jumps

  /// `pc+3`, `+3`, or a label; LLVM's `<label>` after a number is skipped.
  private mutating func jumpTarget<Offset: FixedWidthInteger>(
    _ type: Offset.Type
  ) throws(AssemblyError) -> Offset {
    let expected = "a jump's target of \(Offset.bitWidth) bits, such as 'pc+3' or a label"
    guard case .word(let word) = cursor.current.kind else { return try offset(type, expected) }
    if word == "pc", [.symbol("+"), .symbol("-")].contains(cursor.next.kind) {
      cursor.advance()
      return try offset(type, expected)
    }
    label = Label(name: word, column: cursor.current.column)
    cursor.advance()
    return 0
  }

  private mutating func offset<Offset: FixedWidthInteger>(
    _ type: Offset.Type,
    _ expected: String
  ) throws(AssemblyError) -> Offset {
    guard [.symbol("+"), .symbol("-")].contains(cursor.current.kind) else { throw cursor.failure(expected) }
    let offset = try cursor.integer(type, expected)
    if cursor.take("<") {
      while !cursor.isAtEnd, !cursor.take(">") { cursor.advance() }
    }
    return offset
  }

  private mutating func branch() throws(AssemblyError) -> Instruction {
    let left = try cursor.register()
    guard case .symbol(let symbol) = cursor.current.kind, let comparison = Comparison(symbol: symbol) else {
      throw cursor.failure("a comparison, such as '==' or 's>'")
    }
    cursor.advance()
    let right = try operand(left.width, left.width == .word ? .allowed : .hexadecimal)
    try cursor.expect("goto")
    return .branch(comparison, left.width, left.register, right, offset: try jumpTarget(Int16.self))
  }

  /// A register of this width or a number.
  mutating func operand(_ width: Width, _ bitPattern: BitPattern) throws(AssemblyError) -> Operand {
    if case .word = cursor.current.kind { return .register(try cursor.register(width)) }
    return .immediate(try cursor.immediate(bitPattern))
  }

  private mutating func callTarget() throws(AssemblyError) -> CallTarget {
    let start = cursor.current
    switch start.kind {
    case .number: return .helper(try cursor.integer(UInt32.self, "a helper's number"))
    case .symbol("+"), .symbol("-"): return .local(offset: try jumpTarget(Int32.self))
    case .word("pc"): return .local(offset: try jumpTarget(Int32.self))
    case .word("kernel") where cursor.next.kind == .symbol("-"): return try kernelFunction()
    case .word(let name):
      if cursor.next.kind == .symbol("#") { return try numberedHelper(name) }
      if let id = HelperNames.id(of: name) {
        cursor.advance()
        return .helper(id)
      }
      return .local(offset: try jumpTarget(Int32.self))
    default: throw cursor.failure("a helper, a label or 'pc+N'")
    }
  }

  /// `bpf_map_lookup_elem#1`: name and number must agree.
  private mutating func numberedHelper(_ name: String) throws(AssemblyError) -> CallTarget {
    let start = cursor.current
    cursor.advance(by: 2)
    let id = try cursor.integer(UInt32.self, "a helper's number")
    let known = HelperNames.name(of: id) ?? "unknown"
    guard name == known else { throw cursor.failure("'\(known)', which is number \(id)", at: start) }
    return .helper(id)
  }

  /// `kernel-function#1234`, or with the index of its module, `kernel-function#1234[module:2]`.
  private mutating func kernelFunction() throws(AssemblyError) -> CallTarget {
    for text in ["kernel", "-", "function", "#"] { try cursor.expect(text) }
    let id = try cursor.integer(Int32.self, "a BTF id")
    return .kernelFunction(btfID: id, module: try module(Int16.self) ?? 0)
  }

  /// `[module:2]`, where it stands.
  mutating func module<Index: FixedWidthInteger>(_ type: Index.Type) throws(AssemblyError) -> Index? {
    guard cursor.take("[") else { return nil }
    try cursor.expect("module")
    try cursor.expect(":")
    let index = try cursor.integer(type, "a module's index")
    try cursor.expect("]")
    return index
  }

  // MARK: Stores

  private mutating func store() throws(AssemblyError) -> Instruction {
    try cursor.expect("*")
    let size = try cursor.unsignedPointerType()
    let address = try cursor.address()
    try cursor.expect("=")
    if case .word = cursor.current.kind {
      return .store(size, .register(try cursor.register(holding: size)), to: address)
    }
    let value = try cursor.immediate(size == .doubleWord ? .refused : .allowed)
    return .store(size, .immediate(value), to: address)
  }

  /// What follows `lock`: `*(u64 *)(r1 +0) += r2`.
  private mutating func lockedOperation() throws(AssemblyError) -> Instruction {
    try cursor.expect("*")
    let width = try atomicWidth()
    let address = try cursor.address()
    let operation = AtomicOperation.all.first { $0.symbol.map(Token.Kind.symbol) == cursor.current.kind }
    guard let operation else { throw cursor.failure("'+=', '|=', '&=' or '^='") }
    cursor.advance()
    return .atomic(operation, width, try cursor.register(holding: width.size), at: address)
  }

  /// The pointer type of an atomic operation.
  mutating func atomicWidth() throws(AssemblyError) -> Width {
    let token = cursor.next
    switch try cursor.unsignedPointerType() {
    case .word: return .word
    case .doubleWord: return .doubleWord
    case .byte, .half: throw cursor.failure("'u32' or 'u64'", at: token)
    }
  }

  /// What follows `store_release`: `((u64 *)(r1 +0), r2)`.
  private mutating func storeRelease() throws(AssemblyError) -> Instruction {
    try cursor.expect("(")
    let size = try cursor.unsignedPointerType()
    let address = try cursor.address()
    try cursor.expect(",")
    let source = try cursor.register(holding: size)
    try cursor.expect(")")
    return .storeRelease(size, source, to: address)
  }

  /// Remembers that the instruction's offset is this label's.
  mutating func refer(to name: String, column: Int) { label = Label(name: name, column: column) }
}
