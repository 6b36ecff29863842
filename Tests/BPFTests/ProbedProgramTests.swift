import BPF
import Testing

/// Copies of programs with probes, as text.
@Suite struct `Probes` {
  private static func program(_ text: String, functions: [Function] = []) throws -> Program {
    Program("test", try Assembler.assemble(text), functions: functions, lines: [1: line], maps: [map])
  }

  private static let line = SourceLine(file: "a.c", line: 1, column: 1, text: "return 1;")
  private static let map = MapDefinition(name: "m", type: .array, keySize: 4, valueSize: 8, maxEntries: 1)

  private static func text(_ program: Program) -> String {
    var slot = 0
    return program.instructions.map { instruction in
      defer { slot += instruction.slotCount }
      return "\(slot): \(Disassembler().text(instruction))\n"
    }.joined()
  }

  @Test func `stand before instructions, and jumps lead to them`() throws {
    let program = try Self.program("r0 = 1\nif r1 == 5 goto +1\nr0 = 2\nexit")
    let probed = try #require(ProbedPrograms([program], at: .branches))
    let copy = probed.programs[0]
    #expect(copy.maps.map(\.name) == ["m", ".probes"])
    #expect(probed.probeCount == 2)
    #expect(copy.lines == [1: Self.line])
    #expect(
      Self.text(copy) == """
        0: r0 = 1
        1: r2 = map[idx:1][0]+0
        3: r3 = *(u64 *)(r2 +0)
        4: r3 += 1
        5: *(u64 *)(r2 +0) = r3
        6: r3 &= 16383
        7: r3 <<= 6
        8: r2 += r3
        9: *(u64 *)(r2 +16) = 1
        10: *(u64 *)(r2 +24) = r1
        11: if r1 == 0x5 goto pc+1
        12: r0 = 2
        13: r1 = map[idx:1][0]+0
        15: r2 = *(u64 *)(r1 +0)
        16: r2 += 1
        17: *(u64 *)(r1 +0) = r2
        18: r2 &= 16383
        19: r2 <<= 6
        20: r1 += r2
        21: *(u64 *)(r1 +16) = 3
        22: *(u64 *)(r1 +24) = r0
        23: exit

        """
    )
  }

  @Test func `are left out where fewer than two registers are free`() throws {
    let uses = (0...8).map { "r9 += r\($0)" }.joined(separator: "\n")
    let program = try Self.program("r9 = 0\n\(uses)\nr0 = r9\nexit")
    let probed = try #require(ProbedPrograms([program]))
    // Before the third sum r0 and r1 have been used, and are free.
    #expect((0..<12).filter { probed.isProbed(program: 0, slot: $0) } == Array(3..<12))
  }

  @Test func `keep all arguments of calls, and take what calls lose`() throws {
    let program = try Self.program("call 5\nr0 = 0\nexit")
    let probed = try #require(ProbedPrograms([program], arguments: { _, _, _ in [.r1, .r2] }))
    #expect(probed.registers(program: 0, slot: 0) == [.r1, .r2])
    #expect(Self.text(probed.programs[0]).contains("0: r0 = map[idx:1][0]+0\n2: r6 = *(u64 *)(r0 +0)\n"))
    let after = "11: call bpf_ktime_get_ns#5\n12: r0 = map[idx:1][0]+0\n14: r1 = "
    #expect(Self.text(probed.programs[0]).contains(after))
  }

  @Test func `move functions and calls of them, and do not read the result of one that may have none`() throws
  {
    let functions = [
      Function(name: "test", slot: 0, isGlobal: true), Function(name: "inner", slot: 3, isGlobal: false),
    ]
    let program = try Self.program("call +2\nr0 = 0\nexit\nexit", functions: functions)
    let probed = try #require(ProbedPrograms([program], at: .branches))
    #expect(probed.registers(program: 0, slot: 2) == [.r0])
    #expect(probed.registers(program: 0, slot: 3) == [])
    #expect(probed.programs[0].functions.map(\.slot) == [0, 13])
    #expect(Self.text(probed.programs[0]).hasPrefix("0: call pc+12\n"))
  }

  @Test func `are refused where a jump would not reach any more`() throws {
    let body = String(repeating: "r0 += 1\n", count: 4000)
    let program = try Self.program("r0 = 0\nif r1 == 0 goto +4000\n\(body)exit")
    #expect(ProbedPrograms([program]) == nil)
    #expect(ProbedPrograms([program], at: .branches) != nil)
  }

  @Test func `are read from their map, the last where there are too many`() throws {
    let program = try Self.program("r0 = 1\nexit")
    let probed = try #require(ProbedPrograms([program]))
    let limit = ProbedPrograms.limit
    func value(_ count: Int, _ entry: Int, _ words: [Int]) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: 16 + limit * 64)
      func put(_ number: Int, at offset: Int) {
        for index in 0..<8 { bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
      }
      put(count, at: 0)
      for (index, word) in words.enumerated() { put(word, at: 16 + 64 * entry + 8 * index) }
      return bytes
    }
    let short = probed.trace(in: value(5, 5, [1, 77]), since: 4)
    #expect(
      short
        == EngineTrace(steps: [
          EngineTrace.Step(program: 0, slot: 1, values: [EngineTrace.Value(register: .r0, bits: 77)])
        ])
    )
    let long = probed.trace(in: value(limit + 10, 10, [1, 77]), since: 2)
    #expect(long.omitted == 8)
    #expect(long.steps.count == limit)
    #expect(long.steps.last == short.steps[0])
    #expect(probed.trace(in: value(5, 5, []), since: 5) == EngineTrace())
  }
}

