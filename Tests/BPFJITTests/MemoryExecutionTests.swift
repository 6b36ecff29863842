import BPF
import BPFRuntime
import Testing

@testable import BPFJIT

/// What machine code loads, stores and changes in memory, for all registers and distances.
@Suite(.enabled("there is a code generator for this processor") { CompiledProgram.isSupported })
struct `Memory in machine code` {
  private static let general = Register.allCases.filter { $0 != .r10 }
  private static let offsets: [Int16] = [0, 1, -1, 127, 128, 129, -127, -128, -129, 32_760, -32_767, .min]
  /// Where registers point to, and where results are kept.
  private static let middle = 32_768, results = 65_600

  private static func chosen(_ name: String) throws -> any Processor {
    try #require(Snippets.processors.first { $0.name == name }).processor
  }

  private static func ground() -> [UInt8] {
    (0..<results).map { UInt8(truncatingIfNeeded: ($0 &* 0x9E37_79B1) >> 7) }
  }

  private static func number(_ memory: [UInt8], _ place: Int, _ size: Size) -> UInt64 {
    (0..<size.byteCount).reduce(0) { $0 | UInt64(memory[place + $1]) << UInt64(8 * $1) }
  }

  /// `r9` or another gets the results' address, and `base` that of the middle.
  private static func entry(_ base: Register, _ result: Register) -> [Instruction] {
    [
      .alu(.mov, .doubleWord, result, .register(.r1)),
      .alu(.add, .doubleWord, result, .immediate(Int32(results))),
      .alu(.mov, .doubleWord, base, .register(result)),
      .alu(.sub, .doubleWord, base, .immediate(Int32(results - middle))),
    ]
  }

  @Test(arguments: Snippets.processors.map(\.name))
  func `is loaded with any register from any distance`(processor: String) throws {
    let chosen = try Self.chosen(processor)
    for base in Self.general {
      for register in Self.general {
        let result = [Register.r9, .r8, .r7].first { $0 != base && $0 != register } ?? .r9
        var code: [Instruction] = [], expected: [UInt64] = []
        let memory = Self.ground()
        for offset in Self.offsets {
          for size in Size.allCases {
            for isSigned in [false, true] where !(isSigned && size == .doubleWord) {
              let address = Address(base, offset)
              // A register that is loaded over its own address needs it anew.
              code +=
                base == register || code.isEmpty
                ? Self.entry(base, result).map { Self.again($0, from: result, code) } : []
              code.append(
                isSigned
                  ? .loadSignExtending(size, register, from: address) : .load(size, register, from: address)
              )
              code.append(
                .store(.doubleWord, .register(register), to: Address(result, Int16(8 * expected.count)))
              )
              let number = Self.number(memory, Self.middle + Int(offset), size)
              expected.append(isSigned ? size.signExtend(number) : number)
            }
          }
        }
        code += [.alu(.mov, .doubleWord, .r0, .immediate(0)), .exit]
        var changed = memory + [UInt8](repeating: 0, count: 8 * expected.count)
        try Snippets(code, on: chosen).run(&changed)
        let seen = expected.indices.map { changed[word: Self.results + 8 * $0] }
        #expect(seen == expected, "\(register) from \(base)")
      }
    }
  }

  /// The entry's code where `r1` may be gone: the results' address is still there.
  private static func again(
    _ instruction: Instruction,
    from result: Register,
    _ code: [Instruction]
  ) -> Instruction {
    guard !code.isEmpty else { return instruction }
    switch instruction {
    case .alu(.mov, _, result, _): return .alu(.mov, .doubleWord, result, .register(result))
    case .alu(.add, _, result, _): return .alu(.add, .doubleWord, result, .immediate(0))
    default: return instruction
    }
  }

  @Test(arguments: Snippets.processors.map(\.name))
  func `is stored to with any register and number, and nothing beside it`(processor: String) throws {
    let chosen = try Self.chosen(processor)
    for base in Self.general {
      for register in Self.general where register != base {
        let result = [Register.r9, .r8, .r7].first { $0 != base && $0 != register } ?? .r9
        var code = Self.entry(base, result), expected = Self.ground()
        var memory = expected
        var turn = 0
        for size in Size.allCases {
          for offset in Self.offsets {
            let place = Self.middle + Int(offset),
              number = Boundary.numbers[turn % Boundary.numbers.count] &+ 0x5A5A
            let value = Boundary.immediates[turn % Boundary.immediates.count]
            let written: UInt64
            if turn & 1 == 0 {
              code += [
                .loadImmediate(register, .value(number)),
                turn & 2 == 0 || size == .half && turn & 4 == 0
                  ? .store(size, .register(register), to: Address(base, offset))
                  : .storeRelease(size, register, to: Address(base, offset)),
              ]
              written = number
            } else {
              code.append(.store(size, .immediate(value), to: Address(base, offset)))
              written = UInt64(bitPattern: Int64(value))
            }
            for byte in 0..<size.byteCount {
              expected[place + byte] = UInt8(truncatingIfNeeded: written >> UInt64(8 * byte))
            }
            turn += 1
          }
        }
        code += [.alu(.mov, .doubleWord, .r0, .immediate(0)), .exit]
        try Snippets(code, on: chosen).run(&memory)
        #expect(memory == expected, "\(register) to \(base)")
      }
    }
  }

