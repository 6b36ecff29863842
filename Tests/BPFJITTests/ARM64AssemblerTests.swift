import BPF
import Foundation
import TestSupport
import Testing

@testable import BPFJIT

@Suite struct `The assembler for arm64` {
  /// The instructions that something writes.
  private func words(_ write: (inout ARM64Assembler) throws -> Void) throws -> [UInt32] {
    var assembler = ARM64Assembler()
    try write(&assembler)
    return Self.words(in: try assembler.finish().bytes)
  }

  private static func words(in bytes: [UInt8]) -> [UInt32] {
    stride(from: 0, to: bytes.count, by: 4).map { start in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
    }
  }

  @Test func `writes every instruction as it is encoded`() throws {
    for form in ARM64Form.all {
      #expect(try words(form.write) == [form.word], "\(form.text): 0x\(String(form.word, radix: 16))")
    }
  }

  @Test(.enabled("only the compiler that is known makes the same bytes") { FixtureCompiler.isHere })
  func `agrees with another assembler`() throws {
    let text = ".arch armv8.1-a\n" + ARM64Form.all.map(\.text).joined(separator: "\n")
    let files = try FixtureCompiler.files(
      madeBy: """
        clang -target aarch64-none-elf -x assembler -c -o $OUT/o - <<'END' && \
        llvm-objcopy -O binary --only-section=.text $OUT/o $OUT/code
        \(text)
        END
        """,
      in: "."
    )
    let code = try #require(files["code"])
    #expect(Self.words(in: Array(code)) == ARM64Form.all.map(\.word))
  }

  // MARK: Constants

  /// What a move of a constant leaves, by what its instructions mean.
  private func value(of words: [UInt32]) -> UInt64? {
    var value: UInt64 = 0
    for (index, word) in words.enumerated() {
      let isWide = word >> 31 == 1
      let shift = UInt64(word >> 21 & 3) * 16, piece = UInt64(word >> 5 & 0xFFFF) << shift
      switch word & 0x7F80_0000 {
      case 0x5280_0000 where index == 0: value = piece
      case 0x1280_0000 where index == 0: value = ~piece & (isWide ? ~0 : 0xFFFF_FFFF)
      case 0x7280_0000 where index > 0: value = value & ~(0xFFFF << shift) | piece
      case 0x3200_0000 where words.count == 1: value = Self.pattern(word, isWide: isWide)
      default: return nil
      }
    }
    return value
  }

  /// What the pattern in an instruction stands for, by the manual's words.
  private static func pattern(_ word: UInt32, isWide: Bool) -> UInt64 {
    let n = word >> 22 & 1, rotation = Int(word >> 16 & 0x3F), length = word >> 10 & 0x3F
    let size = 1 << (31 - (n << 6 | ~length & 0x3F).leadingZeroBitCount)
    let ones = Int(length) & (size - 1) + 1
    var bits = [Bool](repeating: false, count: size)
    for bit in 0..<ones { bits[(bit + size - rotation % size) % size] = true }
    return (0..<(isWide ? 64 : 32)).reduce(UInt64(0)) { $0 | (bits[$1 % size] ? 1 << UInt64($1) : 0) }
  }

  @Test func `makes every constant that is a pattern in one instruction`() throws {
    var count = 0
    for size in [2, 4, 8, 16, 32, 64] {
      for ones in 1..<size {
        for start in 0..<size {
          let element = (0..<ones).reduce(UInt64(0)) { $0 | 1 << UInt64((start + $1) % size) }
          let value = stride(from: 0, to: 64, by: size).reduce(UInt64(0)) { $0 | element << UInt64($1) }
          let made = try words { $0.move(.x1, value) }
          #expect(made.count == 1 && self.value(of: made) == value, "\(String(value, radix: 16))")
          #expect(ARM64Immediate.logical(value, .doubleWord) != nil)
          count += 1
        }
      }
    }
    #expect(count == 5_334)
  }

  @Test func `makes any constant in at most four`() throws {
    var random = SplitMix(seed: 1), lengths = [Int](repeating: 0, count: 5)
    for round in 0..<20_000 {
      let pieces = (0..<4).map { _ in random.pick([0, 0xFFFF, UInt64.random(in: 0...0xFFFF, using: &random)])
      }
      var value = pieces.enumerated().reduce(UInt64(0)) { $0 | $1.element << UInt64(16 * $1.offset) }
      if round % 2 == 0 { value &= 0xFFFF_FFFF }
      let made = try words { $0.move(.x1, value) }
      let others = pieces.prefix(round % 2 == 0 ? 2 : 4)
      let best = min(others.count { $0 != 0 }, others.count { $0 != 0xFFFF })
      #expect(self.value(of: made) == value && made.count <= max(1, best), "\(String(value, radix: 16))")
      lengths[made.count] += 1
    }
    #expect(lengths[0] == 0 && lengths[1...].allSatisfy { $0 > 100 })
  }

  @Test(arguments: [0, .max, 5, 0x1234, 0xFFFF_0000_FFFF_0005] as [UInt64])
  func `knows what is no pattern`(value: UInt64) {
    #expect(ARM64Immediate.logical(value, .doubleWord) == nil)
    #expect(ARM64Immediate.logical(value & 0xFFFF_FFFF, .word) == nil)
  }

