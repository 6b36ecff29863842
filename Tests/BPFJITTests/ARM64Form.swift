@testable import BPFJIT

/// One instruction in the assembler's words and in everybody's, and what it is as a number.
struct ARM64Form: Sendable {
  var text: String
  var word: UInt32
  var write: @Sendable (inout ARM64Assembler) -> Void

  private init(_ text: String, _ word: UInt32, _ write: @escaping @Sendable (inout ARM64Assembler) -> Void) {
    self.text = text
    self.word = word
    self.write = write
  }

  /// Every form that the assembler knows, at the ends of what stands in it.
  static let all = [ARM64Form](arithmetic + moves + memory + atomics)

  private static let arithmetic: [ARM64Form] = [
    ARM64Form("add x3, x19, x30", 0x8B1E0263) { $0.arithmetic(.add, .doubleWord, .x3, .x19, .x30) },
    ARM64Form("add w0, w1, w2", 0x0B020020) { $0.arithmetic(.add, .word, .x0, .x1, .x2) },
    ARM64Form("sub x3, x19, x30", 0xCB1E0263) { $0.arithmetic(.sub, .doubleWord, .x3, .x19, .x30) },
    ARM64Form("sub w0, w1, w2", 0x4B020020) { $0.arithmetic(.sub, .word, .x0, .x1, .x2) },
    ARM64Form("and x3, x19, x30", 0x8A1E0263) { $0.arithmetic(.and, .doubleWord, .x3, .x19, .x30) },
    ARM64Form("and w0, w1, w2", 0x0A020020) { $0.arithmetic(.and, .word, .x0, .x1, .x2) },
    ARM64Form("orr x3, x19, x30", 0xAA1E0263) { $0.arithmetic(.or, .doubleWord, .x3, .x19, .x30) },
    ARM64Form("orr w0, w1, w2", 0x2A020020) { $0.arithmetic(.or, .word, .x0, .x1, .x2) },
    ARM64Form("eor x3, x19, x30", 0xCA1E0263) { $0.arithmetic(.xor, .doubleWord, .x3, .x19, .x30) },
    ARM64Form("eor w0, w1, w2", 0x4A020020) { $0.arithmetic(.xor, .word, .x0, .x1, .x2) },
    ARM64Form("add x5, x6, #4095", 0x913FFCC5) { $0.arithmetic(.add, .doubleWord, .x5, .x6, 4095) },
    ARM64Form("sub x5, x6, #4095", 0xD13FFCC5) { $0.arithmetic(.add, .doubleWord, .x5, .x6, -4095) },
    ARM64Form("add w5, w6, #4095, lsl #12", 0x117FFCC5) { $0.arithmetic(.add, .word, .x5, .x6, 0xFFF000) },
    ARM64Form("add x5, x6, #1", 0x910004C5) { $0.arithmetic(.sub, .doubleWord, .x5, .x6, -1) },
    ARM64Form("sub sp, sp, #16", 0xD10043FF) {
      $0.arithmetic(.sub, .doubleWord, .stackPointer, .stackPointer, 16)
    },
    ARM64Form("and x1, x2, #0xfffffffffffffff8", 0x927DF041) {
      $0.arithmetic(.and, .doubleWord, .x1, .x2, -8)
    },
    ARM64Form("and w1, w2, #0xfffffff8", 0x121D7041) { $0.arithmetic(.and, .word, .x1, .x2, -8) },
    ARM64Form("orr w1, w2, #0x55555555", 0x3200F041) { $0.arithmetic(.or, .word, .x1, .x2, 0x5555_5555) },
    ARM64Form("eor x1, x2, #0x7fffffff", 0xD2407841) { $0.arithmetic(.xor, .doubleWord, .x1, .x2, .max) },
    ARM64Form("eor x1, x2, #0xffffffff80000000", 0xD2618041) {
      $0.arithmetic(.xor, .doubleWord, .x1, .x2, .min)
    },
    ARM64Form("cmp x9, x10", 0xEB0A013F) { $0.compare(.doubleWord, .x9, .x10) },
    ARM64Form("cmp w9, w10", 0x6B0A013F) { $0.compare(.word, .x9, .x10) },
    ARM64Form("cmp x9, #4095", 0xF13FFD3F) { $0.compare(.doubleWord, .x9, 4095) },
    ARM64Form("cmn w9, #4095", 0x313FFD3F) { $0.compare(.word, .x9, -4095) },
    ARM64Form("tst x9, x10", 0xEA0A013F) { $0.test(.doubleWord, .x9, .x10) },
    ARM64Form("tst w9, #0x80000000", 0x7201013F) { $0.test(.word, .x9, .min) },
    ARM64Form("tst x9, #0xffffffff80000000", 0xF261813F) { $0.test(.doubleWord, .x9, .min) },
    ARM64Form("subs w9, w10, #1", 0x71000549) { $0.subtractSettingFlags(.word, .x9, .x10, 1) },
    ARM64Form("add x0, x9, x1, lsl #63", 0x8B01FD20) { $0.add(.x0, .x9, .x1, shifted: 63) },
    ARM64Form("mvn x4, x5", 0xAA2503E4) { $0.complement(.doubleWord, .x4, .x5) },
    ARM64Form("mvn w4, w5", 0x2A2503E4) { $0.complement(.word, .x4, .x5) },
    ARM64Form("madd x1, x2, x3, x4", 0x9B031041) { $0.multiplyAdd(.doubleWord, .x1, .x2, .x3, .x4) },
    ARM64Form("mul w1, w2, w3", 0x1B037C41) { $0.multiplyAdd(.word, .x1, .x2, .x3, .zero) },
    ARM64Form("msub x1, x2, x3, x4", 0x9B039041) { $0.multiplySubtract(.doubleWord, .x1, .x2, .x3, .x4) },
    ARM64Form("udiv x1, x2, x3", 0x9AC30841) { $0.divide(isSigned: false, .doubleWord, .x1, .x2, .x3) },
    ARM64Form("sdiv w1, w2, w3", 0x1AC30C41) { $0.divide(isSigned: true, .word, .x1, .x2, .x3) },
    ARM64Form("lsl x1, x2, x3", 0x9AC32041) { $0.shift(.left, .doubleWord, .x1, .x2, by: .x3) },
    ARM64Form("lsl w1, w2, w3", 0x1AC32041) { $0.shift(.left, .word, .x1, .x2, by: .x3) },
    ARM64Form("lsl x1, x2, #1", 0xD37FF841) { $0.shift(.left, .doubleWord, .x1, .x2, by: 1) },
    ARM64Form("lsl x1, x2, #63", 0xD3410041) { $0.shift(.left, .doubleWord, .x1, .x2, by: 63) },
    ARM64Form("lsl w1, w2, #0", 0x53007C41) { $0.shift(.left, .word, .x1, .x2, by: 0) },
    ARM64Form("lsl w1, w2, #1", 0x531F7841) { $0.shift(.left, .word, .x1, .x2, by: 1) },
    ARM64Form("lsl w1, w2, #31", 0x53010041) { $0.shift(.left, .word, .x1, .x2, by: 31) },
    ARM64Form("lsr x1, x2, x3", 0x9AC32441) { $0.shift(.right, .doubleWord, .x1, .x2, by: .x3) },
    ARM64Form("lsr w1, w2, w3", 0x1AC32441) { $0.shift(.right, .word, .x1, .x2, by: .x3) },
    ARM64Form("lsr x1, x2, #1", 0xD341FC41) { $0.shift(.right, .doubleWord, .x1, .x2, by: 1) },
    ARM64Form("lsr x1, x2, #63", 0xD37FFC41) { $0.shift(.right, .doubleWord, .x1, .x2, by: 63) },
    ARM64Form("lsr w1, w2, #0", 0x53007C41) { $0.shift(.right, .word, .x1, .x2, by: 0) },
    ARM64Form("lsr w1, w2, #1", 0x53017C41) { $0.shift(.right, .word, .x1, .x2, by: 1) },
    ARM64Form("lsr w1, w2, #31", 0x531F7C41) { $0.shift(.right, .word, .x1, .x2, by: 31) },
    ARM64Form("asr x1, x2, x3", 0x9AC32841) { $0.shift(.arithmeticRight, .doubleWord, .x1, .x2, by: .x3) },
    ARM64Form("asr w1, w2, w3", 0x1AC32841) { $0.shift(.arithmeticRight, .word, .x1, .x2, by: .x3) },
    ARM64Form("asr x1, x2, #1", 0x9341FC41) { $0.shift(.arithmeticRight, .doubleWord, .x1, .x2, by: 1) },
    ARM64Form("asr x1, x2, #63", 0x937FFC41) { $0.shift(.arithmeticRight, .doubleWord, .x1, .x2, by: 63) },
    ARM64Form("asr w1, w2, #0", 0x13007C41) { $0.shift(.arithmeticRight, .word, .x1, .x2, by: 0) },
    ARM64Form("asr w1, w2, #1", 0x13017C41) { $0.shift(.arithmeticRight, .word, .x1, .x2, by: 1) },
    ARM64Form("asr w1, w2, #31", 0x131F7C41) { $0.shift(.arithmeticRight, .word, .x1, .x2, by: 31) },
    ARM64Form("rev w7, w8", 0x5AC00907) { $0.swapBytes(.word, .x7, .x8) },
    ARM64Form("rev x7, x8", 0xDAC00D07) { $0.swapBytes(.doubleWord, .x7, .x8) },
    ARM64Form("rev16 w7, w8", 0x5AC00507) { $0.swapBytesInHalves(.x7, .x8) },
    ARM64Form("csel x0, x1, xzr, lo", 0x9A9F3020) {
      $0.select(.doubleWord, .x0, .x1, if: .below, else: .zero)
    },
    ARM64Form("csel w0, w1, w2, ls", 0x1A829020) { $0.select(.word, .x0, .x1, if: .belowOrEqual, else: .x2) },
    ARM64Form("add x1, sp, #48", 0x9100C3E1) { $0.loadAddress(.x1, ARM64Memory(.stackPointer, 48)) },
  ]