@Suite struct `Traces part` {
  private static func trace(
    _ steps: (Int, UInt64)...,
    pointer: String? = nil,
    omitted: UInt64 = 0
  )
    -> EngineTrace
  {
    EngineTrace(
      omitted: omitted,
      steps: steps.map { slot, bits in
        EngineTrace.Step(
          program: 0,
          slot: slot,
          values: [EngineTrace.Value(register: .r1, bits: bits, place: pointer)]
        )
      }
    )
  }

  private static let numbers = trace((0, 1), (1, 1), (2, 1))
  private static let pointers = trace((0, 1), (1, 1), (2, 1), pointer: "pkt")

  /// Two traces, the reference, and where they part.
  struct Case: Sendable {
    var left: EngineTrace, right: EngineTrace, reference: EngineTrace
    var number: UInt64?
    var registers: [Register] = []

    init(
      _ left: EngineTrace,
      _ right: EngineTrace,
      _ reference: EngineTrace,
      _ number: UInt64?,
      _ registers: [Register] = []
    ) {
      self.left = left
      self.right = right
      self.reference = reference
      self.number = number
      self.registers = registers
    }
  }

  private static let cases: [Case] = [
    Case(trace((0, 1), (1, 2)), trace((0, 1), (1, 2)), numbers, nil),
    Case(trace((0, 1), (1, 2)), trace((0, 1), (1, 3)), numbers, 1, [.r1]),
    Case(trace((0, 1), (1, 2)), trace((0, 1), (2, 2)), numbers, 1),
    Case(trace((0, 1), (1, 2)), trace((0, 1)), numbers, 1),
    Case(trace((0, 1)), trace((0, 1), (1, 2)), numbers, 1),
    Case(trace((0, 1), (1, 2)), trace((0, 1), (1, 3)), pointers, nil),
    Case(trace((0, 1), (1, 0)), trace((0, 1), (1, 3)), pointers, 1, [.r1]),
    Case(trace((0, 1), (9, 1 << 40)), trace((0, 1), (9, 1 << 41)), numbers, nil),
    Case(trace((0, 1), (9, 1)), trace((0, 1), (9, 1 << 41)), numbers, 1, [.r1]),
    Case(trace((1, 2), omitted: 1), trace((0, 5), (1, 3)), numbers, 1, [.r1]),
  ]

  @Test(arguments: cases)
  func `where a number, an instruction or the end is another, not where an address is`(sample: Case) {
    let parting = Parting(sample.left, sample.right, reference: sample.reference)
    #expect(parting?.number == sample.number)
    #expect((parting?.registers ?? []) == sample.registers)
  }
}
