import BPF
import BPFRuntime
import Testing

@Suite struct `Running a program` {
  @Test(arguments: Mode.allCases)
  func `an endless loop ends with its budget`(mode: Mode) throws {
    let outcome = try mode.run("r0 = 0\nloop: r0 += 1\ngoto loop", budget: 10_000)
    #expect(outcome.trap?.kind == .budget)
  }

  @Test(arguments: Mode.allCases)
  func `straight code in a callee is paid for`(mode: Mode) throws {
    let callee = String(repeating: "r0 += 1\n", count: 2000)
    let text =
      "r6 = 0\nloop: call f\nr6 += 1\nif r6 != 1000 goto loop\nr0 = r6\nexit\nf: r0 = 0\n\(callee)exit"
    #expect(try mode.run(text, budget: 100_000).trap?.kind == .budget)
  }

  @Test(arguments: Mode.allCases)
  func `a recursion without end is stopped at eight frames`(mode: Mode) throws {
    #expect(try mode.run("r0 = 0\nagain: call again\nexit").trap?.kind == .callDepth)
  }

  @Test(arguments: Mode.allCases)
  func `eight frames are allowed`(mode: Mode) throws {
    var text = "r0 = 0\n"
    for depth in 0..<7 { text += "f\(depth): call f\(depth + 1)\nr0 += 1\nexit\n" }
    text += "f7: r0 = 0\nexit"
    #expect(try mode.run(text).value == 7)
  }

  @Test(arguments: Mode.allCases)
  func `a callee gets fresh registers back for its caller`(mode: Mode) throws {
    let text = """
      r6 = 6
      r7 = 7
      r8 = 8
      r9 = 9
      r1 = 1
      call f
      r0 += r6
      r0 += r7
      r0 += r8
      r0 += r9
      exit
      f: r6 = 100
      r7 = 100
      r8 = 100
      r9 = 100
      r0 = r1
      exit
      """
    #expect(try mode.run(text).value == 31)
  }

  private static let endless = "r0 = 0\nloop: may_goto out\nr0 += 1\ngoto loop\nout: exit"

  @Test func `may_goto lets a loop run for a quarter of a second`() throws {
    let clock = ContinuousClock(), start = clock.now
    let count = try #require(try Mode.fast.run(Self.endless, budget: 1 << 60).value)
    #expect(count > 0)
    #expect(clock.now - start >= .milliseconds(250))
  }

  @Test func `may_goto leaves half of the budget, and does so again at the same round under a fixed clock`()
    throws
  {
    let program = Program("endless", try Assembler.assemble(Self.endless))
    let environment = Environment(
      context: ContextLayout(byteCount: 0, fields: []),
      helpers: .general,
      budget: 1 << 22
    )
    let machine = Machine()
    machine.state.hasFixedClock = true
    let interpreter = try Interpreter(program, in: environment)
    let count = try #require(interpreter.run(on: machine).value)
    #expect(count > 65_535)
    #expect(count < 1 << 22)
    #expect(interpreter.run(on: machine).value == count)
    #expect(try #require(try OracleInterpreter(program, in: environment).run(on: machine).value) > 65_535)
  }

  @Test(arguments: Mode.allCases, [0, 1, 1000])
  func `may_goto lets a loop run as often as its environment says, and all loops of a function together`(
    mode: Mode,
    limit: Int
  ) throws {
    var environment = Environment.with([])
    environment.loopLimit = limit
    #expect(try mode.run(.with([], Self.endless), in: environment).value == UInt64(limit))
    let two =
      "r0 = 0\na: may_goto b\nr0 += 1\nif r0 < 600 goto a\nb: may_goto out\nr0 += 1\ngoto b\nout: exit"
    #expect(try mode.run(.with([], two), in: environment).value == UInt64(limit))
  }

  @Test(arguments: Mode.allCases)
  func `a function's address may be called`(mode: Mode) throws {
    let code: [Instruction] = [
      .loadImmediate(.r2, .function(offset: 3)), .call(.register(.r2)), .exit,
      .alu(.mov, .doubleWord, .r0, .immediate(42)), .exit,
    ]
    let program = Program(
      "indirect",
      code,
      functions: [
        Function(name: "indirect", slot: 0, isGlobal: true), Function(name: "f", slot: 4, isGlobal: false),
      ]
    )
    let environment = Environment(context: ContextLayout(byteCount: 0, fields: []), helpers: .general)
    let outcome =
      mode == .fast
      ? try Interpreter(program, in: environment).run(on: Machine())
      : try OracleInterpreter(program, in: environment).run(on: Machine())
    #expect(outcome.value == 42)
  }

