import BPF
import BPFVerifier
import Testing

/// What a proof tells engines.
@Suite struct `A verified program` {
  private static let environment = VerifierEnvironment(
    name: "test",
    contextFields: [
      ContextField("data", offset: 0, .packet),
      ContextField("data_end", offset: 4, .packetEnd),
    ],
    helpers: GeneralPrototypes.helpers(processorCount: 4),
    functions: [],
    processorCount: 4
  )

  private static func verified(
    _ text: String,
    maps: [MapDefinition] = [],
    functions: [Function] = []
  ) throws -> VerifiedProgram {
    let program = Program("f", try Assembler.assemble(text), functions: functions, maps: maps)
    return try Verifier(environment).verify(program)
  }

  @Test func `knows which bytes of what each instruction reaches`() throws {
    let map = MapDefinition(name: "m", type: .array, keySize: 4, valueSize: 64, maxEntries: 1)
    let verified = try Self.verified(
      """
      r2 = *(u32 *)(r1 +0)
      r3 = *(u32 *)(r1 +4)
      *(u32 *)(r10 -4) = 0
      r4 = r2
      r4 += 16
      if r4 > r3 goto out
      r5 = *(u16 *)(r2 +12)
      r5 &= 31
      r6 = r5
      r2 = r10
      r2 += -4
      r1 = map[idx:0]
      call 1
      if r0 == 0 goto out
      r0 += r6
      r7 = *(u8 *)(r0 +8)
      lock *(u32 *)(r10 -4) += r7
      out:
      r0 = 2
      exit
      """,
      maps: [map]
    )
    let expected: [Int: ProvenAccess.Place] = [
      0: .context, 1: .context, 2: .ownFrame, 6: .packet, 16: .mapValue(0), 17: .ownFrame,
    ]
    let bytes: [Int: ClosedRange<Int64>] = [
      0: 0...3, 1: 4...7, 2: -4 ... -1, 6: 12...13, 16: 8...39, 17: -4 ... -1,
    ]
    for slot in 0..<20 {
      #expect(verified.access(at: slot)?.place == expected[slot], "slot \(slot)")
      #expect(verified.access(at: slot)?.bytes == bytes[slot], "slot \(slot)")
    }
    #expect(verified.readsPacket)
    #expect(verified.helpers == [1])
    #expect(verified.processorCount == 4)
  }

  @Test func `joins what ways do differently`() throws {
    let verified = try Self.verified(
      """
      call 7
      r2 = r0
      *(u64 *)(r10 -8) = 0
      *(u64 *)(r10 -16) = 0
      r3 = r10
      r3 += -8
      if r2 == 0 goto low
      goto both
      low:
      r3 += -8
      both:
      r0 = *(u32 *)(r3 +4)
      exit
      """
    )
    #expect(verified.access(at: 9)?.place == .ownFrame)
    #expect(verified.access(at: 9)?.bytes == -12 ... -1)
    #expect(!verified.readsPacket)
    #expect(verified.stackDepths == [16])
  }

  @Test func `knows what is never reached, and what is not called there`() throws {
    let verified = try Self.verified(
      """
      r6 = 1
      if r6 == 1 goto out
      call 7
      out:
      r0 = 2
      exit
      """
    )
    #expect((0...4).map(verified.reaches) == [true, true, false, true, true])
    #expect(verified.helpers.isEmpty)
  }

  @Test func `adds the frames of calls up`() throws {
    let verified = try Self.verified(
      """
      *(u64 *)(r10 -24) = 1
      r1 = r10
      r1 += -24
      call pc+2
      r0 = 2
      exit
      *(u64 *)(r10 -8) = 1
      r0 = *(u64 *)(r1 +0)
      exit
      """,
      functions: [Function(name: "g", slot: 6, isGlobal: false)]
    )
    #expect(verified.stackDepths == [24, 8])
    #expect(verified.stackDepth == 48)
    #expect(verified.access(at: 7)?.place == .callersFrame)
    #expect(verified.access(at: 7)?.bytes == -24 ... -17)
  }

  @Test func `remembers the read-only bytes that it relied on`() throws {
    var map = MapDefinition(name: ".rodata", type: .array, keySize: 4, valueSize: 8, maxEntries: 1)
    map.flags = [.readOnlyForPrograms]
    map.initialContents = .section(.readOnly, [0, 0, 0, 0, 5, 0, 0, 0])
    let verified = try Self.verified(
      """
      r1 = map[idx:0][0]+4
      r2 = *(u16 *)(r1 +0)
      r0 = 2
      exit
      """,
      maps: [map]
    )
    #expect(verified.reliedOn == [0: [4, 5]])
  }

  /// 34 bytes are known to exist where the second comparison stands: `r4` points behind so many.
  @Test(arguments: [
    (">", 33, BranchWays.falls), (">", 34, .falls), (">", 35, .both), (">=", 33, .falls), (">=", 34, .both),
    ("<=", 34, .jumps), ("<=", 35, .both), ("<", 33, .jumps), ("<", 34, .both), ("==", 14, .both),
  ])
  func `knows which ways branches go that earlier ones decide`(
    comparison: String,
    count: Int,
    ways: BranchWays
  ) throws {
    let verified = try Self.verified(
      """
      r2 = *(u32 *)(r1 +0)
      r3 = *(u32 *)(r1 +4)
      r4 = r2
      r4 += 34
      r0 = 2
      if r4 > r3 goto out
      r4 = r2
      r4 += \(count)
      if r4 \(comparison) r3 goto out
      r0 = 1
      if r0 == 2 goto out
      if r0 == 1 goto out
      r0 = 0
      out:
      exit
      """
    )
    #expect(verified.ways(at: 5) == .both)
    #expect(verified.ways(at: 8) == ways)
    #expect(verified.ways(at: 10) == .falls && verified.ways(at: 11) == .jumps)
    #expect(verified.ways(at: 4) == [] && !verified.reaches(slot: 12))
  }
}
