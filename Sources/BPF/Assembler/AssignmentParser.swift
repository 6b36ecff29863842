// Instructions that begin with a register: `r1 += 5`, `r1 = *(u32 *)(r2 +4)`, `r0 = atomic64_xchg(…)`.

extension InstructionParser {
  mutating func assignment() throws(AssemblyError) -> Instruction {
    let destination = try cursor.register()
    guard case .symbol(let symbol) = cursor.current.kind, let operation = ALU(symbol: symbol) else {
      throw cursor.failure("an assignment, such as '=' or '+='")
    }
    cursor.advance()
    if operation == .mov { return try move(to: destination) }
    let width = destination.width
    return .alu(
      operation,
      width,
      destination.register,
      try operand(width, width == .word ? .allowed : .refused)
    )
  }

  private mutating func move(to destination: RegisterName) throws(AssemblyError) -> Instruction {
    switch cursor.current.kind {
    case .symbol("*"): return try load(to: destination)
    case .symbol("("): return try moveSignExtending(to: destination)
    case .symbol("-"):
      if case .word = cursor.next.kind { return try negation(of: destination) }
      return try constant(to: destination)
    case .number, .symbol("+"): return try constant(to: destination)
    case .word(let word):
      if RegisterName(word) != nil {
        let source = try cursor.register(destination.width)
        return .alu(.mov, destination.width, destination.register, .register(source))
      }
      return try named(word, to: destination)
    default: throw cursor.failure("a register, a number or a memory operand")
    }
  }

  private mutating func negation(of destination: RegisterName) throws(AssemblyError) -> Instruction {
    try cursor.expect("-")
    try expectSame(destination)
    return .negate(destination.width, destination.register)
  }

  /// The operand of an instruction that has but one register.
  private mutating func expectSame(_ destination: RegisterName) throws(AssemblyError) {
    let name = destination.register.name(destination.width)
    guard cursor.take(name) else {
      throw cursor.failure("'\(name)', for the instruction has only one register")
    }
  }

  private mutating func moveSignExtending(to destination: RegisterName) throws(AssemblyError) -> Instruction {
    try cursor.expect("(")
    let sizes: [Size] = destination.width == .word ? [.byte, .half] : [.byte, .half, .word]
    guard let size = sizes.first(where: { .word($0.signedName) == cursor.current.kind }) else {
      throw cursor.failure(sizes.map { "'\($0.signedName)'" }.joined(separator: " or "))
    }
    cursor.advance()
    try cursor.expect(")")
    let source = try cursor.register(destination.width)
    return .moveSignExtending(size, destination.width, destination.register, from: source)
  }

  // MARK: Constants

  private mutating func constant(to destination: RegisterName) throws(AssemblyError) -> Instruction {
    if destination.width == .word {
      return .alu(.mov, .word, destination.register, .immediate(try cursor.immediate(.allowed)))
    }
    let start = cursor
    let isNegative = cursor.current.kind == .symbol("-")
    let value =
      isNegative
      ? UInt64(bitPattern: try cursor.integer(Int64.self, "a 64-bit number"))
      : try cursor.integer(UInt64.self, "a 64-bit number")
    let isLong = cursor.take("ll") || opcode == Self.immediate64
    let immediate = isNegative ? Int32(exactly: Int64(bitPattern: value)) : Int32(exactly: value)
    guard !isLong, let immediate else {
      guard opcode == nil || opcode == Self.immediate64 else { throw start.failure("a number of 32 bits") }
      return .loadImmediate(destination.register, .value(value))
    }
    return .alu(.mov, .doubleWord, destination.register, .immediate(immediate))
  }

  private static let immediate64: UInt8 = Opcode(.load, .immediate, .doubleWord).byte

  // MARK: Words