  @Test(arguments: Mode.allCases)
  func `a helper that is missing is a warning and a trap that names it`(mode: Mode) throws {
    let program = Program("lookup", try Assembler.assemble("call bpf_fib_lookup#69\nr0 = 0\nexit"))
    let environment = Environment(context: ContextLayout(byteCount: 0, fields: []), helpers: .general)
    let interpreter = try Interpreter(program, in: environment)
    #expect(interpreter.warnings.count == 1)
    #expect(interpreter.warnings.first?.contains("bpf_fib_lookup") == true)
    let outcome =
      mode == .fast
      ? interpreter.run(on: Machine()) : try OracleInterpreter(program, in: environment).run(on: Machine())
    #expect(outcome.trap?.kind == .unknownHelper)
    #expect(outcome.trap?.message.contains("bpf_fib_lookup") == true)
  }

  @Test func `a missing helper behind a branch that is not taken does no harm`() throws {
    #expect(try Mode.fast.run("r0 = 3\nif r0 == 3 goto +1\ncall bpf_fib_lookup#69\nexit").value == 3)
  }

  @Test(arguments: [
    "goto +5\nexit", "if r1 == 0 goto -3\nexit", "goto +1\nr1 = 5 ll\nexit", "call pc+7\nexit",
  ])
  func `a jump to where no instruction starts is refused when it is bound`(text: String) throws {
    #expect(throws: BindingError.self) { try Mode.fast.run(text) }
    #expect(throws: BindingError.self) { try Mode.oracle.run(text) }
  }

  @Test(arguments: Mode.allCases)
  func `running past the last instruction is a trap`(mode: Mode) throws {
    #expect(try mode.run("r0 = 0").trap?.kind == .badInstruction)
  }

  @Test func `a trap names the line of its slot`() throws {
    let line = SourceLine(file: "drop.c", line: 7, column: 3, text: "  x = *p;")
    let program = Program(
      "drop",
      try Assembler.assemble("r2 = 0\nr0 = *(u8 *)(r2 +0)\nexit"),
      lines: [1: line]
    )
    let environment = Environment(context: ContextLayout(byteCount: 0, fields: []), helpers: .general)
    let trap = try Interpreter(program, in: environment).run(on: Machine()).trap
    #expect(trap?.description == "drop.c:7: reads 1 byte at 0x0, which is null (slot 1)")
  }
}

@Suite struct `Long loops` {
  /// Every kind of step inside a loop long enough to overflow a stack if one step did not hand over by a jump.
  static let bodies = [
    "r0 += 1", "w0 += 1", "r0 = -r0", "r0 = bswap64 r0", "r3 = (s8)r0", "r3 = 77 ll", "r3 = *(u32 *)(r1 +0)",
    "r3 = *(s16 *)(r1 +0)", "*(u64 *)(r1 +0) = r0", "*(u8 *)(r1 +0) = 3", "lock *(u64 *)(r1 +0) += r0",
    "r3 = load_acquire((u32 *)(r1 +0))", "store_release((u32 *)(r1 +0), r0)", "if r0 == 5 goto +0",
    "if w0 s< 5 goto +0", "goto +0", "may_goto +0",
  ]

  @Test(arguments: bodies)
  func `a step in a loop of 300,000 rounds needs no stack`(body: String) throws {
    var memory = [UInt8](repeating: 0, count: 16)
    let text = "r6 = 0\nr0 = 1\nloop: \(body)\nr6 += 1\nif r6 != 300000 goto loop\nr0 = r6\nexit"
    #expect(try Mode.fast.run(text, memory: &memory, budget: 1 << 30).value == 300_000)
  }

  @Test func `calls in a loop of 300,000 rounds need no stack`() throws {
    let text = "r6 = 0\nloop: call f\nr6 += 1\nif r6 != 300000 goto loop\nr0 = r6\nexit\nf: r0 = 1\nexit"
    #expect(try Mode.fast.run(text, budget: 1 << 30).value == 300_000)
  }

  @Test func `helper calls in a loop of 300,000 rounds need no stack`() throws {
    let text = "r6 = 0\nloop: call bpf_get_prandom_u32#7\nr6 += 1\nif r6 != 300000 goto loop\nr0 = r6\nexit"
    #expect(try Mode.fast.run(text, budget: 1 << 30).value == 300_000)
  }
}