  private static let atomics: [AtomicOperation] =
    [false, true].flatMap { [.add(fetch: $0), .or(fetch: $0), .and(fetch: $0), .xor(fetch: $0)] } + [
      .exchange, .compareExchange,
    ]

  /// What an operation leaves in memory, in the register and in `r0`.
  private static func model(
    _ operation: AtomicOperation,
    _ width: Width,
    _ old: UInt64,
    _ source: UInt64,
    _ r0: UInt64
  ) -> (memory: UInt64, source: UInt64, r0: UInt64) {
    let mask: UInt64 = width == .word ? 0xFFFF_FFFF : .max, seen = old & mask, operand = source & mask
    func put(_ value: UInt64) -> UInt64 { old & ~mask | value & mask }
    switch operation {
    case .add(let fetch): return (put(seen &+ operand), fetch ? seen : source, r0)
    case .or(let fetch): return (put(seen | operand), fetch ? seen : source, r0)
    case .and(let fetch): return (put(seen & operand), fetch ? seen : source, r0)
    case .xor(let fetch): return (put(seen ^ operand), fetch ? seen : source, r0)
    case .exchange: return (put(operand), seen, r0)
    case .compareExchange: return (seen == r0 & mask ? put(operand) : old, source, seen)
    }
  }

  @Test(arguments: Snippets.processors.map(\.name))
  func `is changed by atomics with any register through any other`(processor: String) throws {
    let chosen = try Self.chosen(processor)
    let numbers: [UInt64] = [
      0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0x8000_0000_0000_0001, .max,
    ]
    for base in Self.general {
      for source in Self.general where source != base {
        let result = [Register.r9, .r8, .r7].first { $0 != base && $0 != source } ?? .r9
        // Memory: the old number, the source, r0; then for each operation what is left of the three.
        let isComparing = base != .r0
        let all = Self.atomics.flatMap { operation in Width.allCases.map { (operation, $0) } }
          .filter { isComparing || $0.0 != .compareExchange }
        var code: [Instruction] = [.alu(.mov, .doubleWord, result, .register(.r1))]
        for (index, (operation, width)) in all.enumerated() {
          let place = Int16(64 + 24 * index)
          code += [
            .alu(.mov, .doubleWord, base, .register(result)),
            .load(.doubleWord, source, from: Address(result, 0)),
            .store(.doubleWord, .register(source), to: Address(result, place)),
            .load(.doubleWord, source, from: Address(result, 8)),
          ]
          if isComparing, source != .r0 { code.append(.load(.doubleWord, .r0, from: Address(result, 16))) }
          code += [
            .atomic(operation, width, source, at: Address(base, place)),
            .store(.doubleWord, .register(source), to: Address(result, place + 8)),
          ]
          if isComparing { code.append(.store(.doubleWord, .register(.r0), to: Address(result, place + 16))) }
        }
        code += [.alu(.mov, .doubleWord, .r0, .immediate(0)), .exit]
        let snippets = try Snippets(code, on: chosen)
        var memory = [UInt8](repeating: 0, count: 64 + 24 * all.count)
        for (turn, old) in numbers.enumerated() {
          for (other, second) in numbers.enumerated() {
            let r0 = (turn + other) % 3 == 0 ? old : numbers[(turn + 3 * other) % numbers.count]
            memory[word: 0] = old
            memory[word: 8] = second
            memory[word: 16] = r0
            snippets.run(&memory)
            for (index, (operation, width)) in all.enumerated() {
              // Where the source is r0, it is both.
              let isSame = source == .r0
              var expected = Self.model(operation, width, old, second, isSame ? second : r0)
              if isSame {
                if operation == .compareExchange {
                  expected.source = expected.r0
                } else {
                  expected.r0 = expected.source
                }
              }
              let place = 64 + 24 * index
              let isGood =
                memory[word: place] == expected.memory && memory[word: place + 8] == expected.source
                && (!isComparing || memory[word: place + 16] == expected.r0)
              try #require(isGood, "\(operation) \(width) \(source) at \(base): \(old), \(second), \(r0)")
            }
          }
        }
      }
    }
  }
}
