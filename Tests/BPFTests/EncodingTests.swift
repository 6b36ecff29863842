import BPF
import TestSupport
import Testing

@Suite struct `Instruction encoding` {
  @Test func `decoding gives back every instruction that was encoded`() throws {
    for instruction in InstructionSamples.everyForm {
      let slots = instruction.encodedSlots()
      #expect(slots.count == instruction.slotCount)
      #expect(try Instruction.decode(slots) == [instruction])
    }
  }

  @Test func `a whole program survives encoding and decoding`() throws {
    let bytes = InstructionSamples.everyForm.encoded()
    #expect(bytes.count == 8 * InstructionSamples.everyForm.reduce(0) { $0 + $1.slotCount })
    #expect(try Instruction.decode(bytes: bytes) == InstructionSamples.everyForm)
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `random slots are refused or encode to the same bytes again`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    var accepted = 0
    for _ in 0..<40_000 {
      let slots = randomSlots(&random)
      guard let instructions = try? Instruction.decode(slots) else { continue }
      accepted += 1
      if instructions.encodedSlots() != slots {
        Issue.record("\(slots) decodes to \(instructions), which encodes to \(instructions.encodedSlots())")
        return
      }
    }
    #expect(accepted > 4_000)
  }

  /// One slot, or two for a 64-bit immediate; fields are small or zero more often than chance, so that many are valid.
  private func randomSlots(_ random: inout SplitMix) -> [EncodedInstruction] {
    let offsets: [Int16] = [0, 0, 0, 1, 8, 16, 32, .random(in: .min ... .max, using: &random)]
    let atomic = Int32(truncatingIfNeeded: random.next() & 0x1f1)
    let immediates: [Int32] = [0, 0, 0, 1, 16, 32, 64, atomic, .random(in: .min ... .max, using: &random)]
    let source: UInt8 = Bool.random(using: &random) ? 0 : .random(in: 0...15, using: &random)
    let first = EncodedInstruction(
      opcode: .random(in: .min ... .max, using: &random),
      destination: Bool.random(using: &random) ? 0 : .random(in: 0...15, using: &random),
      source: source,
      offset: offsets.randomElement(using: &random) ?? 0,
      immediate: immediates.randomElement(using: &random) ?? 0
    )
    guard first.opcode == 0x18 else { return [first] }
    let high = immediates.randomElement(using: &random) ?? 0
    return [first, EncodedInstruction(opcode: 0, immediate: high)]
  }

  @Test(arguments: InstructionSamples.unencodable)
  func `an instruction without an encoding gives a slot that decoding refuses`(instruction: Instruction) {
    #expect(throws: DecodingError.self) { try Instruction.decode(instruction.encodedSlots()) }
  }