  private mutating func named(
    _ word: String,
    to destination: RegisterName
  ) throws(AssemblyError) -> Instruction {
    let start = cursor.current
    if let swap = ByteSwap.named(word) {
      cursor.advance()
      try requireWide(destination, at: start)
      try expectSame(destination)
      return .swap(swap.kind, swap.size, destination.register)
    }
    if let function = AtomicFunction(word) {
      cursor.advance()
      return try atomic(function, to: destination)
    }
    switch word {
    case "load_acquire":
      cursor.advance()
      return try loadAcquire(to: destination)
    case "addr_space_cast":
      try requireWide(destination, at: start)
      cursor.advance()
      return try addressSpaceCast(to: destination.register)
    case "map", "btf", "subprog":
      try requireWide(destination, at: start)
      cursor.advance()
      return .loadImmediate(destination.register, try pseudoImmediate(word))
    default: return try functionAddress(word, to: destination)
    }
  }

  private func requireWide(_ destination: RegisterName, at token: Token) throws(AssemblyError) {
    guard destination.width == .doubleWord else {
      throw cursor.failure(
        "a 32-bit operand, for '\(destination.register.name(.word))' has 32 bits",
        at: token
      )
    }
  }

  /// LLVM's `r1 = label ll`.
  private mutating func functionAddress(
    _ name: String,
    to destination: RegisterName
  ) throws(AssemblyError) -> Instruction {
    guard destination.width == .doubleWord, cursor.next.kind == .word("ll") else {
      throw cursor.failure("a register, a number or an operation")
    }
    refer(to: name, column: cursor.current.column)
    cursor.advance(by: 2)
    return .loadImmediate(destination.register, .function(offset: 0))
  }

  /// `map[fd:3]`, `map[idx:0][0]+8`, `btf[id:7]`, `subprog[+5]`.
  private mutating func pseudoImmediate(_ word: String) throws(AssemblyError) -> Immediate64 {
    try cursor.expect("[")
    if word == "subprog" {
      let offset = try cursor.integer(Int32.self, "an offset of 32 bits")
      try cursor.expect("]")
      return .function(offset: offset)
    }
    let kind = cursor.current
    let kinds = word == "btf" ? ["id"] : ["fd", "idx"]
    guard let name = kinds.first(where: { cursor.take($0) }) else {
      throw cursor.failure(kinds.map { "'\($0)'" }.joined(separator: " or "), at: kind)
    }
    try cursor.expect(":")
    let number = try cursor.integer(Int32.self, "a number of 32 bits")
    try cursor.expect("]")
    if name == "id" { return .kernelVariable(btfID: number, module: try module(UInt32.self) ?? 0) }
    guard let offset = try valueOffset() else {
      return name == "fd" ? .mapDescriptor(number) : .map(index: number)
    }
    return name == "fd"
      ? .mapDescriptorValue(number, offset: offset) : .mapValue(index: number, offset: offset)
  }

  /// `[0]+8`, where it stands: a byte of the map's first value.
  private mutating func valueOffset() throws(AssemblyError) -> UInt32? {
    guard cursor.take("[") else { return nil }
    guard try cursor.integer(UInt32.self, "'0'") == 0 else { throw cursor.failure("'0'") }
    try cursor.expect("]")
    guard cursor.current.kind == .symbol("+") else { return 0 }
    return try cursor.integer(UInt32.self, "an offset of 32 bits")
  }

  private mutating func addressSpaceCast(to destination: Register) throws(AssemblyError) -> Instruction {
    try cursor.expect("(")
    let source = try cursor.register(.doubleWord)
    try cursor.expect(",")
    let target = try cursor.integer(UInt16.self, "an address space")
    try cursor.expect(",")
    let origin = try cursor.integer(UInt16.self, "an address space")
    try cursor.expect(")")
    return .addressSpaceCast(destination, from: source, spaces: UInt32(target) << 16 | UInt32(origin))
  }

  // MARK: Memory

