import BPF
import Testing

@Suite struct `Assembly text` {
  @Test func `every instruction comes back from its text`() throws {
    for instruction in InstructionSamples.everyForm {
      #expect(try Assembler.assemble(instruction.description) == [instruction])
    }
  }

  @Test func `every instruction comes back from its text with the opcode before it`() throws {
    let disassembler = Disassembler(showsOpcodes: true)
    for instruction in InstructionSamples.everyForm {
      #expect(try Assembler.assemble(disassembler.text(instruction)) == [instruction])
    }
  }

  @Test(arguments: [false, true])
  func `a listing of a whole program comes back`(showsOpcodes: Bool) throws {
    let listing = Disassembler(showsOpcodes: showsOpcodes).listing(InstructionSamples.everyForm)
    #expect(try Assembler.assemble(listing) == InstructionSamples.everyForm)
  }

  @Test func `no two instructions share a text`() {
    let texts = InstructionSamples.everyForm.map(\.description)
    #expect(Set(texts).count == Set(InstructionSamples.everyForm).count)
  }

  /// What Linux 6.18's verifier printed for these slots.
  static let kernelLog: [(slots: [UInt64], text: String)] = [
    ([0xffff_fffd_0000_0207], "(07) r2 += -3"),
    ([0x0000_0000_0000_320f], "(0f) r2 += r3"),
    ([0x0000_0007_0000_0204], "(04) w2 += 7"),
    ([0x0000_0000_0000_320c], "(0c) w2 += w3"),
    ([0x0000_0003_0000_0217], "(17) r2 -= 3"),
    ([0x0000_0003_0000_0227], "(27) r2 *= 3"),
    ([0x0000_0003_0000_0237], "(37) r2 /= 3"),
    ([0x0000_0003_0001_0237], "(37) r2 s/= 3"),
    ([0x0000_0000_0001_323c], "(3c) w2 s/= w3"),
    ([0x0000_0003_0000_0247], "(47) r2 |= 3"),
    ([0x0000_0003_0000_0257], "(57) r2 &= 3"),
    ([0x0000_0003_0000_0267], "(67) r2 <<= 3"),
    ([0x0000_0003_0000_0277], "(77) r2 >>= 3"),
    ([0x0000_0003_0000_0297], "(97) r2 %= 3"),
    ([0xffff_fffd_0001_0297], "(97) r2 s%= -3"),
    ([0x0000_0003_0000_02a7], "(a7) r2 ^= 3"),
    ([0xffff_ffff_0000_02b7], "(b7) r2 = -1"),
    ([0xffff_ffff_0000_02b4], "(b4) w2 = -1"),
    ([0x0000_0000_0000_32bf], "(bf) r2 = r3"),
    ([0x0000_0000_0000_32bc], "(bc) w2 = w3"),
    ([0x0000_0003_0000_02c7], "(c7) r2 s>>= 3"),
    ([0x0000_0000_0000_32cc], "(cc) w2 s>>= w3"),
    ([0x0000_0000_0000_0287], "(87) r2 = -r2"),
    ([0x0000_0000_0000_0284], "(84) w2 = -w2"),
    ([0x0000_0000_0008_32bf], "(bf) r2 = (s8)r3"),
    ([0x0000_0000_0010_32bf], "(bf) r2 = (s16)r3"),
    ([0x0000_0000_0020_32bf], "(bf) r2 = (s32)r3"),
    ([0x0000_0000_0008_32bc], "(bc) w2 = (s8)w3"),
    ([0x0000_0000_0010_32bc], "(bc) w2 = (s16)w3"),
    ([0x0000_0010_0000_02d4], "(d4) r2 = le16 r2"),
    ([0x0000_0020_0000_02dc], "(dc) r2 = be32 r2"),
    ([0x0000_0040_0000_02d7], "(d7) r2 = bswap64 r2"),
    ([0x0000_0000_fff8_a279], "(79) r2 = *(u64 *)(r10 -8)"),
    ([0x0000_0000_fff8_a271], "(71) r2 = *(u8 *)(r10 -8)"),
    ([0x0000_0000_0004_1261], "(61) r2 = *(u32 *)(r1 +4)"),
    ([0x0000_0000_fff8_a291], "(91) r2 = *(s8 *)(r10 -8)"),
    ([0x0000_0000_fff8_a289], "(89) r2 = *(s16 *)(r10 -8)"),
    ([0x0000_0000_fff8_a281], "(81) r2 = *(s32 *)(r10 -8)"),
    ([0x0000_0000_fff8_2a7b], "(7b) *(u64 *)(r10 -8) = r2"),
    ([0x0000_0000_ffff_2a73], "(73) *(u8 *)(r10 -1) = r2"),
    ([0xffff_fffd_fff8_0a62], "(62) *(u32 *)(r10 -8) = -3"),
    ([0x0000_0007_fff8_0a7a], "(7a) *(u64 *)(r10 -8) = 7"),
    ([0x0000_0000_fff8_2adb], "(db) lock *(u64 *)(r10 -8) += r2"),
    ([0x0000_0040_fff8_2ac3], "(c3) lock *(u32 *)(r10 -8) |= r2"),
    ([0x0000_0050_fff8_2adb], "(db) lock *(u64 *)(r10 -8) &= r2"),
    ([0x0000_00a0_fff8_2ac3], "(c3) lock *(u32 *)(r10 -8) ^= r2"),
    ([0x0000_0001_fff8_2adb], "(db) r2 = atomic64_fetch_add((u64 *)(r10 -8), r2)"),
    ([0x0000_0001_fff8_2ac3], "(c3) r2 = atomic_fetch_add((u32 *)(r10 -8), r2)"),
    ([0x0000_0041_fff8_2adb], "(db) r2 = atomic64_fetch_or((u64 *)(r10 -8), r2)"),
    ([0x0000_0051_fff8_2adb], "(db) r2 = atomic64_fetch_and((u64 *)(r10 -8), r2)"),
    ([0x0000_00a1_fff8_2ac3], "(c3) r2 = atomic_fetch_xor((u32 *)(r10 -8), r2)"),
    ([0x0000_00e1_fff8_2adb], "(db) r2 = atomic64_xchg((u64 *)(r10 -8), r2)"),
    ([0x0000_00e1_fff8_2ac3], "(c3) r2 = atomic_xchg((u32 *)(r10 -8), r2)"),
    ([0x0000_00f1_fff8_2adb], "(db) r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r2)"),
    ([0x0000_00f1_fff8_2ac3], "(c3) r0 = atomic_cmpxchg((u32 *)(r10 -8), r0, r2)"),
    ([0x0000_0100_fff8_a2db], "(db) r2 = load_acquire((u64 *)(r10 -8))"),
    ([0x0000_0100_fff8_a2d3], "(d3) r2 = load_acquire((u8 *)(r10 -8))"),
    ([0x0000_0110_fff8_2ac3], "(c3) store_release((u32 *)(r10 -8), r2)"),
    ([0x0000_0110_fff8_2acb], "(cb) store_release((u16 *)(r10 -8), r2)"),
    ([0x0000_0005_0000_0218, 0x0000_0000_0000_0000], "(18) r2 = 0x5"),
    ([0x5566_7788_0000_0218, 0x1122_3344_0000_0000], "(18) r2 = 0x1122334455667788"),
    ([0x0000_0000_0000_0005], "(05) goto pc+0"),
    ([0x0000_0000_0000_0006], "(06) gotol pc+0"),
    ([0x0000_0000_0000_00e5], "(e5) may_goto pc+0"),
    ([0x0000_0005_0000_0215], "(15) if r2 == 0x5 goto pc+0"),
    ([0x0000_0000_0000_321d], "(1d) if r2 == r3 goto pc+0"),
    ([0xffff_ffff_0000_0225], "(25) if r2 > 0xffffffff goto pc+0"),
    ([0x0000_0000_0000_0235], "(35) if r2 >= 0x0 goto pc+0"),
    ([0x0000_0005_0000_0245], "(45) if r2 & 0x5 goto pc+0"),
    ([0x0000_0000_0000_0255], "(55) if r2 != 0x0 goto pc+0"),
    ([0xffff_ffff_0000_0265], "(65) if r2 s> 0xffffffff goto pc+0"),
    ([0x0000_0000_0000_0275], "(75) if r2 s>= 0x0 goto pc+0"),
    ([0x0000_0000_0000_02a5], "(a5) if r2 < 0x0 goto pc+0"),
    ([0x0000_0000_0000_02b5], "(b5) if r2 <= 0x0 goto pc+0"),
    ([0xffff_fffb_0000_02c6], "(c6) if w2 s< 0xfffffffb goto pc+0"),
    ([0x0000_0000_0000_32de], "(de) if w2 s<= w3 goto pc+0"),
    ([0x0000_0000_0000_324e], "(4e) if w2 & w3 goto pc+0"),
    ([0x0000_0005_0000_0085], "(85) call bpf_ktime_get_ns#5"),
    ([0x0000_0008_0000_0085], "(85) call bpf_get_smp_processor_id#8"),
    ([0x0000_012c_0000_0085], "(85) call unknown#300"),
    ([0x0000_0001_0001_32bf], "(bf) r2 = addr_space_cast(r3, 0, 1)"),
  ]