  /// Bytes that clang 21 wrote for the instruction beside them.
  static let fromClang: [(bits: UInt64, instruction: Instruction)] = [
    (0x0000_0000_0000_038d, .call(.register(.r3))),
    (0x0000_0000_0003_00e5, .mayGoto(offset: 3)),
    (0x0000_0005_0000_0006, .jumpLong(offset: 5)),
    (0x0000_0000_0008_21bc, .moveSignExtending(.byte, .word, .r1, from: .r2)),
    (0x0000_0000_0020_21bf, .moveSignExtending(.word, .doubleWord, .r1, from: .r2)),
    (0x0000_0020_0000_01d7, .swap(.always, .word, .r1)),
    (0x0000_0010_0000_01dc, .swap(.toBigEndian, .half, .r1)),
    (0x0000_0040_0000_01d4, .swap(.toLittleEndian, .doubleWord, .r1)),
    (0x0000_0000_0001_213f, .alu(.sdiv, .doubleWord, .r1, .register(.r2))),
    (0x0000_0003_0001_0194, .alu(.smod, .word, .r1, .immediate(3))),
    (0x0000_0000_0004_2189, .loadSignExtending(.half, .r1, from: Address(.r2, 4))),
    (0xffff_fffd_0004_0162, .store(.word, .immediate(-3), to: Address(.r1, 4))),
    (0x0000_0000_0000_0187, .negate(.doubleWord, .r1)),
    (0x0000_0000_0000_0184, .negate(.word, .r1)),
    (0x0000_0000_0000_21db, .atomic(.add(fetch: false), .doubleWord, .r2, at: Address(.r1))),
    (0x0000_0040_0000_21c3, .atomic(.or(fetch: false), .word, .r2, at: Address(.r1))),
    (0x0000_0001_0000_12db, .atomic(.add(fetch: true), .doubleWord, .r1, at: Address(.r2))),
    (0x0000_00a1_0000_12c3, .atomic(.xor(fetch: true), .word, .r1, at: Address(.r2))),
    (0x0000_00e1_0000_12db, .atomic(.exchange, .doubleWord, .r1, at: Address(.r2))),
    (0x0000_00f1_0000_12c3, .atomic(.compareExchange, .word, .r1, at: Address(.r2))),
    (0x0000_0005_0002_0145, .branch(.set, .doubleWord, .r1, .immediate(5), offset: 2)),
    (0xffff_ffff_0002_0166, .branch(.sgt, .word, .r1, .immediate(-1), offset: 2)),
    (0x0000_0005_0000_0085, .call(.helper(5))),
    (0x0000_000a_0000_1085, .call(.local(offset: 10))),
    (0x0000_0000_0003_0005, .jump(offset: 3)),
    (0x0000_0000_0001_215d, .branch(.ne, .doubleWord, .r1, .register(.r2), offset: 1)),
    (0x0000_0000_0000_0095, .exit),
  ]

  @Test(arguments: fromClang)
  func `bytes that clang wrote decode to the instruction it was given`(
    bits: UInt64,
    instruction: Instruction
  ) throws {
    #expect(try Instruction(decoding: EncodedInstruction(bits: bits)) == instruction)
  }

  @Test func `a 64-bit immediate is split into its halves`() throws {
    let bytes = [Instruction.loadImmediate(.r1, .value(0x1122_3344_5566_7788))].encoded()
    #expect(bytes == [0x18, 1, 0, 0, 0x88, 0x77, 0x66, 0x55, 0, 0, 0, 0, 0x44, 0x33, 0x22, 0x11])
  }
}

@Suite struct `Refused encodings` {
  typealias Reason = DecodingError.Reason

