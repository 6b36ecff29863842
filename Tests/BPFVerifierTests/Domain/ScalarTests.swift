import BPF
import BPFVerifier
import Testing

@Suite struct `A scalar` {
  /// Reads as `unknown`, then the branches on which each comparison held.
  private static func after(_ steps: (Comparison, Width, Int64)...) -> Scalar {
    var scalar = Scalar.unknown
    for (comparison, width, number) in steps {
      var operand = Scalar(constant: UInt64(bitPattern: number))
      Scalar.assume(comparison, width, &scalar, &operand)
    }
    return scalar
  }

  @Test(arguments: [
    (Scalar.unknown, "scalar()"), (Scalar(constant: 7), "7"), (Scalar(constant: .max), "-1"),
    (Scalar(constant: 32767), "32767"), (Scalar(constant: 32768), "0x8000"),
    (Scalar(constant: 0 &- 32768), "-32768"), (Scalar(constant: 0 &- 32769), "0xffffffffffff7fff"),
    (after((.le, .doubleWord, 255)), "scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))"),
    (after((.ge, .doubleWord, 4)), "scalar(umin=4)"),
    (after((.sge, .doubleWord, -4), (.slt, .doubleWord, 4)), "scalar(smin=smin32=-4,smax=smax32=3)"),
    (
      after((.lt, .word, 9)),
      "scalar(smax=0x7fffffff00000008,umax=0xffffffff00000008,smin32=0,smax32=umax32=8,var_off=(0x0; 0xffffffff0000000f))"
    ),
    (after((.ge, .word, 40000)), "scalar(smin=0x8000000000009c40,umin=umin32=40000)"),
    (after((.sgt, .word, -40000)), "scalar(smin32=0xffff63c1)"),
    (
      after((.set, .doubleWord, 8)),
      "scalar(smin=0x8000000000000008,umin=umin32=8,smin32=0x80000008,var_off=(0x8; 0xfffffffffffffff7))"
    ),
    (
      after((.le, .doubleWord, 40000)),
      "scalar(smin=smin32=0,smax=umax=smax32=umax32=0x9c40,var_off=(0x0; 0xffff))"
    ),
  ])
  func `is written as the kernel writes it`(scalar: Scalar, text: String) {
    #expect(scalar.description == text)
  }

  @Test func `that is a constant is known in every way`() {
    let scalar = Scalar(constant: 0xffff_fffe)
    #expect(scalar.constant == 0xffff_fffe && scalar.constant32 == 0xffff_fffe)
    #expect(scalar.minU64 == 0xffff_fffe && scalar.maxU64 == 0xffff_fffe)
    #expect(scalar.minS64 == 0xffff_fffe && scalar.maxS64 == 0xffff_fffe)
    #expect(scalar.minU32 == 0xffff_fffe && scalar.maxU32 == 0xffff_fffe)
    #expect(scalar.minS32 == -2 && scalar.maxS32 == -2)
    #expect(!scalar.isUnknown && !scalar.isContradictory)
  }

  @Test func `of which nothing is known has no constant`() {
    #expect(Scalar.unknown.constant == nil && Scalar.unknown.constant32 == nil)
    #expect(Scalar.unknown.isUnknown && !Scalar.unknown.isContradictory)
    var half = Scalar.unknown
    half.bits = half.bits.replacingSubregister(KnownBits(constant: 9))
    #expect(half.constant == nil && half.constant32 == 9)
  }

  @Test(arguments: [ALU.lsh, .rsh, .arsh, .add, .sub], Width.allCases)
  func `is the same after zero is added or it is moved by nothing`(operation: ALU, width: Width) {
    let before = Self.after((.le, .doubleWord, 0x1234_5678), (.sgt, .doubleWord, 7))
    var scalar = before
    scalar.apply(operation, width, Scalar(constant: 0))
    #expect(scalar == before)
  }

  @Test func `is contradictory where its branch cannot be taken`() {
    for (comparison, number) in [(Comparison.eq, 5), (.gt, 4), (.sge, 5), (.lt, 4), (.slt, 4)]
      as [(Comparison, UInt64)]
    {
      var left = Scalar(constant: 4), right = Scalar(constant: number)
      Scalar.assume(comparison, .doubleWord, &left, &right)
      #expect(left.isContradictory || right.isContradictory, "4 \(comparison) \(number)")
    }
    var left = Scalar(constant: 4), right = Scalar(constant: 4)
    Scalar.assume(.ne, .word, &left, &right)
    #expect(left.isContradictory)
  }
}