  private mutating func load(to destination: RegisterName) throws(AssemblyError) -> Instruction {
    try cursor.expect("*")
    let token = cursor.next
    let type = try cursor.pointerType()
    guard cursor.current.kind != .word("skb") else {
      throw cursor.failure(
        "an address such as '(r1 +4)', for XDP programs may not use the legacy packet loads"
      )
    }
    let fits = destination.width == .doubleWord || (type.size != .doubleWord && !type.isSigned)
    guard fits else {
      throw cursor.failure(
        "an unsigned type of up to 32 bits, for '\(destination.register.name(.word))'",
        at: token
      )
    }
    let address = try cursor.address()
    return type.isSigned
      ? .loadSignExtending(type.size, destination.register, from: address)
      : .load(type.size, destination.register, from: address)
  }

  private mutating func loadAcquire(to destination: RegisterName) throws(AssemblyError) -> Instruction {
    try cursor.expect("(")
    let token = cursor.next
    let size = try cursor.unsignedPointerType()
    guard destination.width == .doubleWord || size != .doubleWord else {
      throw cursor.failure("a type of up to 32 bits", at: token)
    }
    let address = try cursor.address()
    try cursor.expect(")")
    return .loadAcquire(size, destination.register, from: address)
  }

  /// What follows the function's name: pointer, for `cmpxchg` also `r0`, and the source.
  private mutating func atomic(
    _ function: AtomicFunction,
    to destination: RegisterName
  ) throws(AssemblyError) -> Instruction {
    try cursor.expect("(")
    let width: Width
    let address: Address
    if function.hasPointerType {
      let token = cursor.next
      width = try atomicWidth()
      guard function.width == nil || function.width == width else {
        throw cursor.failure(
          "'\((function.width ?? width).size.unsignedName)', as the function's name says",
          at: token
        )
      }
      address = try cursor.address()
    } else {
      width = function.width ?? .doubleWord
      address = try cursor.addressInside()
    }
    let result = function.operation == .compareExchange ? .r0 : destination.register
    if function.operation == .compareExchange {
      guard destination.register == .r0 else { throw cursor.failure("'r0' to be what cmpxchg assigns to") }
      try cursor.expect(",")
      guard cursor.take("r0") || cursor.take("w0") else { throw cursor.failure("'r0'") }
    }
    try cursor.expect(",")
    let token = cursor.current
    let source = try cursor.register(holding: width.size)
    guard function.operation == .compareExchange || source == result else {
      throw cursor.failure("'\(result)', for the old value comes back in the source", at: token)
    }
    try cursor.expect(")")
    return .atomic(function.operation, width, source, at: address)
  }
}

/// The name of a function that an atomic operation is written as.
private struct AtomicFunction {
  let operation: AtomicOperation
  /// What the name says; nil where only the pointer's type does.
  let width: Width?
  /// LLVM's `xchg_64(r1 + 0, r2)` has none.
  let hasPointerType: Bool

  /// The kernel's names and LLVM's: `atomic64_xchg`, `xchg_64`.
  init?(_ word: String) {
    let spellings: [(prefix: String, suffix: String, width: Width?, hasPointerType: Bool)] = [
      ("atomic_", "", nil, true), ("atomic64_", "", .doubleWord, true),
      ("", "_64", .doubleWord, false), ("", "32_32", .word, false),
    ]
    for operation in AtomicOperation.all {
      guard let name = operation.functionName else { continue }
      for spelling in spellings where word == spelling.prefix + name + spelling.suffix {
        self.operation = operation
        width = spelling.width
        hasPointerType = spelling.hasPointerType
        return
      }
    }
    return nil
  }
}

extension ByteSwap {
  /// The kind and size that a name such as `be16` or `bswap64` stands for.
  fileprivate static func named(_ word: String) -> (kind: ByteSwap, size: Size)? {
    for kind in allCases {
      for size in [Size.half, .word, .doubleWord] where word == "\(kind.name)\(size.bitCount)" {
        return (kind, size)
      }
    }
    return nil
  }
}
