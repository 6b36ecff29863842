/// Text to instructions: the kernel's syntax, as `Disassembler` writes it, and LLVM's.
///
/// One instruction a line. Before it may stand its slot (`12:`), its opcode (`(b7)`), labels (`name:`). Jumps and
/// local calls name a label or count slots: `goto pc+3`, `goto +3`, `goto done`. Comments begin with `//`, `;` or `#`.
/// `r1 = N` is the number N: a move where 32 sign-extended bits hold it, else a 64-bit immediate; `N ll`, or the
/// opcode `(18)` before it, is always a 64-bit immediate. A condition takes hexadecimal as the 32 bits of its
/// immediate, as the kernel prints it: `if r1 s> 0xffffffff` compares with -1.
public struct Assembler {
  /// The instructions of a text, one a line.
  public static func assemble(_ text: String) throws(AssemblyError) -> [Instruction] {
    var assembler = Assembler()
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      try assembler.read(line, number: index + 1)
    }
    return try assembler.resolved()
  }

  /// A jump or call to a label, to be filled in.
  private struct Reference {
    let index: Int
    let slot: Int
    let label: Label
    let line: Int
  }

  private var instructions: [Instruction] = []
  private var slot = 0
  /// Label to slot.
  private var labels: [String: Int] = [:]
  private var references: [Reference] = []
  /// What the first `N:` prefix said above the real slot; excerpts don't begin at 0.
  private var slotBase: Int?

  private init() {}

  private mutating func read(_ text: some StringProtocol, number: Int) throws(AssemblyError) {
    var cursor = TokenCursor(try Lexer.tokens(of: text, line: number), line: number)
    while try readPrefix(&cursor) {}
    guard !cursor.isAtEnd else { return }
    var parser = InstructionParser(cursor: cursor)
    let instruction = try parser.instruction()
    try parser.cursor.expectEnd()
    if let label = parser.label {
      references.append(Reference(index: instructions.count, slot: slot, label: label, line: number))
    }
    instructions.append(instruction)
    slot += instruction.slotCount
  }

  /// Takes one `N:` or `name:`; false where there is none.
  private mutating func readPrefix(_ cursor: inout TokenCursor) throws(AssemblyError) -> Bool {
    guard cursor.next.kind == .symbol(":") else { return false }
    switch cursor.current.kind {
    case .number(let value, _):
      guard value <= UInt64(Int32.max) else { throw cursor.failure("a slot number") }
      let base = slotBase ?? Int(value) - slot
      guard Int(value) == base + slot else {
        throw cursor.failure("'\(base + slot)', this instruction's slot")
      }
      slotBase = base
    case .word(let name):
      guard RegisterName(name) == nil else { throw cursor.failure("a label that is no register's name") }
      guard labels.updateValue(slot, forKey: name) == nil else {
        throw cursor.failure("a label that is not yet used")
      }
    default: throw cursor.failure("a slot number or a label")
    }
    cursor.advance(by: 2)
    return true
  }

  private consuming func resolved() throws(AssemblyError) -> [Instruction] {
    for reference in references {
      guard let target = labels[reference.label.name] else {
        throw reference.label.failure(expected: "a label of this text", line: reference.line)
      }
      let instruction = instructions[reference.index]
      let offset = target - reference.slot - 1
      guard let retargeted = instruction.retargeted(to: offset) else {
        throw reference.label.failure(expected: "a label that the jump reaches", line: reference.line)
      }
      instructions[reference.index] = retargeted
    }
    return instructions
  }
}

/// A label where it is used.
struct Label {
  let name: String
  let column: Int

  func failure(expected: String, line: Int) -> AssemblyError {
    AssemblyError(line: line, column: column, expected: expected, found: "'\(name)'")
  }
}

extension Instruction {
  /// This jump, call or function address with another offset; nil where it doesn't fit or this has none.
  fileprivate func retargeted(to offset: Int) -> Instruction? {
    switch self {
    case .jump: Int16(exactly: offset).map { .jump(offset: $0) }
    case .mayGoto: Int16(exactly: offset).map { .mayGoto(offset: $0) }
    case .branch(let comparison, let width, let register, let operand, _):
      Int16(exactly: offset).map { .branch(comparison, width, register, operand, offset: $0) }
    case .jumpLong: Int32(exactly: offset).map { .jumpLong(offset: $0) }
    case .call(.local): Int32(exactly: offset).map { .call(.local(offset: $0)) }
    case .loadImmediate(let register, .function):
      Int32(exactly: offset).map { .loadImmediate(register, .function(offset: $0)) }
    default: nil
    }
  }
}