  @Test(arguments: kernelLog)
  func `the text is the kernel's`(slots: [UInt64], text: String) throws {
    let instructions = try Instruction.decode(slots.map { EncodedInstruction(bits: $0) })
    #expect(instructions.map { Disassembler(showsOpcodes: true).text($0) } == [text])
    #expect(try Assembler.assemble(text) == instructions)
  }

  /// Forms that the verifier resolves or refuses before it prints them.
  static let ours: [(Instruction, String)] = [
    (.loadImmediate(.r1, .mapDescriptor(5)), "r1 = map[fd:5]"),
    (.loadImmediate(.r1, .mapDescriptorValue(5, offset: 8)), "r1 = map[fd:5][0]+8"),
    (.loadImmediate(.r1, .map(index: 0)), "r1 = map[idx:0]"),
    (.loadImmediate(.r1, .mapValue(index: 2, offset: 0)), "r1 = map[idx:2][0]+0"),
    (.loadImmediate(.r1, .kernelVariable(btfID: 77, module: 0)), "r1 = btf[id:77]"),
    (.loadImmediate(.r1, .kernelVariable(btfID: 77, module: 3)), "r1 = btf[id:77][module:3]"),
    (.loadImmediate(.r2, .function(offset: 5)), "r2 = subprog[+5]"),
    (.loadImmediate(.r2, .value(5)), "r2 = 0x5 ll"),
    (.call(.kernelFunction(btfID: 1234, module: 0)), "call kernel-function#1234"),
    (.call(.kernelFunction(btfID: 1234, module: 2)), "call kernel-function#1234[module:2]"),
    (.call(.helper(300)), "call unknown#300"),
    (.call(.register(.r3)), "callx r3"),
    (.addressSpaceCast(.r1, from: .r2, spaces: 1 << 16), "r1 = addr_space_cast(r2, 1, 0)"),
  ]

