import BPF
import TestSupport

/// A program that moves a packet's ends as the packet's first bytes tell it, and mixes all it sees on the way into
/// what it returns.
///
/// A step is a 32-bit word: what to adjust in the low two bits, and by how much in the others. After every step the
/// program marks the packet and its metadata, so that bytes that moved, and bytes that should have, are seen.
struct AdjustScript {
  /// One call of a helper.
  struct Step: Sendable, CustomStringConvertible {
    enum Target: UInt32, Sendable, CaseIterable { case head = 1, tail, metadata }
    var target: Target
    var delta: Int32
    var description: String { "\(target) by \(delta)" }
    /// The step as it stands in the packet.
    var word: UInt32 { UInt32(bitPattern: delta) << 2 | target.rawValue }
  }

  /// The program for so many steps.
  static func program(stepCount: Int) throws -> Program {
    try .assembled(
      """
      r6 = r1
      r8 = 0
      r0 = 1
      r2 = *(u32 *)(r1 +0)
      r3 = *(u32 *)(r1 +4)
      r4 = r2
      r4 += \(stepCount * 4)
      if r4 > r3 goto done
      \((0..<stepCount).map { "r5 = *(u32 *)(r2 +\(4 * $0))\n*(u32 *)(r10 -\(64 - 4 * $0)) = r5" }.joined(separator: "\n"))
      \((0..<stepCount).map(step).joined(separator: "\n"))
      r0 = r8
      done:
      exit
      """
    )
  }

  private static func step(_ number: Int) -> String {
    """
    r2 = *(s32 *)(r10 -\(64 - 4 * number))
    r7 = r2
    r7 &= 3
    r2 s>>= 2
    r1 = r6
    r0 = 0
    if r7 == 2 goto tail\(number)
    if r7 == 3 goto metadata\(number)
    call 44
    goto look\(number)
    tail\(number):
    call 65
    goto look\(number)
    metadata\(number):
    call 54
    look\(number):
    r8 *= 0x1000193
    r8 += r0
    r1 = *(u32 *)(r6 +0)
    r2 = *(u32 *)(r6 +4)
    r3 = *(u32 *)(r6 +8)
    r4 = r1
    r4 += 14
    if r4 > r2 goto marked\(number)
    *(u8 *)(r1 +13) = \(0xA0 + number)
    r4 = r3
    r4 += 1
    if r4 > r1 goto marked\(number)
    *(u8 *)(r3 +0) = \(0xB0 + number)
    marked\(number):
    r2 -= r1
    r1 -= r3
    r8 *= 0x1000193
    r8 += r2
    r8 *= 0x1000193
    r8 += r1
    """
  }

  /// A packet that begins with the steps.
  static func packet(_ steps: [Step], byteCount: Int) -> [UInt8] {
    let script = steps.flatMap { step in
      (0..<4).map { UInt8(truncatingIfNeeded: step.word >> UInt32(8 * $0)) }
    }
    return script + (script.count..<max(byteCount, script.count)).map { UInt8(truncatingIfNeeded: $0) }
  }
}

extension SplitMix {
  /// A step that is as likely to succeed as not.
  mutating func adjustStep() -> AdjustScript.Step {
    let target = pick(AdjustScript.Step.Target.allCases)
    let delta: Int32 =
      switch Int.random(in: 0..<6, using: &self) {
      case 0: pick([-217, -216, -1, 0, 1, 3506, 3507, 4000, 0x1FFF_FFFF, -0x2000_0000])
      case 1: Int32.random(in: -300...300, using: &self)
      case 2: Int32.random(in: -4000...4000, using: &self)
      default: Int32.random(in: -20...20, using: &self) * (target == .metadata ? 4 : 1)
      }
    return AdjustScript.Step(target: target, delta: delta)
  }
}
