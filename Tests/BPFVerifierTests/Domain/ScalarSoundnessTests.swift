import BPF
import BPFRuntime
import BPFVerifier
import TestSupport
import Testing

@Suite struct `What is known of numbers` {
  /// Samples a seed.
  private static let count = 1_000

  private static func evaluate(_ operation: ALU, _ width: Width, _ a: UInt64, _ b: UInt64) -> UInt64 {
    switch width {
    case .word:
      UInt64(operation.evaluate(UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: b)))
    case .doubleWord: operation.evaluate(a, b)
    }
  }

  private static func holds(_ comparison: Comparison, _ width: Width, _ a: UInt64, _ b: UInt64) -> Bool {
    switch width {
    case .word: comparison.holds(UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: b))
    case .doubleWord: comparison.holds(a, b)
    }
  }

  @Test(arguments: Seeds.first(8))
  func `stays true when it is synchronized`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    for _ in 0..<Self.count * 4 {
      let sample = ScalarSample(&random)
      if !sample.scalar.contains(sample.members[0]) {
        Issue.record("\(sample.members[0]) is missing from \(sample.scalar)")
      }
      #expect(!sample.scalar.isContradictory)
    }
  }

  @Test(arguments: Seeds.first(8))
  func `holds every result of arithmetic`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    for _ in 0..<Self.count {
      let left = ScalarSample(&random), right = ScalarSample(&random)
      for operation in ALU.allCases {
        for width in Width.allCases { check(operation, width, left, right) }
      }
      // Counts of shifts that are good.
      let count = random.next() % 64, constant = ScalarSample(Scalar(constant: count), count)
      for operation in [ALU.lsh, .rsh, .arsh] {
        for width in Width.allCases { check(operation, width, left, constant) }
      }
    }
  }

  private func check(_ operation: ALU, _ width: Width, _ left: ScalarSample, _ right: ScalarSample) {
    var result = left.scalar
    result.apply(operation, width, right.scalar)
    for a in left.members {
      for b in right.members {
        let expected = Self.evaluate(operation, width, a, b)
        if !result.contains(expected) {
          Issue.record(
            "\(a) \(operation) \(b) (\(width)): \(left.scalar) with \(right.scalar) is \(result) without \(expected)"
          )
        }
      }
    }
  }

  @Test(arguments: Seeds.first(8))
  func `holds every result of operations with one operand`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    for _ in 0..<Self.count {
      let sample = ScalarSample(&random)
      for size in Size.allCases {
        for width in Width.allCases where size.bitCount < width.bitCount {
          var extended = sample.scalar
          extended.signExtend(from: size, to: width)
          for a in sample.members {
            let wide = size.signExtend(a), expected = width == .word ? wide & 0xffff_ffff : wide
            let note = "\(a) extended from \(size) to \(width)"
            if !extended.contains(expected) { Issue.record("\(note): \(sample.scalar) is \(extended)") }
          }
        }
        var cut = sample.scalar
        cut.truncate(to: size)
        for a in sample.members where !cut.contains(a & .max >> UInt64(64 - size.bitCount)) {
          Issue.record("\(a) cut to \(size): \(sample.scalar) is \(cut)")
        }
        for swap in ByteSwap.allCases where size != .byte {
          var swapped = sample.scalar
          swapped.swap(swap, size)
          for a in sample.members where !swapped.contains(swap.evaluate(a, size)) {
            Issue.record("\(a) \(swap) \(size): \(sample.scalar) is \(swapped)")
          }
        }
      }
      for width in Width.allCases {
        var negated = sample.scalar
        negated.negate(width)
        for a in sample.members where !negated.contains(Self.evaluate(.sub, width, 0, a)) {
          Issue.record("-\(a) (\(width)): \(sample.scalar) is \(negated)")
        }
      }
    }
  }

  @Test(arguments: Seeds.first(8))
  func `decides branches only as every number does, and keeps those that take one`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    for _ in 0..<Self.count {
      let left = ScalarSample(&random)
      // Often a near neighbour or a constant.
      var right = ScalarSample(&random)
      switch random.next() % 4 {
      case 0: right = ScalarSample(Scalar(constant: random.pick(left.members)), right.members[0])
      case 1: right = left
      default: break
      }
      if let constant = right.scalar.constant { right.members = [constant] }
      for comparison in Comparison.allCases {
        for width in Width.allCases { check(comparison, width, left, right) }
      }
    }
  }

  private func check(_ comparison: Comparison, _ width: Width, _ left: ScalarSample, _ right: ScalarSample) {
    let decision = left.scalar.decides(comparison, width, right.scalar)
    var (yesLeft, yesRight) = (left.scalar, right.scalar), (noLeft, noRight) = (left.scalar, right.scalar)
    Scalar.assume(comparison, width, &yesLeft, &yesRight)
    Scalar.assumeNot(comparison, width, &noLeft, &noRight)
    for a in left.members {
      for b in right.members {
        let isTaken = Self.holds(comparison, width, a, b)
        let (newLeft, newRight) = isTaken ? (yesLeft, yesRight) : (noLeft, noRight)
        if decision == !isTaken || !newLeft.contains(a) || !newRight.contains(b) {
          Issue.record(
            """
            \(a) \(comparison) \(b) (\(width)) is \(isTaken), decided \(String(describing: decision)): \
            \(left.scalar) and \(right.scalar) become \(newLeft) and \(newRight)
            """
          )
        }
      }
    }
  }

  @Test(arguments: Seeds.first(8))
  func `may be parted into all bits and none before a mask`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    for width in Width.allCases {
      for _ in 0..<Self.count {
        let sample = ScalarSample(&random)
        var mask = sample.scalar
        mask.apply(.arsh, width, Scalar(constant: UInt64(width.bitCount - 1)))
        #expect(mask.split(before: .xor, Scalar(constant: 5)) == nil)
        #expect(mask.split(before: .and, .unknown) == nil)
        guard let parts = mask.split(before: .and, Scalar(constant: 5)) else { continue }
        for member in sample.members {
          let number = Self.evaluate(.arsh, width, member, UInt64(width.bitCount - 1))
          #expect(parts.zero.contains(number) != parts.ones.contains(number), "\(number) of \(parts)")
        }
      }
    }
    #expect(Scalar.unknown.split(before: .and, Scalar(constant: 5)) == nil)
  }

  @Test(arguments: Seeds.first(8))
  func `that is contradictory never traps`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    for _ in 0..<Self.count {
      var left = ScalarSample(&random).scalar, right = ScalarSample(&random).scalar
      // The parts of different numbers.
      left.bits = ScalarSample(&random).scalar.bits
      left.minU64 = random.next()
      right.minS32 = ScalarSample(&random).scalar.maxS32
      right.maxS64 = ScalarSample(&random).scalar.minS64
      for width in Width.allCases {
        for operation in ALU.allCases {
          var result = left
          result.apply(operation, width, right)
          result.apply(operation, width, Scalar(constant: random.next() % 64))
        }
        for comparison in Comparison.allCases {
          _ = left.decides(comparison, width, right)
          var (a, b) = (left, right)
          Scalar.assume(comparison, width, &a, &b)
          Scalar.assumeNot(comparison, width, &b, &a)
        }
        for size in Size.allCases {
          var result = right
          result.signExtend(from: size, to: width)
          result = left
          result.truncate(to: size)
          result.swap(.always, size)
          result.negate(width)
        }
      }
    }
  }

  @Test(arguments: Seeds.first(8))
  func `grows when it is joined`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    for _ in 0..<Self.count {
      let left = ScalarSample(&random), right = ScalarSample(&random)
      let both = left.scalar.joined(with: right.scalar)
      #expect(left.scalar.isSubset(of: both) && right.scalar.isSubset(of: both))
      #expect(left.scalar.isSubset(of: left.scalar))
      for member in left.members where !right.scalar.contains(member) {
        #expect(!left.scalar.isSubset(of: right.scalar))
      }
      for member in left.members + right.members { #expect(both.contains(member)) }
    }
  }

  /// All ranges of six numbers around a boundary, with and without sign.
  private static func ranges(around center: UInt64) -> [ScalarSample] {
    let numbers = (0..<6).map { center &+ $0 &- 3 }
    return (0..<6).flatMap { first in
      (first..<6).map { last in
        var scalar = Scalar.unknown
        if numbers[first] <= numbers[last] {
          scalar.minU64 = numbers[first]
          scalar.maxU64 = numbers[last]
        } else {
          scalar.minS64 = Int64(bitPattern: numbers[first])
          scalar.maxS64 = Int64(bitPattern: numbers[last])
        }
        scalar.synchronize()
        var sample = ScalarSample(scalar, numbers[first])
        sample.members = Array(numbers[first...last])
        return sample
      }
    }
  }

  @Test(arguments: [0, 1 << 31, 1 << 32, 1 << 63, 1 << 63 | 1 << 31] as [UInt64])
  func `holds every result of all short ranges at a boundary`(center: UInt64) {
    for other in [0, 1 << 31, 1 << 32, 1 << 63] as [UInt64] {
      let rights = Self.ranges(around: other)
      for left in Self.ranges(around: center) {
        for right in rights {
          for width in Width.allCases {
            for operation in ALU.allCases { check(operation, width, left, right) }
            for comparison in Comparison.allCases { check(comparison, width, left, right) }
          }
        }
      }
    }
  }
}
