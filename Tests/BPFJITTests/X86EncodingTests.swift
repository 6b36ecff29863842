import BPF
import TestSupport
import Testing

@testable import BPFJIT

/// Every form of every instruction that the assembler writes, at the boundaries of what it may hold, read by another's
/// disassembler.
@Suite struct `Encodings of x86-64` {
  /// Machine code, and what each of its instructions is to be.
  private struct Sheet {
    var assembler = X86Assembler()
    var expected: [(offset: Int, text: String)] = []

    mutating func add(_ text: String, _ emit: (inout X86Assembler) -> Void) {
      expected.append((assembler.bytes.count, text))
      emit(&assembler)
    }

    /// What the disassembler reads otherwise.
    func differences() throws -> [String] {
      let seen = try X86Disassembly(assembler.bytes).instructions
      var differences = expected.compactMap { entry in
        seen[entry.offset] == entry.text
          ? nil : "at \(entry.offset): \(seen[entry.offset] ?? "nothing"), not \(entry.text)"
      }
      // An instruction that is longer than it looks leaves bytes that are read as another.
      if seen.count != expected.count {
        differences.append("\(seen.count) instructions, not \(expected.count)")
      }
      return differences
    }
  }

  private static let registers = X86Register.allCases
  private static let widths = Width.allCases
  private static let sizes = Size.allCases
  private static let immediates: [Int32] = [
    0, 1, -1, 2, 127, 128, -128, -129, 255, 256, 32_767, 32_768, -32_768, -32_769, .max, .min,
  ]
  private static let displacements: [Int32] = [
    0, 1, -1, 127, 128, 129, -127, -128, -129, 32_767, -32_767, -32_768, .max, .min,
  ]

  /// Every base with every distance, and some with an index.
  private static let places: [X86Memory] =
    registers.flatMap { base in displacements.map { X86Memory(base, $0) } }
    + registers.flatMap { base in
      registers.filter { $0 != .rsp }.enumerated().map { X86Memory(base, index: $1, shift: UInt8($0 & 3)) }
    }

  /// Every register with every base, the distances in turn; and every place with two registers.
  private static func each(_ body: (X86Register, X86Memory) -> Void) {
    var turn = 0
    for register in registers {
      for base in registers {
        body(register, X86Memory(base, displacements[turn % displacements.count]))
        turn += 1
      }
    }
    for (index, place) in places.enumerated() { body(registers[index % 16], place) }
  }

  private static let here = X86Disassembly.isHere

  @Test(.enabled("there is a disassembler") { here }) func `of arithmetic`() throws {
    var sheet = Sheet()
    for operation in X86Arithmetic.all {
      let name = X86Text.name(operation)
      for width in Self.widths {
        for a in Self.registers {
          let first = X86Text.name(a, width)
          for b in Self.registers {
            sheet.add("\(name) \(first), \(X86Text.name(b, width))") { $0.arithmetic(operation, width, a, b) }
          }
          for value in Self.immediates {
            sheet.add("\(name) \(first), \(X86Text.immediate(value, width))") {
              $0.arithmetic(operation, width, a, value)
            }
          }
        }
        for (index, place) in Self.places.enumerated() {
          let value: Int8 = [0, 1, -1, 127, -128][index % 5]
          sheet.add("\(name) \(X86Text.memory(width, place)), \(value)") {
            $0.arithmetic(operation, width, place, value)
          }
        }
      }
    }
    let differences = try sheet.differences()
    #expect(differences.isEmpty, "\(differences.count), the first \(differences.prefix(6))")
  }

