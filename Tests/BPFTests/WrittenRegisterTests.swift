import BPF
import Testing

@Suite struct `Written registers` {
  @Test(
    arguments: [
      ("r3 += r4", .r3), ("w3 = -5", .r3), ("r3 = -r3", .r3), ("r3 = (s8)r4", .r3), ("r3 = be16 r3", .r3),
      ("r3 = addr_space_cast(r4, 0, 1)", .r3), ("r3 = 1 ll", .r3), ("r3 = *(u8 *)(r4 +0)", .r3),
      ("r3 = *(s8 *)(r4 +0)", .r3), ("r3 = load_acquire((u32 *)(r4 +0))", .r3),
      ("r3 = atomic64_fetch_add((u64 *)(r4 +0), r3)", .r3), ("r3 = atomic_fetch_or((u32 *)(r4 +0), r3)", .r3),
      ("r3 = atomic_fetch_and((u32 *)(r4 +0), r3)", .r3), ("r3 = atomic_fetch_xor((u32 *)(r4 +0), r3)", .r3),
      ("r3 = atomic_xchg((u32 *)(r4 +0), r3)", .r3), ("r0 = atomic64_cmpxchg((u64 *)(r4 +0), r0, r3)", .r0),
      ("lock *(u64 *)(r4 +0) += r3", nil), ("lock *(u64 *)(r4 +0) ^= r3", nil), ("*(u8 *)(r4 +0) = r3", nil),
      ("*(u8 *)(r4 +0) = 3", nil), ("store_release((u8 *)(r4 +0), r3)", nil), ("goto pc+1", nil),
      ("gotol pc+1", nil), ("may_goto pc+1", nil), ("if r3 == r4 goto pc+1", nil), ("call pc+1", nil),
      ("exit", nil),
    ] as [(String, Register?)]
  )
  func `an instruction writes the register on its left`(text: String, register: Register?) throws {
    #expect(try Assembler.assemble(text).map(\.writtenRegister) == [register])
  }
}