  private static let moves: [ARM64Form] = [
    ARM64Form("mov x1, x2", 0xAA0203E1) { $0.move(.doubleWord, .x1, .x2) },
    ARM64Form("mov w1, w2", 0x2A0203E1) { $0.move(.word, .x1, .x2) },
    ARM64Form("mov x29, sp", 0x910003FD) { $0.moveStackPointer(.x29, .stackPointer) },
    ARM64Form("mov sp, x9", 0x9100013F) { $0.moveStackPointer(.stackPointer, .x9) },
    ARM64Form("ubfx x1, x2, #0, #1", 0xD3400041) { $0.extend(isSigned: false, .x1, .x2, bitCount: 1) },
    ARM64Form("sbfx x1, x2, #0, #63", 0x9340F841) { $0.extend(isSigned: true, .x1, .x2, bitCount: 63) },
    ARM64Form("uxtb w1, w2", 0x53001C41) { $0.moveExtendingZero(.byte, .x1, .x2) },
    ARM64Form("uxth w1, w2", 0x53003C41) { $0.moveExtendingZero(.half, .x1, .x2) },
    ARM64Form("sxtb x1, w2", 0x93401C41) { $0.moveExtendingSign(.byte, .doubleWord, .x1, .x2) },
    ARM64Form("sxtb w1, w2", 0x13001C41) { $0.moveExtendingSign(.byte, .word, .x1, .x2) },
    ARM64Form("sxth x1, w2", 0x93403C41) { $0.moveExtendingSign(.half, .doubleWord, .x1, .x2) },
    ARM64Form("sxth w1, w2", 0x13003C41) { $0.moveExtendingSign(.half, .word, .x1, .x2) },
    ARM64Form("sxtw x1, w2", 0x93407C41) { $0.moveExtendingSign(.word, .doubleWord, .x1, .x2) },
    ARM64Form("mov w1, w2", 0x2A0203E1) { $0.moveExtendingSign(.word, .word, .x1, .x2) },
    ARM64Form("mov w1, #0", 0x52800001) { $0.move(.x1, 0) },
    ARM64Form("mov w1, #65535", 0x529FFFE1) { $0.move(.x1, 0xFFFF) },
    ARM64Form("mov w1, #-1", 0x12800001) { $0.move(.x1, 0xFFFF_FFFF) },
    ARM64Form("mov w1, #0x1234ffff", 0x12BDB961) { $0.move(.x1, 0x1234_FFFF) },
    ARM64Form("mov w1, #0xabcd0000", 0x52B579A1) { $0.move(.x1, 0xABCD_0000) },
    ARM64Form("mov x1, #-1", 0x92800001) { $0.move(.x1, ~0) },
    ARM64Form("mov x1, #0xffffffffffff1234", 0x929DB961) { $0.move(.x1, 0xFFFF_FFFF_FFFF_1234) },
    ARM64Form("mov x1, #0x1234000000000000", 0xD2E24681) { $0.move(.x1, 0x1234_0000_0000_0000) },
    ARM64Form("mov x1, #0x1234ffffffffffff", 0x92FDB961) { $0.move(.x1, 0x1234_FFFF_FFFF_FFFF) },
    ARM64Form("orr x1, xzr, #0xffffffff0000000", 0xB2647FE1) { $0.move(.x1, 0x0FFF_FFFF_F000_0000) },
    ARM64Form("orr w1, wzr, #0x33333333", 0x3200E7E1) { $0.move(.x1, 0x3333_3333) },
    ARM64Form("orr x1, xzr, #0x3333333333333333", 0xB200E7E1) { $0.move(.x1, 0x3333_3333_3333_3333) },
    ARM64Form("orr x1, xzr, #0x8000000000000001", 0xB24107E1) { $0.move(.x1, 0x8000_0000_0000_0001) },
    ARM64Form("blr x16", 0xD63F0200) { $0.call(ARM64Register.x16) },
    ARM64Form("br x16", 0xD61F0200) { $0.branch(to: ARM64Register.x16) },
    ARM64Form("ret", 0xD65F03C0) { $0.ret() },
  ]