  @Test(.enabled("there is a disassembler") { here }) func `of arithmetic with one register or two`() throws {
    var sheet = Sheet()
    for width in Self.widths {
      sheet.add(width == .word ? "cdq" : "cqo") { $0.extendSignIntoDX(width) }
      for a in Self.registers {
        let first = X86Text.name(a, width)
        sheet.add("div \(first)") { $0.divide(width, by: a) }
        sheet.add("idiv \(first)") { $0.divideSigned(width, by: a) }
        sheet.add("neg \(first)") { $0.negate(width, a) }
        sheet.add("bswap \(first)") { $0.swapBytes(width, a) }
        sheet.add("rol \(X86Text.name(a, .half)), 8") { $0.swapLowBytes(a) }
        for shift in X86Shift.all {
          let name = X86Text.name(shift)
          sheet.add("\(name) \(first), cl") { $0.shiftByCL(shift, width, a) }
          for count in [UInt8(1), 2, 7, 8, 31] + (width == .word ? [] : [32, 63]) {
            sheet.add("\(name) \(first)\(count == 1 ? ", 1" : ", \(count)")") {
              $0.shift(shift, width, a, by: count)
            }
          }
          for b in Self.registers {
            sheet.add("\(name)x \(first), \(first), \(X86Text.name(b, width))") {
              $0.shift(shift, width, a, by: b)
            }
          }
        }
        for value in Self.immediates {
          sheet.add("test \(first), \(X86Text.immediate(value, width, hasShortForm: false))") {
            $0.test(width, a, value)
          }
          sheet.add("imul \(first), \(first), \(X86Text.immediate(value, width))") {
            $0.multiply(width, a, by: value)
          }
        }
        for b in Self.registers {
          let second = X86Text.name(b, width)
          sheet.add("test \(first), \(second)") { $0.test(width, a, b) }
          sheet.add("imul \(first), \(second)") { $0.multiply(width, a, b) }
        }
      }
    }
    let differences = try sheet.differences()
    #expect(differences.isEmpty, "\(differences.count), the first \(differences.prefix(6))")
  }

  @Test(.enabled("there is a disassembler") { here }) func `of moves`() throws {
    var sheet = Sheet()
    let numbers: [UInt64] =
      Self.immediates.map { UInt64(bitPattern: Int64($0)) } + [
        UInt64(UInt32.max), UInt64(UInt32.max) + 1, 1 << 31, 1 << 63, .max, .max - 1, 0x1234_5678_9ABC_DEF0,
        UInt64(bitPattern: Int64(Int32.min) - 1), (1 << 63) - 1,
      ]
    for a in Self.registers {
      for number in numbers {
        let wide = X86Text.name(a), narrow = X86Text.name(a, Size.word), signed = Int64(bitPattern: number)
        let text =
          number == 0
          ? "xor \(narrow), \(narrow)"
          : number <= UInt64(UInt32.max)
            ? "mov \(narrow), \(number)"
            : Int32(exactly: signed) != nil ? "mov \(wide), \(signed)" : "movabs \(wide), \(signed)"
        sheet.add(text) { $0.move(a, number) }
      }
      for b in Self.registers {
        for width in Self.widths {
          sheet.add("mov \(X86Text.name(a, width)), \(X86Text.name(b, width))") { $0.move(width, a, b) }
          let first = X86Text.name(a, width)
          for size in [Size.byte, .half] {
            sheet.add("movsx \(first), \(X86Text.name(b, size))") { $0.moveExtendingSign(size, width, a, b) }
          }
        }
        sheet.add("movsxd \(X86Text.name(a)), \(X86Text.name(b, Size.word))") {
          $0.moveExtendingSign(.word, .doubleWord, a, b)
        }
        sheet.add("mov \(X86Text.name(a, Size.word)), \(X86Text.name(b, Size.word))") {
          $0.moveExtendingSign(.word, .word, a, b)
        }
        for size in [Size.byte, .half] {
          sheet.add("movzx \(X86Text.name(a, Size.word)), \(X86Text.name(b, size))") {
            $0.moveExtendingZero(size, a, b)
          }
        }
        for size in [Size.word, .doubleWord] {
          sheet.add("mov \(X86Text.name(a, size)), \(X86Text.name(b, size))") {
            $0.moveExtendingZero(size, a, b)
          }
        }
      }
    }
    let differences = try sheet.differences()
    #expect(differences.isEmpty, "\(differences.count), the first \(differences.prefix(6))")
  }