  @Test(arguments: ours)
  func `a form that the verifier never prints has a text too`(instruction: Instruction, text: String) {
    #expect(instruction.description == text)
  }

  /// What LLVM's assembler and `llvm-objdump` write for the same instructions.
  static let llvm: [(String, Instruction)] = [
    ("r1 = *(u32 *)(r2 + 12)", .load(.word, .r1, from: Address(.r2, 12))),
    ("w1 = *(u32 *)(r2 + 0xc)", .load(.word, .r1, from: Address(.r2, 12))),
    ("w1 = *(u8 *)(r2 - 1)", .load(.byte, .r1, from: Address(.r2, -1))),
    ("r1 = *(s16 *)(r2 + 0)", .loadSignExtending(.half, .r1, from: Address(.r2))),
    ("*(u16 *)(r1 - 0x2) = w3", .store(.half, .register(.r3), to: Address(.r1, -2))),
    ("*(u64 *)(r10 - 8) = -0x1", .store(.doubleWord, .immediate(-1), to: Address(.r10, -8))),
    ("*(u32 *)(r1+0) = 0xffffffff", .store(.word, .immediate(-1), to: Address(.r1))),
    ("goto +3", .jump(offset: 3)),
    ("goto -0x3 <LBB0_1>", .jump(offset: -3)),
    ("gotol +70000", .jumpLong(offset: 70_000)),
    ("may_goto -2", .mayGoto(offset: -2)),
    ("if r1 s> -1 goto +2", .branch(.sgt, .doubleWord, .r1, .immediate(-1), offset: 2)),
    ("if w1 == 0xffffffff goto +2", .branch(.eq, .word, .r1, .immediate(-1), offset: 2)),
    ("if r1 & r2 goto -0x1", .branch(.set, .doubleWord, .r1, .register(.r2), offset: -1)),
    ("r1 = 0x1122334455667788 ll", .loadImmediate(.r1, .value(0x1122_3344_5566_7788))),
    ("r1 = 5 ll", .loadImmediate(.r1, .value(5))),
    ("r1 = -1 ll", .loadImmediate(.r1, .value(.max))),
    ("r1 = 0x10", .alu(.mov, .doubleWord, .r1, .immediate(16))),
    ("r1 = -0x1", .alu(.mov, .doubleWord, .r1, .immediate(-1))),
    ("w1 = 0xffffffff", .alu(.mov, .word, .r1, .immediate(-1))),
    ("r1 += -0x8", .alu(.add, .doubleWord, .r1, .immediate(-8))),
    ("lock *(u64 *)(r1+0) += r2", .atomic(.add(fetch: false), .doubleWord, .r2, at: Address(.r1))),
    ("lock *(u32 *)(r1 + 4) ^= w2", .atomic(.xor(fetch: false), .word, .r2, at: Address(.r1, 4))),
    (
      "r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)",
      .atomic(.add(fetch: true), .doubleWord, .r2, at: Address(.r1))
    ),
    ("w2 = atomic_fetch_or((u32 *)(r1 + 0), w2)", .atomic(.or(fetch: true), .word, .r2, at: Address(.r1))),
    ("r2 = xchg_64(r1 + 8, r2)", .atomic(.exchange, .doubleWord, .r2, at: Address(.r1, 8))),
    ("w2 = xchg32_32(r1 + 8, w2)", .atomic(.exchange, .word, .r2, at: Address(.r1, 8))),
    ("r0 = cmpxchg_64(r1 - 8, r0, r2)", .atomic(.compareExchange, .doubleWord, .r2, at: Address(.r1, -8))),
    ("w0 = cmpxchg32_32(r1 - 8, w0, w2)", .atomic(.compareExchange, .word, .r2, at: Address(.r1, -8))),
    ("w0 = load_acquire((u16 *)(r1 + 0))", .loadAcquire(.half, .r0, from: Address(.r1))),
    ("store_release((u32 *)(r1 + 0), w2)", .storeRelease(.word, .r2, to: Address(.r1))),
    ("r1 = be16 r1", .swap(.toBigEndian, .half, .r1)),
    ("r1 = bswap64 r1", .swap(.always, .doubleWord, .r1)),
    ("r1 = (s32)r2", .moveSignExtending(.word, .doubleWord, .r1, from: .r2)),
    ("w1 = (s8) w2", .moveSignExtending(.byte, .word, .r1, from: .r2)),
    ("call 5", .call(.helper(5))),
    ("call 0x6", .call(.helper(6))),
  ]

