import BPF
import BTF
import Testing

@testable import BPFVerifier

@Suite struct `A program's structure` {
  @Test(
    arguments: [
      ("", .emptyProgram, "the program has no instructions", nil),
      (
        "r0 = 1", .fallsOffEnd,
        "the last instruction of 'main' is neither an exit nor a goto, so that it runs into the end of the program",
        0
      ),
      (
        "r0 = 1\nif r0 == 1 goto -2", .fallsOffEnd,
        "the last instruction of 'main' is neither an exit nor a goto, so that it runs into the end of the program",
        1
      ),
      (
        "goto +2\nr0 = 1\nexit\nmay_goto -3", .fallsOffEnd,
        "the last instruction of 'main' is neither an exit nor a goto, so that it runs into the end of the program",
        3
      ),
      (
        "call f\nr0 = 0 ll\nf: r0 = 1\nexit", .fallsOffEnd,
        "the last instruction of 'main' is neither an exit nor a goto, so that it runs into the function that lies after it",
        1
      ),
      ("r0 = 1\ngoto +5\nexit", .jumpOutOfRange, "jumps to slot 7, and the program has slots 0 to 2", 1),
      ("r0 = 1\ngotol -5\nexit", .jumpOutOfRange, "jumps to slot -3, and the program has slots 0 to 2", 1),
      ("r0 = 1\nmay_goto +1\nexit", .jumpOutOfRange, "jumps to slot 3, and the program has slots 0 to 2", 1),
      (
        "r0 = 1\nif r0 == 2 goto +1\nr1 = 5 ll\nexit", .jumpIntoImmediate,
        "jumps to slot 3, in the middle of a 64-bit immediate", 1
      ),
      (
        "call +1\nr1 = 5 ll\nexit", .jumpIntoImmediate,
        "calls a function at slot 2, in the middle of a 64-bit immediate", 0
      ),
      (
        "call f\nif r0 == 7 goto +1\nexit\nf: r0 = 1\nexit", .jumpBetweenFunctions,
        "jumps from 'main' into 'function at slot 3', to slot 3", 1
      ),
      (
        "call f\nr0 = 1\nexit\nf: if r1 == 0 goto -3\nr0 = 1\nexit", .jumpBetweenFunctions,
        "jumps from 'function at slot 3' into 'main', to slot 1", 3
      ),
      ("call +5\nexit", .callOutOfRange, "calls a function at slot 6, and the program has slots 0 to 1", 0),
      (
        "r0 = 1\ncall -5\nexit", .callOutOfRange,
        "calls a function at slot -3, and the program has slots 0 to 2", 1
      ),
      ("callx r0\nexit", .unknownInstruction, "there is no instruction 'callx r0'", 0),
    ] as [(String, Rule, String, Int?)]
  )
  func `is refused with the place and the reason`(
    text: String,
    rule: Rule,
    message: String,
    slot: Int?
  ) throws {
    let program = Program("main", try Assembler.assemble(text))
    #expect(throws: Violation(rule, message, at: slot)) { try CodeLayout(program) }
  }