  /// A slot after a harmless one, and why it is refused.
  static let slots: [(EncodedInstruction, Reason)] = [
    (.init(opcode: 0x04, offset: 2), .reservedField(.offset, value: 2, instruction: "add")),
    (.init(opcode: 0x04, source: 3), .reservedField(.source, value: 3, instruction: "add")),
    (.init(opcode: 0x0f, immediate: 1), .reservedField(.immediate, value: 1, instruction: "add")),
    (.init(opcode: 0x0f, offset: 1), .reservedField(.offset, value: 1, instruction: "add")),
    (.init(opcode: 0x3f, offset: 2), .reservedField(.offset, value: 2, instruction: "div")),
    (.init(opcode: 0x87, immediate: 1), .reservedField(.immediate, value: 1, instruction: "neg")),
    (.init(opcode: 0x84, source: 1), .reservedField(.source, value: 1, instruction: "neg")),
    (.init(opcode: 0x84, offset: -1), .reservedField(.offset, value: -1, instruction: "neg")),
    (.init(opcode: 0x8f), .unknownOpcode(0x8f)),
    (.init(opcode: 0xd4, immediate: 8), .reservedField(.immediate, value: 8, instruction: "a byte swap")),
    (
      .init(opcode: 0xd4, source: 1, immediate: 16),
      .reservedField(.source, value: 1, instruction: "a byte swap")
    ),
    (.init(opcode: 0xdf, immediate: 16), .unknownOpcode(0xdf)),
    (.init(opcode: 0xe7), .unknownOpcode(0xe7)),
    (.init(opcode: 0xb7, offset: 8), .reservedField(.offset, value: 8, instruction: "mov")),
    (.init(opcode: 0xbf, offset: 4), .reservedField(.offset, value: 4, instruction: "mov")),
    (.init(opcode: 0xbc, offset: 32), .reservedField(.offset, value: 32, instruction: "mov")),
    (
      .init(opcode: 0xbf, offset: 8, immediate: 1), .reservedField(.immediate, value: 1, instruction: "movsx")
    ),
    (
      .init(opcode: 0xbf, offset: 1, immediate: 2),
      .reservedField(.immediate, value: 2, instruction: "addr_space_cast")
    ),
    (.init(opcode: 0xb7, destination: 11), .badRegister(.destination, number: 11)),
    (.init(opcode: 0xbf, source: 15), .badRegister(.source, number: 15)),
    (.init(opcode: 0x61, immediate: 1), .reservedField(.immediate, value: 1, instruction: "a load")),
    (
      .init(opcode: 0x81, immediate: 1),
      .reservedField(.immediate, value: 1, instruction: "a sign-extending load")
    ),
    (.init(opcode: 0x99), .unknownOpcode(0x99)),
    (.init(opcode: 0x63, immediate: 1), .reservedField(.immediate, value: 1, instruction: "a store")),
    (
      .init(opcode: 0x62, source: 1),
      .reservedField(.source, value: 1, instruction: "a store of an immediate")
    ),
    (.init(opcode: 0xc2), .unknownOpcode(0xc2)),
    (.init(opcode: 0xc3, immediate: 0x10), .unknownAtomicOperation(0x10)),
    (.init(opcode: 0xc3, immediate: 0xe0), .unknownAtomicOperation(0xe0)),
    (.init(opcode: 0xd3, immediate: 0), .badAtomicSize(byteCount: 1)),
    (.init(opcode: 0xcb, immediate: 1), .badAtomicSize(byteCount: 2)),
    (.init(opcode: 0x05, immediate: 1), .reservedField(.immediate, value: 1, instruction: "goto")),
    (.init(opcode: 0x05, destination: 1), .reservedField(.destination, value: 1, instruction: "goto")),
    (.init(opcode: 0x06, offset: 1), .reservedField(.offset, value: 1, instruction: "gotol")),
    (.init(opcode: 0x0d), .unknownOpcode(0x0d)),
    (.init(opcode: 0x15, source: 1), .reservedField(.source, value: 1, instruction: "a conditional jump")),
    (
      .init(opcode: 0x1d, immediate: 1),
      .reservedField(.immediate, value: 1, instruction: "a conditional jump")
    ),
    (.init(opcode: 0xe5, source: 1), .reservedField(.source, value: 1, instruction: "may_goto")),
    (.init(opcode: 0xe5, immediate: 1), .reservedField(.immediate, value: 1, instruction: "may_goto")),
    (.init(opcode: 0xe6), .unknownOpcode(0xe6)),
    (.init(opcode: 0xf5), .unknownOpcode(0xf5)),
    (.init(opcode: 0x85, source: 3), .unknownCallKind(3)),
    (.init(opcode: 0x85, destination: 1), .reservedField(.destination, value: 1, instruction: "call")),
    (.init(opcode: 0x85, offset: 1), .reservedField(.offset, value: 1, instruction: "call")),
    (.init(opcode: 0x85, source: 1, offset: 1), .reservedField(.offset, value: 1, instruction: "call")),
    (.init(opcode: 0x86), .unknownOpcode(0x86)),
    (.init(opcode: 0x8d, immediate: 3), .reservedField(.immediate, value: 3, instruction: "callx")),
    (.init(opcode: 0x8d, destination: 12), .badRegister(.destination, number: 12)),
    (.init(opcode: 0x95, destination: 1), .reservedField(.destination, value: 1, instruction: "exit")),
    (.init(opcode: 0x95, immediate: 1), .reservedField(.immediate, value: 1, instruction: "exit")),
    (.init(opcode: 0x96), .unknownOpcode(0x96)),
    (.init(opcode: 0x00), .unknownOpcode(0x00)),
    (.init(opcode: 0x20), .legacyPacketLoad(name: "BPF_LD | BPF_ABS | BPF_W")),
    (.init(opcode: 0x28), .legacyPacketLoad(name: "BPF_LD | BPF_ABS | BPF_H")),
    (.init(opcode: 0x30), .legacyPacketLoad(name: "BPF_LD | BPF_ABS | BPF_B")),
    (.init(opcode: 0x40), .legacyPacketLoad(name: "BPF_LD | BPF_IND | BPF_W")),
    (.init(opcode: 0x48), .legacyPacketLoad(name: "BPF_LD | BPF_IND | BPF_H")),
    (.init(opcode: 0x50), .legacyPacketLoad(name: "BPF_LD | BPF_IND | BPF_B")),
    (.init(opcode: 0x18), .halfImmediate),
    (.init(opcode: 0x18, offset: 1), .reservedField(.offset, value: 1, instruction: "a 64-bit immediate")),
  ]