  private static let memory: [ARM64Form] = [
    ARM64Form("ldrb w1, [x2, #0]", 0x39400041) { $0.load(.byte, .x1, ARM64Memory(.x2, 0)) },
    ARM64Form("strb w1, [x2, #0]", 0x39000041) { $0.store(.byte, .x1, ARM64Memory(.x2, 0)) },
    ARM64Form("ldrb w1, [x2, #4095]", 0x397FFC41) { $0.load(.byte, .x1, ARM64Memory(.x2, 4095)) },
    ARM64Form("strb w1, [x2, #4095]", 0x393FFC41) { $0.store(.byte, .x1, ARM64Memory(.x2, 4095)) },
    ARM64Form("ldurb w1, [x2, #-1]", 0x385FF041) { $0.load(.byte, .x1, ARM64Memory(.x2, -1)) },
    ARM64Form("sturb w1, [x2, #-1]", 0x381FF041) { $0.store(.byte, .x1, ARM64Memory(.x2, -1)) },
    ARM64Form("ldurb w1, [x2, #-256]", 0x38500041) { $0.load(.byte, .x1, ARM64Memory(.x2, -256)) },
    ARM64Form("sturb w1, [x2, #-256]", 0x38100041) { $0.store(.byte, .x1, ARM64Memory(.x2, -256)) },
    ARM64Form("ldrsb x1, [sp, #4095]", 0x39BFFFE1) {
      $0.loadExtendingSign(.byte, .x1, ARM64Memory(.stackPointer, 4095))
    },
    ARM64Form("ldursb x1, [x2, #-256]", 0x38900041) {
      $0.loadExtendingSign(.byte, .x1, ARM64Memory(.x2, -256))
    },
    ARM64Form("ldrh w1, [x2, #0]", 0x79400041) { $0.load(.half, .x1, ARM64Memory(.x2, 0)) },
    ARM64Form("strh w1, [x2, #0]", 0x79000041) { $0.store(.half, .x1, ARM64Memory(.x2, 0)) },
    ARM64Form("ldrh w1, [x2, #8190]", 0x797FFC41) { $0.load(.half, .x1, ARM64Memory(.x2, 8190)) },
    ARM64Form("strh w1, [x2, #8190]", 0x793FFC41) { $0.store(.half, .x1, ARM64Memory(.x2, 8190)) },
    ARM64Form("ldurh w1, [x2, #-1]", 0x785FF041) { $0.load(.half, .x1, ARM64Memory(.x2, -1)) },
    ARM64Form("sturh w1, [x2, #-1]", 0x781FF041) { $0.store(.half, .x1, ARM64Memory(.x2, -1)) },
    ARM64Form("ldurh w1, [x2, #-256]", 0x78500041) { $0.load(.half, .x1, ARM64Memory(.x2, -256)) },
    ARM64Form("sturh w1, [x2, #-256]", 0x78100041) { $0.store(.half, .x1, ARM64Memory(.x2, -256)) },
    ARM64Form("ldurh w1, [x2, #255]", 0x784FF041) { $0.load(.half, .x1, ARM64Memory(.x2, 255)) },
    ARM64Form("sturh w1, [x2, #255]", 0x780FF041) { $0.store(.half, .x1, ARM64Memory(.x2, 255)) },
    ARM64Form("ldrsh x1, [sp, #8190]", 0x79BFFFE1) {
      $0.loadExtendingSign(.half, .x1, ARM64Memory(.stackPointer, 8190))
    },
    ARM64Form("ldursh x1, [x2, #-256]", 0x78900041) {
      $0.loadExtendingSign(.half, .x1, ARM64Memory(.x2, -256))
    },
    ARM64Form("ldr w1, [x2, #0]", 0xB9400041) { $0.load(.word, .x1, ARM64Memory(.x2, 0)) },
    ARM64Form("str w1, [x2, #0]", 0xB9000041) { $0.store(.word, .x1, ARM64Memory(.x2, 0)) },
    ARM64Form("ldr w1, [x2, #16380]", 0xB97FFC41) { $0.load(.word, .x1, ARM64Memory(.x2, 16380)) },
    ARM64Form("str w1, [x2, #16380]", 0xB93FFC41) { $0.store(.word, .x1, ARM64Memory(.x2, 16380)) },
    ARM64Form("ldur w1, [x2, #-1]", 0xB85FF041) { $0.load(.word, .x1, ARM64Memory(.x2, -1)) },
    ARM64Form("stur w1, [x2, #-1]", 0xB81FF041) { $0.store(.word, .x1, ARM64Memory(.x2, -1)) },
    ARM64Form("ldur w1, [x2, #-256]", 0xB8500041) { $0.load(.word, .x1, ARM64Memory(.x2, -256)) },
    ARM64Form("stur w1, [x2, #-256]", 0xB8100041) { $0.store(.word, .x1, ARM64Memory(.x2, -256)) },
    ARM64Form("ldur w1, [x2, #255]", 0xB84FF041) { $0.load(.word, .x1, ARM64Memory(.x2, 255)) },
    ARM64Form("stur w1, [x2, #255]", 0xB80FF041) { $0.store(.word, .x1, ARM64Memory(.x2, 255)) },
    ARM64Form("ldrsw x1, [sp, #16380]", 0xB9BFFFE1) {
      $0.loadExtendingSign(.word, .x1, ARM64Memory(.stackPointer, 16380))
    },
    ARM64Form("ldursw x1, [x2, #-256]", 0xB8900041) {
      $0.loadExtendingSign(.word, .x1, ARM64Memory(.x2, -256))
    },
    ARM64Form("ldr x1, [x2, #0]", 0xF9400041) { $0.load(.doubleWord, .x1, ARM64Memory(.x2, 0)) },
    ARM64Form("str x1, [x2, #0]", 0xF9000041) { $0.store(.doubleWord, .x1, ARM64Memory(.x2, 0)) },
    ARM64Form("ldr x1, [x2, #32760]", 0xF97FFC41) { $0.load(.doubleWord, .x1, ARM64Memory(.x2, 32760)) },
    ARM64Form("str x1, [x2, #32760]", 0xF93FFC41) { $0.store(.doubleWord, .x1, ARM64Memory(.x2, 32760)) },
    ARM64Form("ldur x1, [x2, #-1]", 0xF85FF041) { $0.load(.doubleWord, .x1, ARM64Memory(.x2, -1)) },
    ARM64Form("stur x1, [x2, #-1]", 0xF81FF041) { $0.store(.doubleWord, .x1, ARM64Memory(.x2, -1)) },
    ARM64Form("ldur x1, [x2, #-256]", 0xF8500041) { $0.load(.doubleWord, .x1, ARM64Memory(.x2, -256)) },
    ARM64Form("stur x1, [x2, #-256]", 0xF8100041) { $0.store(.doubleWord, .x1, ARM64Memory(.x2, -256)) },
    ARM64Form("ldur x1, [x2, #255]", 0xF84FF041) { $0.load(.doubleWord, .x1, ARM64Memory(.x2, 255)) },
    ARM64Form("stur x1, [x2, #255]", 0xF80FF041) { $0.store(.doubleWord, .x1, ARM64Memory(.x2, 255)) },
    ARM64Form("strb w1, [x2, x3]", 0x38236841) { $0.store(.byte, .x1, .x2, index: .x3) },
    ARM64Form("str w1, [x2, x3, lsl #2]", 0xB8237841) { $0.store(.word, .x1, .x2, index: .x3) },
    ARM64Form("str xzr, [x2]", 0xF900005F) { $0.store(.doubleWord, .zero, ARM64Memory(.x2)) },
    ARM64Form("prfm pldl1keep, [x9]", 0xF9800120) { $0.prefetch(ARM64Memory(.x9)) },
    ARM64Form("stp x29, x30, [sp, #-16]!", 0xA9BF7BFD) { $0.push(.x29, .x30) },
    ARM64Form("stp x19, xzr, [sp, #-16]!", 0xA9BF7FF3) { $0.push(.x19, .zero) },
    ARM64Form("ldp x29, x30, [sp], #16", 0xA8C17BFD) { $0.pop(.x29, .x30) },
  ]

