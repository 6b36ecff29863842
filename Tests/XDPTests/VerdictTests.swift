import BPF
import BPFRuntime
import Testing
import XDP

@Suite struct `Verdicts of the interpreter` {
  @Test(arguments: XDPAction.allCases)
  func `what a program returns is the action`(action: XDPAction) throws {
    let outcome = try runOnce(returning(Int32(action.rawValue)))
    #expect(outcome.action == action)
    #expect(outcome.returned == action.rawValue)
    #expect(outcome.redirect == nil)
    #expect(outcome.trap == nil)
    #expect(!outcome.isChanged)
  }

  @Test(arguments: [5, 100, -1, .min] as [Int32])
  func `a number that is no action aborts, and is reported`(value: Int32) throws {
    let outcome = try runOnce(returning(value))
    #expect(outcome.action == .aborted)
    #expect(outcome.returned == UInt32(bitPattern: value))
    #expect(outcome.trap == nil)
  }

  @Test func `only the low half of r0 counts`() throws {
    let program: [Instruction] = [.loadImmediate(.r0, .value(0xffff_ffff_0000_0002)), .exit]
    #expect(try runOnce(program).action == .pass)
  }

  @Test func `a trap is one packet's outcome, and the others go on`() throws {
    // Reads byte 20: traps on packets that are shorter.
    let interpreter = try engine([
      .load(.word, .r2, from: Address(.r1, 0)),
      .load(.byte, .r3, from: Address(.r2, 20)),
      .alu(.mov, .doubleWord, .r0, .immediate(2)),
      .exit,
    ])
    var batch = PacketBatch(pool: try FramePool(frameCount: 8))
    let added = fill(&batch, with: [64, 20, 21, 14].map { [UInt8](repeating: 9, count: $0) })
    #expect(added == 4)
    var worker = Worker()
    var verdicts = Verdicts()
    interpreter.run(&batch, verdicts: &verdicts, on: &worker)
    #expect((0..<4).map { verdicts[$0] } == [.pass, .aborted, .pass, .aborted])
    #expect(worker.traps.map(\.index) == [1, 3])
    #expect(worker.traps.allSatisfy { $0.trap.kind == .outOfBounds && $0.trap.slot == 1 })
    #expect(worker.runCount == 4)
    interpreter.run(&batch, verdicts: &verdicts, on: &worker)
    #expect(worker.traps.count == 2)
    #expect(worker.trapCount == 4)
  }
}

@Suite struct `The context of a program` {
  private func read(
    _ offset: Int16,
    _ size: Size = .word,
    as type: AttachType = .xdp
  ) throws -> PacketTest.Outcome {
    try runOnce(
      [.load(size, .r0, from: Address(.r1, offset)), .exit],
      on: PacketTest.Input([UInt8](repeating: 0, count: 64), ingressIfindex: 7, rxQueue: 3, egressIfindex: 9),
      attachType: type
    )
  }

  @Test func `says where the packet came in`() throws {
    #expect(try read(12).returned == 7)
    #expect(try read(16).returned == 3)
  }

  @Test func `says where the packet leaves, to a devmap's program only`() throws {
    #expect(try read(20, as: .devmap).returned == 9)
    #expect(try read(20, as: .xdp).trap != nil)
    #expect(try read(20, as: .cpumap).trap != nil)
  }

  @Test(
    arguments: [
      (12, .half), (14, .half), (12, .byte), (12, .doubleWord), (2, .word), (10, .word), (24, .word),
      (-4, .word),
    ] as [(Int16, Size)]
  )
  func `is read whole, at a field's place`(offset: Int16, size: Size) throws {
    #expect(try read(offset, size).trap?.kind != nil)
  }

  @Test(arguments: [0, 4, 8, 12, 16] as [Int16])
  func `is never written`(offset: Int16) throws {
    let outcome = try runOnce([.store(.word, .immediate(1), to: Address(.r1, offset))] + returning(2))
    #expect(outcome.trap?.slot == 0)
    #expect(outcome.action == .aborted)
  }

  @Test func `spans metadata and packet`() throws {
    // data - data_meta in the upper half, data_end - data in the lower.
    let program: [Instruction] = [
      .load(.word, .r2, from: Address(.r1, 0)), .load(.word, .r3, from: Address(.r1, 4)),
      .load(.word, .r4, from: Address(.r1, 8)),
      .alu(.sub, .doubleWord, .r3, .register(.r2)), .alu(.sub, .doubleWord, .r2, .register(.r4)),
      .alu(.lsh, .doubleWord, .r2, .immediate(16)), .alu(.mov, .doubleWord, .r0, .register(.r2)),
      .alu(.or, .doubleWord, .r0, .register(.r3)), .exit,
    ]
    let input = PacketTest.Input([UInt8](repeating: 0, count: 60), metadata: [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(try runOnce(program, on: input).returned == 8 << 16 | 60)
  }
}
