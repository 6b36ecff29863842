import BPF

@testable import BPFJIT

/// How a disassembler writes instructions of x86-64 in Intel's form, made without looking at their bytes.
enum X86Text {
  private static let names: [[String]] = [
    ["al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"],
    ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"],
    ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"],
    ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"],
  ]

  /// A register's name, as far as an instruction of a size uses it.
  static func name(_ register: X86Register, _ size: Size = .doubleWord) -> String {
    let number = Int(register.rawValue), place = Int(size.rawValue)
    return number < 8 ? names[place][number] : "r\(number)" + ["b", "w", "d", ""][place]
  }

  static func name(_ register: X86Register, _ width: Width) -> String {
    name(register, width == .word ? Size.word : Size.doubleWord)
  }

  /// A place in memory without its size.
  static func place(_ memory: X86Memory) -> String {
    var text = "[" + name(memory.base)
    if let index = memory.index {
      text += " + " + (index.shift == 0 ? "" : "\(1 << Int(index.shift))*") + name(index.register)
    }
    let displacement = Int64(memory.displacement)
    if displacement > 0 { text += " + \(displacement)" }
    if displacement < 0 { text += " - \(-displacement)" }
    return text + "]"
  }

  /// A place in memory of a size.
  static func memory(_ size: Size, _ memory: X86Memory) -> String {
    ["byte", "word", "dword", "qword"][Int(size.rawValue)] + " ptr " + place(memory)
  }

  static func memory(_ width: Width, _ place: X86Memory) -> String {
    memory(width == .word ? Size.word : Size.doubleWord, place)
  }

  /// A number in an instruction: one that takes all four bytes of a 32-bit operation is shown without a sign.
  static func immediate(_ value: Int32, _ width: Width, hasShortForm: Bool = true) -> String {
    if width == .doubleWord || hasShortForm && Int8(exactly: value) != nil { return "\(value)" }
    return "\(UInt32(bitPattern: value))"
  }

  static func name(_ operation: X86Arithmetic) -> String {
    switch operation {
    case .add: "add"
    case .or: "or"
    case .and: "and"
    case .sub: "sub"
    case .xor: "xor"
    case .compare: "cmp"
    }
  }

  static func name(_ shift: X86Shift) -> String {
    switch shift {
    case .left: "shl"
    case .right: "shr"
    case .arithmeticRight: "sar"
    }
  }

  static func name(_ condition: X86Condition) -> String {
    switch condition {
    case .below: "b"
    case .aboveOrEqual: "ae"
    case .equal: "e"
    case .notEqual: "ne"
    case .belowOrEqual: "be"
    case .above: "a"
    case .less: "l"
    case .greaterOrEqual: "ge"
    case .lessOrEqual: "le"
    case .greater: "g"
    }
  }
}

extension X86Condition {
  static let all: [X86Condition] = [
    .below, .aboveOrEqual, .equal, .notEqual, .belowOrEqual, .above, .less, .greaterOrEqual, .lessOrEqual,
    .greater,
  ]
}

extension X86Arithmetic {
  static let all: [X86Arithmetic] = [.add, .or, .and, .sub, .xor, .compare]
}

extension X86Shift {
  static let all: [X86Shift] = [.left, .right, .arithmeticRight]
}