  private static let atomics: [ARM64Form] = [
    ARM64Form("ldarb w1, [x2]", 0x08DFFC41) { $0.loadAcquire(.byte, .x1, .x2) },
    ARM64Form("stlrb w1, [x2]", 0x089FFC41) { $0.storeRelease(.byte, .x1, .x2) },
    ARM64Form("ldarh w1, [x2]", 0x48DFFC41) { $0.loadAcquire(.half, .x1, .x2) },
    ARM64Form("stlrh w1, [x2]", 0x489FFC41) { $0.storeRelease(.half, .x1, .x2) },
    ARM64Form("ldar w1, [x2]", 0x88DFFC41) { $0.loadAcquire(.word, .x1, .x2) },
    ARM64Form("stlr w1, [x2]", 0x889FFC41) { $0.storeRelease(.word, .x1, .x2) },
    ARM64Form("ldar x1, [x2]", 0xC8DFFC41) { $0.loadAcquire(.doubleWord, .x1, .x2) },
    ARM64Form("stlr x1, [x2]", 0xC89FFC41) { $0.storeRelease(.doubleWord, .x1, .x2) },
    ARM64Form("dmb ish", 0xD5033BBF) { $0.barrier() },
    ARM64Form("ldxr w1, [x2]", 0x885F7C41) { $0.loadExclusive(.word, .x1, .x2) },
    ARM64Form("stxr w3, w1, [x2]", 0x88037C41) {
      $0.storeExclusive(isRelease: false, .word, failed: .x3, .x1, .x2)
    },
    ARM64Form("stlxr w3, w1, [x2]", 0x8803FC41) {
      $0.storeExclusive(isRelease: true, .word, failed: .x3, .x1, .x2)
    },
    ARM64Form("ldaddal w1, w2, [x3]", 0xB8E10062) {
      $0.atomic(.add, isOrdered: true, .word, .x1, old: .x2, .x3)
    },
    ARM64Form("stadd w1, [x3]", 0xB821007F) {
      $0.atomic(.add, isOrdered: false, .word, .x1, old: .zero, .x3)
    },
    ARM64Form("ldclral w1, w2, [x3]", 0xB8E11062) {
      $0.atomic(.clear, isOrdered: true, .word, .x1, old: .x2, .x3)
    },
    ARM64Form("stclr w1, [x3]", 0xB821107F) {
      $0.atomic(.clear, isOrdered: false, .word, .x1, old: .zero, .x3)
    },
    ARM64Form("ldeoral w1, w2, [x3]", 0xB8E12062) {
      $0.atomic(.xor, isOrdered: true, .word, .x1, old: .x2, .x3)
    },
    ARM64Form("steor w1, [x3]", 0xB821207F) {
      $0.atomic(.xor, isOrdered: false, .word, .x1, old: .zero, .x3)
    },
    ARM64Form("ldsetal w1, w2, [x3]", 0xB8E13062) {
      $0.atomic(.or, isOrdered: true, .word, .x1, old: .x2, .x3)
    },
    ARM64Form("stset w1, [x3]", 0xB821307F) { $0.atomic(.or, isOrdered: false, .word, .x1, old: .zero, .x3) },
    ARM64Form("swpal w1, w2, [x3]", 0xB8E18062) { $0.atomicExchange(.word, .x1, old: .x2, .x3) },
    ARM64Form("casal w1, w2, [x3]", 0x88E1FC62) { $0.atomicCompareExchange(.word, expected: .x1, .x2, .x3) },
    ARM64Form("ldxr x1, [x2]", 0xC85F7C41) { $0.loadExclusive(.doubleWord, .x1, .x2) },
    ARM64Form("stxr w3, x1, [x2]", 0xC8037C41) {
      $0.storeExclusive(isRelease: false, .doubleWord, failed: .x3, .x1, .x2)
    },
    ARM64Form("stlxr w3, x1, [x2]", 0xC803FC41) {
      $0.storeExclusive(isRelease: true, .doubleWord, failed: .x3, .x1, .x2)
    },
    ARM64Form("ldaddal x1, x2, [x3]", 0xF8E10062) {
      $0.atomic(.add, isOrdered: true, .doubleWord, .x1, old: .x2, .x3)
    },
    ARM64Form("stadd x1, [x3]", 0xF821007F) {
      $0.atomic(.add, isOrdered: false, .doubleWord, .x1, old: .zero, .x3)
    },
    ARM64Form("ldclral x1, x2, [x3]", 0xF8E11062) {
      $0.atomic(.clear, isOrdered: true, .doubleWord, .x1, old: .x2, .x3)
    },
    ARM64Form("stclr x1, [x3]", 0xF821107F) {
      $0.atomic(.clear, isOrdered: false, .doubleWord, .x1, old: .zero, .x3)
    },
    ARM64Form("ldeoral x1, x2, [x3]", 0xF8E12062) {
      $0.atomic(.xor, isOrdered: true, .doubleWord, .x1, old: .x2, .x3)
    },
    ARM64Form("steor x1, [x3]", 0xF821207F) {
      $0.atomic(.xor, isOrdered: false, .doubleWord, .x1, old: .zero, .x3)
    },
    ARM64Form("ldsetal x1, x2, [x3]", 0xF8E13062) {
      $0.atomic(.or, isOrdered: true, .doubleWord, .x1, old: .x2, .x3)
    },
    ARM64Form("stset x1, [x3]", 0xF821307F) {
      $0.atomic(.or, isOrdered: false, .doubleWord, .x1, old: .zero, .x3)
    },
    ARM64Form("swpal x1, x2, [x3]", 0xF8E18062) { $0.atomicExchange(.doubleWord, .x1, old: .x2, .x3) },
    ARM64Form("casal x1, x2, [x3]", 0xC8E1FC62) {
      $0.atomicCompareExchange(.doubleWord, expected: .x1, .x2, .x3)
    },
  ]
}
