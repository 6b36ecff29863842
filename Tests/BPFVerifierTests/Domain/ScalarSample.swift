import BPFVerifier
import TestSupport

/// A scalar and numbers that belong to it by the way it was made.
struct ScalarSample {
  var scalar: Scalar
  /// The first is the one that the scalar was made around; the others lie at its ends.
  var members: [UInt64]

  /// The numbers around which arithmetic is hard.
  static let boundaries: [UInt64] = [
    0, 1 << 7, 1 << 8, 1 << 15, 1 << 16, 1 << 31, 1 << 32, 3 << 31, 1 << 33, 1 << 47, 1 << 63,
    1 << 63 | 1 << 31,
    1 << 63 | 1 << 32, 0 &- 1 << 31, 0 &- 1 << 32, 0 &- 1 << 15,
  ]

  /// A random number: near a boundary, small, of few bits, or any.
  static func number(_ random: inout SplitMix) -> UInt64 {
    let any = random.next()
    switch any % 4 {
    case 0:
      return random.pick(boundaries) &+ UInt64(truncatingIfNeeded: Int.random(in: -3...3, using: &random))
    case 1: return random.pick(boundaries) &+ (any >> 48)
    case 2: return random.next() & random.next() & random.next()
    default: return random.next() >> (any >> 58)
    }
  }

  /// A scalar of random bits and ranges around a random number.
  init(_ random: inout SplitMix) {
    let member = Self.number(&random)
    var scalar = Scalar.unknown
    let low = UInt32(truncatingIfNeeded: member)
    let choice = random.next()
    if choice & 1 == 0 {
      scalar.minU64 = member - Self.number(&random) % (member == .max ? .max : member + 1)
      scalar.maxU64 = Self.end(member, .max, &random)
    }
    if choice & 2 == 0 {
      let biased = member ^ 1 << 63
      scalar.minS64 = Int64(bitPattern: (biased - Self.end(0, biased, &random)) ^ 1 << 63)
      scalar.maxS64 = Int64(bitPattern: Self.end(biased, .max, &random) ^ 1 << 63)
    }
    if choice & 4 == 0 {
      scalar.minU32 = low - UInt32(Self.end(0, UInt64(low), &random))
      scalar.maxU32 = UInt32(Self.end(UInt64(low), UInt64(UInt32.max), &random))
    }
    if choice & 8 == 0 {
      let biased = low ^ 1 << 31
      scalar.minS32 = Int32(bitPattern: (biased - UInt32(Self.end(0, UInt64(biased), &random))) ^ 1 << 31)
      scalar.maxS32 = Int32(
        bitPattern: UInt32(Self.end(UInt64(biased), UInt64(UInt32.max), &random)) ^ 1 << 31
      )
    }
    if choice & 16 == 0 {
      let unknown = Self.number(&random) | (choice & 32 == 0 ? random.next() : 0)
      scalar.bits.unknown = unknown
      scalar.bits.value = member & ~unknown
    }
    if choice & 0xf00 == 0 { scalar = Scalar(constant: member) }
    scalar.synchronize()
    self.init(scalar, member)
  }

  /// A scalar with its ends as far as they belong to it.
  init(_ scalar: Scalar, _ member: UInt64) {
    self.scalar = scalar
    members = [member]
    let upper = member & ~UInt64(UInt32.max)
    let ends: [UInt64] = [
      scalar.minU64, scalar.maxU64, UInt64(bitPattern: scalar.minS64), UInt64(bitPattern: scalar.maxS64),
      upper | UInt64(scalar.minU32), upper | UInt64(scalar.maxU32), scalar.bits.value,
      scalar.bits.value | scalar.bits.unknown,
    ]
    for end in ends where end != member && scalar.contains(end) { members.append(end) }
  }

  /// A number from `low` to `high`, often near `low`.
  private static func end(_ low: UInt64, _ high: UInt64, _ random: inout SplitMix) -> UInt64 {
    let distance = number(&random)
    return high == low ? low : low + (high - low == .max ? distance : distance % (high - low + 1))
  }
}