  @Test(.enabled("there is a disassembler") { here }) func `of loads and stores`() throws {
    var sheet = Sheet()
    Self.each { register, place in
      let wide = X86Text.name(register), narrow = X86Text.name(register, Size.word)
      for size in Self.sizes {
        let memory = X86Text.memory(size, place), isSmall = size == .byte || size == .half
        sheet.add(isSmall ? "movzx \(narrow), \(memory)" : "mov \(X86Text.name(register, size)), \(memory)") {
          $0.load(size, register, place)
        }
        let extend = isSmall ? "movsx" : size == .word ? "movsxd" : "mov"
        sheet.add("\(extend) \(wide), \(memory)") { $0.loadExtendingSign(size, register, place) }
        sheet.add("mov \(memory), \(X86Text.name(register, size))") { $0.store(size, register, place) }
      }
      for width in Self.widths {
        sheet.add("movbe \(X86Text.name(register, width)), \(X86Text.memory(width, place))") {
          $0.loadReversed(width, register, place)
        }
        sheet.add("add \(X86Text.name(register, width)), \(X86Text.memory(width, place))") {
          $0.add(width, register, place)
        }
        sheet.add("cmp \(X86Text.name(register, width)), \(X86Text.memory(width, place))") {
          $0.compare(width, register, place)
        }
      }
      sheet.add("lea \(wide), \(X86Text.place(place))") { $0.loadAddress(register, place) }
    }
    for (index, place) in Self.places.enumerated() {
      sheet.add("prefetcht0 \(X86Text.memory(.byte, place))") { $0.prefetch(place) }
      let byte = [0, 1, 127, -128, -1][index % 5]
      sheet.add("cmp \(X86Text.memory(.byte, place)), \(byte)") {
        $0.compareByte(place, UInt8(truncatingIfNeeded: byte))
      }
    }
    for value in Self.immediates {
      for (index, place) in Self.places.enumerated() where index % 8 == 0 || index < 32 {
        for size in Self.sizes {
          let shown =
            switch size {
            case .byte: Int64(Int8(truncatingIfNeeded: value))
            case .half: Int64(UInt16(truncatingIfNeeded: value))
            case .word: Int64(UInt32(bitPattern: value))
            default: Int64(value)
            }
          sheet.add("mov \(X86Text.memory(size, place)), \(shown)") { $0.store(size, value, place) }
        }
      }
    }
    let differences = try sheet.differences()
    #expect(differences.isEmpty, "\(differences.count), the first \(differences.prefix(6))")
  }

  @Test(.enabled("there is a disassembler") { here }) func `of atomics`() throws {
    var sheet = Sheet()
    Self.each { register, place in
      for width in Self.widths {
        let name = X86Text.name(register, width), memory = X86Text.memory(width, place)
        for operation in [X86Arithmetic.add, .or, .and, .xor] {
          sheet.add("lock \(X86Text.name(operation)) \(memory), \(name)") {
            $0.atomic(operation, width, place, register)
          }
        }
        sheet.add("lock xadd \(memory), \(name)") { $0.atomicFetchAdd(width, place, register) }
        sheet.add("xchg \(memory), \(name)") { $0.atomicExchange(width, place, register) }
        sheet.add("lock cmpxchg \(memory), \(name)") { $0.atomicCompareExchange(width, place, register) }
      }
    }
    let differences = try sheet.differences()
    #expect(differences.isEmpty, "\(differences.count), the first \(differences.prefix(6))")
  }

  @Test(.enabled("there is a disassembler") { here }) func `of calls, jumps and the stack`() throws {
    var sheet = Sheet()
    for register in Self.registers {
      sheet.add("push \(X86Text.name(register))") { $0.push(register) }
      sheet.add("pop \(X86Text.name(register))") { $0.pop(register) }
      sheet.add("call \(X86Text.name(register))") { $0.call(register) }
      sheet.add("jmp \(X86Text.name(register))") { $0.jump(to: register) }
    }
    sheet.add("ret") { $0.ret() }
    let differences = try sheet.differences()
    #expect(differences.isEmpty, "\(differences.count), the first \(differences.prefix(6))")
  }

  /// What the tests here and those of jumps go through; a function that is new in the assembler must get its line.
  @Test func `are all in these tables`() throws {
    let known: Set<String> = [
      "arithmetic", "add", "compare", "compareByte", "test", "multiply", "divide", "divideSigned",
      "extendSignIntoDX",
      "negate", "shift", "shiftByCL", "swapBytes", "swapLowBytes", "atomic", "atomicFetchAdd",
      "atomicExchange",
      "atomicCompareExchange", "move", "moveExtendingZero", "moveExtendingSign", "load", "loadReversed",
      "loadExtendingSign", "store", "loadAddress", "push", "pop", "call", "jump", "ret", "prefetch",
    ]
    // What writes no instruction by itself.
    let others: Set<String> = ["makeLabel", "place", "emit", "append", "begin", "appendJump", "shortenJumps"]
    let names = try FixtureCompiler.output(
      of:
        "sed -n 's/^ *\\(private \\)\\{0,1\\}mutating func \\([a-zA-Z]*\\).*/\\2/p' Sources/BPFJIT/X86/X86Assembler*.swift"
    )
    let found = Set(names.split(separator: "\n").map(String.init))
    #expect(found.count > 20)
    #expect(found.subtracting(known).subtracting(others) == [])
  }
}