  @Test(
    arguments: [
      (0xFFF, 0xFFF << 10), (0x1000, 1 << 22 | 1 << 10), (0xFFF000, 1 << 22 | 0xFFF << 10), (0x1001, nil),
      (0x100_0000, nil),
    ] as [(UInt64, UInt32?)]
  )
  func `adds constants of 12 bits at two places`(value: UInt64, bits: UInt32?) {
    #expect(ARM64Immediate.arithmetic(value) == bits)
  }

  @Test func `has other constants in its own register`() throws {
    #expect(
      try words { $0.arithmetic(.add, .doubleWord, .x1, .x2, 0x1001) } == [0x5282_0031, 0x8B11_0041]
    )
    #expect(try words { $0.arithmetic(.and, .word, .x1, .x2, 5) } == [0x5280_00B1, 0x0A11_0041])
    #expect(try words { $0.compare(.word, .x2, .min) } == [0x52B0_0011, 0x6B11_005F])
    // Distances of memory: beyond 9 bits, beyond 12, and not a multiple of the size.
    #expect(try words { $0.load(.doubleWord, .x1, ARM64Memory(.x2, -257)) } == [0x9280_2011, 0xF871_6841])
    #expect(try words { $0.store(.byte, .x1, ARM64Memory(.x2, 4096)) } == [0x5282_0011, 0x3831_6841])
    #expect(try words { $0.load(.word, .x1, ARM64Memory(.x2, 257)) } == [0x5280_2031, 0xB871_6841])
  }

  // MARK: Branches

  /// The distance that a branch goes, in instructions.
  private func distance(_ word: UInt32) -> Int? {
    switch word >> 24 {
    case 0x14, 0x17, 0x94, 0x97: Int(Int32(bitPattern: word << 6) >> 6)
    case 0x54, 0x34, 0x35, 0xB4, 0xB5: Int(Int32(bitPattern: word << 8) >> 13)
    default: nil
    }
  }

  @Test func `resolves branches to both sides`() throws {
    let made = try words { assembler in
      let back = assembler.makeLabel(), ahead = assembler.makeLabel()
      assembler.place(back)
      assembler.ret()
      assembler.branch(if: .lessOrEqual, to: ahead)
      assembler.branch(ifZero: .x3, .doubleWord, to: back)
      assembler.call(back)
      assembler.branch(to: ahead)
      assembler.ret()
      assembler.place(ahead)
      assembler.branch(ifNotZero: .x4, .word, to: ahead)
    }
    #expect(
      made == [
        0xD65F_03C0, 0x5400_00AD, 0xB4FF_FFC3, 0x97FF_FFFD, 0x1400_0002, 0xD65F_03C0, 0x3500_0004,
      ]
    )
  }

  /// Conditional branches reach 2^18 instructions ahead, one less than that behind them: what goes farther takes two.
  @Test(arguments: [
    (1 << 18 - 2, 1), (1 << 18 - 1, 2), (1 << 18, 2), (1 << 18 + 1, 2),
  ])
  func `makes conditional branches long that do not reach`(between count: Int, length: Int) throws {
    for kind in 0..<3 {
      var assembler = ARM64Assembler()
      let back = assembler.makeLabel(), ahead = assembler.makeLabel()
      func write(_ label: ARM64Assembler.Label) {
        switch kind {
        case 0: assembler.branch(if: .equal, to: label)
        case 1: assembler.branch(ifZero: .x1, .doubleWord, to: label)
        default: assembler.branch(ifNotZero: .x1, .word, to: label)
        }
      }
      assembler.place(back)
      write(ahead)
      for _ in 0..<count { assembler.ret() }
      assembler.place(ahead)
      // The way back is one longer than the way there.
      write(back)
      let code = try assembler.finish()
      let words = Self.words(in: code.bytes)
      #expect(code[back] == 0)
      let end = try #require(code[ahead]) / 4
      #expect(end == count + length)
      let short: [UInt32] = [0x5400_0000, 0xB400_0001, 0x3500_0001]
      let long: [UInt32] = [0x5400_0041, 0xB500_0041, 0x3400_0041]
      if length == 1 {
        #expect(words[0] & 0xFF00_001F == short[kind] && distance(words[0]) == end)
        #expect(words[end] & 0xFF00_001F == short[kind] && distance(words[end]) == -end)
      } else {
        #expect(words[0] == long[kind] && distance(words[1]) == end - 1)
        #expect(words[end] == long[kind] && distance(words[end + 1]) == -end - 1)
      }
      #expect(words[(words.count - end == 1 ? 1 : 2)..<end].allSatisfy { $0 == 0xD65F_03C0 })
    }
  }

  @Test func `names the place of a branch that nothing reaches`() {
    var assembler = ARM64Assembler()
    let label = assembler.makeLabel()
    assembler.ret()
    assembler.branch(to: label)
    assembler.words += repeatElement(0xD65F_03C0, count: 1 << 25)
    assembler.place(label)
    #expect(
      throws: CompilationError(slot: nil, reason: "a branch at byte 4 goes farther than 128 MiB")
    ) { try assembler.finish() }
  }
}