  @Test(
    arguments: [
      .moveSignExtending(.word, .word, .r0, from: .r1),
      .moveSignExtending(.doubleWord, .doubleWord, .r0, from: .r1),
      .loadSignExtending(.doubleWord, .r0, from: Address(.r1)), .swap(.always, .byte, .r0),
      .call(.register(.r3)),
    ] as [Instruction]
  )
  func `has no instruction that cannot be encoded`(instruction: Instruction) {
    #expect {
      try CodeLayout(Program("main", [.jump(offset: 0), instruction, .exit]))
    } throws: { ($0 as? Violation)?.rule == .unknownInstruction && ($0 as? Violation)?.slot == 1 }
  }

  @Test func `may have a million slots and no more`() throws {
    let move = Instruction.alu(.mov, .doubleWord, .r0, .immediate(0))
    let code = [Instruction](repeating: move, count: 999_999) + [.exit]
    #expect(try CodeLayout(Program("main", code)).slotCount == 1_000_000)
    let violation = Violation(
      .programTooLarge,
      "the program has 1000001 slots, and a program may have 1000000"
    )
    #expect(throws: violation) { try CodeLayout(Program("main", [move] + code)) }
  }

  /// A program that calls as many functions.
  private func calling(_ count: Int) -> Program {
    let calls = (0..<count).map { Instruction.call(.local(offset: Int32(count + 2 + 2 * $0 - $0 - 1))) }
    let body: [Instruction] = [.alu(.mov, .doubleWord, .r0, .immediate(1)), .exit]
    return Program("main", calls + (0...count).flatMap { _ in body })
  }

  @Test func `may have 256 functions and no more`() throws {
    #expect(try CodeLayout(calling(255)).functions.count == 256)
    let violation = Violation(.tooManyFunctions, "the program has 257 functions, and a program may have 256")
    #expect(throws: violation) { try CodeLayout(calling(256)) }
  }

  @Test func `may use 64 maps and no more`() throws {
    func using(_ maps: some Sequence<Int32>) -> Program {
      let loads = maps.map {
        Instruction.loadImmediate(.r1, $0 % 2 == 0 ? .map(index: $0) : .mapValue(index: $0, offset: 0))
      }
      return Program("main", loads + [.alu(.mov, .doubleWord, .r0, .immediate(1)), .exit])
    }
    _ = try CodeLayout(using(0..<64))
    _ = try CodeLayout(using(Array(0..<64) + Array(0..<64)))
    let violation = Violation(
      .tooManyMaps,
      "this is the program's 65th map, and a program may use 64",
      at: 128
    )
    #expect(throws: violation) { try CodeLayout(using(0..<65)) }
  }

  @Test func `is its functions and the calls between them`() throws {
    let layout = try ControlText.layout(
      """
      r2 = called_back ll
      r1 = 0 ll
      call f
      r0 = 0
      exit
      f: call bpf_tail_call#12
      r0 = 0
      exit
      called_back: r0 = 0
      exit
      """,
      functions: [
        Function(name: "main", slot: 0, isGlobal: true, type: 3),
        Function(name: "f", slot: 7, isGlobal: false, type: 4),
        Function(name: "never called", slot: 8, isGlobal: false),
      ]
    )
    #expect(
      layout.functions == [
        FunctionRange(name: "main", start: 0, end: 7, isGlobal: true, type: 3),
        FunctionRange(name: "f", start: 7, end: 10, isGlobal: false, type: 4, hasTailCall: true),
        FunctionRange(
          name: "function at slot 10",
          start: 10,
          end: 12,
          isGlobal: false,
          type: 0,
          isCallback: true
        ),
      ]
    )
    #expect(
      layout.calls == [
        FunctionCall(caller: 0, callee: 2, slot: 0, kind: .address),
        FunctionCall(caller: 0, callee: 1, slot: 4, kind: .direct),
      ]
    )
    #expect((0..<12).map(layout.functionIndex) == [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2])
    #expect((0..<12).filter { !layout.isStart($0) } == [1, 3])
    #expect(layout.callee(at: 0) == 2 && layout.callee(at: 4) == 1 && layout.callee(at: 5) == nil)
    #expect(layout.entryPoints == [0])
    #expect(layout.instruction(at: 4) == .call(.local(offset: 2)))
  }

  @Suite struct `with a handler of exceptions` {
    /// The types of an entry whose declaration tag names the function `handler`.
    private static let types = BTF(types: [
      .void,
      .integer(name: "int", byteCount: 4, bitOffset: 0, bitCount: 32, encoding: .signed),
      .functionPrototype(returns: 1, parameters: [], isVariadic: false),
      .function(name: "main", prototype: 2, linkage: .global),
      .function(name: "handler", prototype: 2, linkage: .global),
      .declarationTag(name: "exception_callback:handler", type: 3, component: nil),
    ])

    private func program(_ text: String) throws -> Program {
      Program(
        "main",
        try Assembler.assemble(text),
        functions: [
          Function(name: "main", slot: 0, isGlobal: true, type: 3),
          Function(name: "handler", slot: 2, isGlobal: true, type: 4),
        ],
        btf: Self.types
      )
    }

    @Test func `it is an entry point though nothing calls it`() throws {
      let layout = try CodeLayout(try program("r0 = 0\nexit\nr0 = 0\nexit"))
      #expect(layout.entryPoints == [0, 2])
      #expect(layout.functions[1].isExceptionHandler)
      _ = try ControlFlow(layout)
    }

    @Test func `it cannot be called`() throws {
      let calling = try program("call +1\nexit\nr0 = 0\nexit")
      let violation = Violation(
        .callsExceptionHandler,
        "calls 'handler', which handles exceptions and is only called for them",
        at: 0
      )
      #expect(throws: violation) { try CodeLayout(calling) }
    }
  }
}