  @Test(arguments: llvm)
  func `LLVM's spelling is understood`(text: String, instruction: Instruction) throws {
    #expect(try Assembler.assemble(text) == [instruction])
  }

  @Test func `a number that needs 64 bits becomes a 64-bit immediate`() throws {
    #expect(try Assembler.assemble("r1 = 0xffffffff") == [.loadImmediate(.r1, .value(0xffff_ffff))])
    #expect(try Assembler.assemble("r1 = 2147483648") == [.loadImmediate(.r1, .value(1 << 31))])
    #expect(
      try Assembler.assemble("r1 = -2147483649") == [.loadImmediate(.r1, .value(0xffff_ffff_7fff_ffff))]
    )
    #expect(try Assembler.assemble("r1 = -2147483648") == [.alu(.mov, .doubleWord, .r1, .immediate(.min))])
  }

  @Test func `labels count slots, forward and backward`() throws {
    let program = try Assembler.assemble(
      """
      start: r1 = 1 ll        // two slots
        if r1 == 0 goto done  ; verifier-style comment
        may_goto done
        call twice            # a local call
        r2 = twice ll
        goto start
      done:
        gotol start
        exit
      twice:
        exit
      """
    )
    #expect(
      program == [
        .loadImmediate(.r1, .value(1)), .branch(.eq, .doubleWord, .r1, .immediate(0), offset: 5),
        .mayGoto(offset: 4), .call(.local(offset: 5)), .loadImmediate(.r2, .function(offset: 4)),
        .jump(offset: -8), .jumpLong(offset: -9), .exit, .exit,
      ]
    )
  }

  @Test func `an excerpt of a verifier log is read as it stands`() throws {
    let program = try Assembler.assemble(
      """
      ; int drop(struct xdp_md *ctx) @ drop.c:3
      7: (18) r1 = 0x5                      ; R1_w=5
      9: (b7) r0 = 2                        ; R0_w=2
      10: (85) call bpf_map_lookup_elem#1   ; R0_w=scalar()

      11: (95) exit
      """
    )
    #expect(
      program == [
        .loadImmediate(.r1, .value(5)), .alu(.mov, .doubleWord, .r0, .immediate(2)), .call(.helper(1)), .exit,
      ]
    )
  }

  @Test func `helpers are called by name or by name and number`() throws {
    let program = try Assembler.assemble("call bpf_map_lookup_elem\ncall bpf_redirect_map#51")
    #expect(program == [.call(.helper(1)), .call(.helper(51))])
  }

  @Test func `an empty text is an empty program`() throws {
    #expect(try Assembler.assemble("").isEmpty)
    #expect(try Assembler.assemble("\n  // nothing\n\r\n").isEmpty)
  }

  @Test func `line ends of Windows are line ends`() throws {
    #expect(
      try Assembler.assemble("r0 = 1\r\nexit\r\n") == [.alu(.mov, .doubleWord, .r0, .immediate(1)), .exit]
    )
  }
}
