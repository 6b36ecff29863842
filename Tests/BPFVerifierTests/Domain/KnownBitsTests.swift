import BPF
import TestSupport
import Testing

@testable import BPFVerifier

@Suite struct `Known bits` {
  /// Every value of the domain with so many low bits that are not known to be 0.
  private static func all(_ bitCount: Int) -> [KnownBits] {
    let numbers = (0 as UInt64)..<(1 << UInt64(bitCount))
    return numbers.flatMap { unknown in
      numbers.filter { $0 & unknown == 0 }.map { bits($0, unknown: unknown) }
    }
  }

  private static func bits(_ value: UInt64, unknown: UInt64) -> KnownBits {
    var bits = KnownBits(constant: value)
    bits.unknown = unknown
    return bits
  }

  /// Every number that the value stands for.
  private static func members(_ bits: KnownBits) -> [UInt64] {
    var members: [UInt64] = [], choice: UInt64 = 0
    repeat {
      members.append(bits.value | choice)
      choice = (choice &- bits.unknown) & bits.unknown
    } while choice != 0
    return members
  }

  private static let operations: [(name: String, isExact: Bool, AbstractOperation, ConcreteOperation)] = [
    ("+", true, { $0.adding($1) }, { $0 &+ $1 }),
    ("-", true, { $0.subtracting($1) }, { $0 &- $1 }),
    ("&", true, { $0.and($1) }, { $0 & $1 }),
    ("|", true, { $0.or($1) }, { $0 | $1 }),
    ("^", true, { $0.xor($1) }, { $0 ^ $1 }),
    ("*", false, { $0.multiplied($1) }, { $0 &* $1 }),
  ]

  @Test(arguments: 0..<6, [0, 30, 60])
  func `hold every result, and but for products no more than needed`(operation: Int, position: UInt8) {
    let (name, isExact, abstract, concrete) = Self.operations[operation]
    for left in Self.all(4).map({ $0.shiftedLeft(by: position) }) {
      for right in Self.all(4).map({ $0.shiftedLeft(by: position) }) {
        let result = abstract(left, right)
        var hull: KnownBits?
        for a in Self.members(left) {
          for b in Self.members(right) {
            let one = KnownBits(constant: concrete(a, b))
            hull = hull?.joined(with: one) ?? one
          }
        }
        let isRight = isExact ? result == hull : hull.map { $0.isSubset(of: result) } == true
        if !isRight {
          Issue.record("\(left) \(name) \(right) is \(result), needs \(String(describing: hull))")
        }
        if result.value & result.unknown != 0 { Issue.record("\(left) \(name) \(right) has a bit twice") }
      }
    }
  }

  @Test func `are subsets, overlap and intersect as their members do`() {
    for left in Self.all(3) {
      for right in Self.all(3) {
        let a = Set(Self.members(left)), b = Set(Self.members(right))
        #expect(left.isSubset(of: right) == a.isSubset(of: b))
        #expect(left.overlaps(right) == !a.isDisjoint(with: b))
        #expect(Set(Self.members(left.joined(with: right))).isSuperset(of: a.union(b)))
        if left.overlaps(right) { #expect(Set(Self.members(left.intersection(right))) == a.intersection(b)) }
      }
    }
  }

  @Test func `count their members up`() {
    for bits in Self.all(5) {
      let members = Self.members(bits).sorted()
      for number in (0 as UInt64)..<34 {
        #expect(bits.first(from: number) == members.first { $0 >= number }, "\(bits) from \(number)")
      }
      for (member, next) in zip(members, members.dropFirst().map(Optional.some) + [nil]) {
        #expect(bits.next(after: member) == next, "\(bits) after \(member)")
      }
    }
    #expect(KnownBits.unknown.first(from: .max) == .max)
    #expect(KnownBits.unknown.next(after: .max) == nil)
  }

  @Test func `of a range are what its numbers share`() {
    for low in (0 as UInt64)..<40 {
      for high in low..<40 {
        let hull = (low...high).map { KnownBits(constant: $0) }.reduce(KnownBits(constant: low)) {
          $0.joined(with: $1)
        }
        // The highest bit that differs takes all below it along.
        let unknown = hull.unknown == 0 ? 0 : UInt64.max >> UInt64(hull.unknown.leadingZeroBitCount)
        #expect(KnownBits.range(low, high) == Self.bits(low & ~unknown, unknown: unknown))
      }
    }
    #expect(KnownBits.range(0, .max) == .unknown)
    #expect(KnownBits.range(1, .max) == .unknown)
    #expect(KnownBits.range(3, 2) == .unknown)
    #expect(KnownBits.range(.max, .max) == KnownBits(constant: .max))
  }

  @Test func `are cut, moved and put together bit by bit`() {
    let bits = Self.bits(0x8000_0000_8000_00f0, unknown: 0x1_0000_0f0f)
    let half = Self.bits(0x8000_00f0, unknown: 0xf0f)
    #expect(bits.subregister == half)
    #expect(
      bits.clearingSubregister == Self.bits(0x8000_0000_0000_0000, unknown: 0x1_0000_0000)
    )
    #expect(bits.clearingSubregister.replacingSubregister(bits) == bits)
    #expect(
      KnownBits.unknown.replacingSubregister(KnownBits(constant: 7)) == Self.bits(7, unknown: ~0xffff_ffff)
    )
    #expect(bits.truncated(to: .byte) == Self.bits(0xf0, unknown: 0x0f))
    #expect(bits.truncated(to: .half) == Self.bits(0xf0, unknown: 0xf0f))
    #expect(bits.truncated(to: .word) == half)
    #expect(bits.truncated(to: .doubleWord) == bits)
    #expect(half.shiftedLeft(by: 4) == Self.bits(0x8_0000_0f00, unknown: 0xf0f0))
    #expect(half.shiftedRight(by: 4) == Self.bits(0x800_000f, unknown: 0xf0))
    #expect(half.arithmeticallyShiftedRight(by: 4, width: .word) == Self.bits(0xf800_000f, unknown: 0xf0))
    #expect(
      half.arithmeticallyShiftedRight(by: 4, width: .doubleWord) == Self.bits(0x800_000f, unknown: 0xf0)
    )
    #expect(half.byteSwapped(.half) == Self.bits(0xf000, unknown: 0x0f0f))
    #expect(half.byteSwapped(.word) == Self.bits(0xf000_0080, unknown: 0x0f0f_0000))
    #expect(half.byteSwapped(.doubleWord) == Self.bits(0xf000_0080_0000_0000, unknown: 0x0f0f_0000_0000_0000))
    #expect(Self.bits(8, unknown: 16).isAligned(to: 8))
    #expect(!Self.bits(8, unknown: 16).isAligned(to: 16))
    #expect(!Self.bits(8, unknown: 20).isAligned(to: 8))
    #expect(bits.description == "(0x80000000800000f0; 0x100000f0f)")
  }
}

private typealias AbstractOperation = @Sendable (KnownBits, KnownBits) -> KnownBits
private typealias ConcreteOperation = @Sendable (UInt64, UInt64) -> UInt64
