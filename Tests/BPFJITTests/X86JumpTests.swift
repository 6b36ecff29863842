import TestSupport
import Testing

@testable import BPFJIT

/// Jumps and their distances, short and long.
@Suite struct `Jumps of x86-64` {
  /// One byte each, `push rax`.
  private static func fill(_ assembler: inout X86Assembler, _ count: Int) {
    for _ in 0..<count { assembler.push(.rax) }
  }

  /// The distance at `offset`, and how long the jump is.
  private static func distance(_ code: [UInt8], _ offset: Int) -> (distance: Int, length: Int)? {
    func long(_ start: Int) -> Int {
      Int(Int32(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(code[start + $1]) << UInt32(8 * $1) }))
    }
    switch code[offset] {
    case 0xEB, 0x70...0x7F: return (Int(Int8(bitPattern: code[offset + 1])), 2)
    case 0xE9, 0xE8: return (long(offset + 1), 5)
    case 0x0F where (0x80...0x8F).contains(code[offset + 1]): return (long(offset + 2), 6)
    default: return nil
    }
  }

  @Test(
    arguments: [0, 1, 2, 120, 126, 127, 128, 129, 130, 131, 132, 133, 255, 256, 40_000],
    X86Condition.all + [nil]
  )
  func `forward have one byte up to 127`(gap: Int, condition: X86Condition?) throws {
    var assembler = X86Assembler()
    let label = assembler.makeLabel()
    if let condition { assembler.jump(if: condition, to: label) } else { assembler.jump(to: label) }
    Self.fill(&assembler, gap)
    assembler.place(label)
    let finished = assembler.finish()
    let seen = try #require(Self.distance(finished.code, 0))
    #expect(seen.distance == gap)
    #expect(seen.length == (gap <= 127 ? 2 : condition == nil ? 5 : 6))
    #expect(finished.code.count == seen.length + gap)
    #expect(finished.offset(of: label) == seen.length + gap)
  }

  @Test(arguments: [0, 1, 2, 120, 125, 126, 127, 128, 129, 130, 255, 256, 40_000], X86Condition.all + [nil])
  func `backward have one byte down to -128`(gap: Int, condition: X86Condition?) throws {
    var assembler = X86Assembler()
    let label = assembler.makeLabel()
    Self.fill(&assembler, 3)
    assembler.place(label)
    Self.fill(&assembler, gap)
    if let condition { assembler.jump(if: condition, to: label) } else { assembler.jump(to: label) }
    let finished = assembler.finish()
    let seen = try #require(Self.distance(finished.code, 3 + gap))
    #expect(seen.distance == -gap - seen.length)
    #expect(seen.length == (gap + 2 <= 128 ? 2 : condition == nil ? 5 : 6))
    #expect(finished.offset(of: label) == 3)
  }

  /// Code of chance: every jump goes to where its label was placed, whichever of them are short.
  @Test(arguments: Seeds.first(60)) func `among each other reach their labels`(seed: UInt64) throws {
    var random = SplitMix(seed: seed), assembler = X86Assembler()
    let labels = (0..<40).map { _ in assembler.makeLabel() }
    var marks: [(isJump: Bool, label: Int, gap: Int)] = labels.indices.map { (false, $0, 0) }
    for _ in 0..<160 { marks.append((true, Int.random(in: 0..<40, using: &random), 0)) }
    marks.shuffle(using: &random)
    for index in marks.indices {
      let label = labels[marks[index].label]
      if marks[index].isJump {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: assembler.jump(to: label)
        case 1: assembler.call(label)
        default: assembler.jump(if: random.pick(X86Condition.all), to: label)
        }
      } else {
        assembler.place(label)
      }
      marks[index].gap = random.pick([0, 0, 1, 3, 10, 40])
      Self.fill(&assembler, marks[index].gap)
    }
    let finished = assembler.finish()
    var offset = 0
    for mark in marks {
      let place = try #require(finished.offset(of: labels[mark.label]))
      if mark.isJump {
        let jump = try #require(Self.distance(finished.code, offset))
        #expect(offset + jump.length + jump.distance == place)
        // No jump is long that could be short, but for a few that wait for each other.
        if finished.code[offset] != 0xE8, jump.length > 2 {
          #expect(jump.distance > 127 - 8 || jump.distance + jump.length < -126 + 8)
        }
        offset += jump.length
      } else {
        #expect(offset == place)
      }
      offset += mark.gap
    }
    #expect(offset == finished.code.count)
  }
}