  @Test(arguments: slots)
  func `the error names the slot and the reason`(slot: EncodedInstruction, reason: Reason) {
    let error = #expect(throws: DecodingError.self) {
      try Instruction.decode([EncodedInstruction(opcode: 0x95), slot])
    }
    #expect(error == DecodingError(slot: 1, reason))
  }

  @Test(arguments: [
    (
      EncodedInstruction(opcode: 0x18, source: 7), EncodedInstruction(bits: 0), 0,
      Reason.unknownImmediateKind(7)
    ),
    (.init(opcode: 0x18), .init(bits: 1), 1, .badSecondSlot),
    (.init(opcode: 0x18), .init(opcode: 0, offset: 1), 1, .badSecondSlot),
    (.init(opcode: 0x18), .init(opcode: 0, source: 1), 1, .badSecondSlot),
    (
      .init(opcode: 0x18, source: 1), .init(opcode: 0, immediate: 5), 0,
      .reservedField(.nextImmediate, value: 5, instruction: "a map reference")
    ),
    (
      .init(opcode: 0x18, source: 4), .init(opcode: 0, immediate: 1), 0,
      .reservedField(.nextImmediate, value: 1, instruction: "a function's address")
    ),
    (.init(opcode: 0x18, destination: 13), .init(bits: 0), 0, .badRegister(.destination, number: 13)),
  ])
  func `a bad 64-bit immediate names the slot that is wrong`(
    first: EncodedInstruction,
    second: EncodedInstruction,
    slot: Int,
    reason: Reason
  ) {
    let error = #expect(throws: DecodingError.self) { try Instruction.decode([first, second]) }
    #expect(error == DecodingError(slot: slot, reason))
  }

  @Test(arguments: 1...7)
  func `a length that is no multiple of 8 is refused`(extra: Int) {
    let bytes = [Instruction.exit, .exit].encoded() + [UInt8](repeating: 0, count: extra)
    let error = #expect(throws: DecodingError.self) { try Instruction.decode(bytes: bytes) }
    #expect(error == DecodingError(slot: 2, .partialSlot(byteCount: extra)))
  }

  @Test func `no bytes are no instructions`() throws {
    let none: [UInt8] = []
    #expect(try Instruction.decode(bytes: none).isEmpty)
  }

  @Test func `a message says what to look at`() {
    let error = DecodingError(slot: 3, .reservedField(.immediate, value: 1, instruction: "a load"))
    #expect(error.description == "slot 3: a load cannot have imm = 1")
  }
}
