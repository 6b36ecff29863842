import BPF
import BPFVerifier
import Testing

@Suite struct `Scalars` {
  @Test func `a constant is known in every way`() {
    let scalar = Scalar(constant: 0xffff_ffff)
    #expect(scalar.constant == 0xffff_ffff)
    #expect(scalar.minS32 == -1)
    #expect(scalar.maxS64 == 0xffff_ffff)
  }
}
