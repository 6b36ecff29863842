import BPF
import Testing

@Suite struct `Conformance files` {
  @Test func `a case is read whole`() throws {
    let text = """
      # a comment
      == adds
      memory: 01 0203
      kernel: main
          r0 = 1
          exit
      r0: 0x1
      after: 010204

      == stops
          exit
      error: budget

      == reads what nobody wrote
          r0 = r5
          exit
      error: uninitialized
      untracked: 0
      """
    let cases = try ConformanceFile.cases(in: text, named: "t.txt")

    #expect(
      cases.map(\.testDescription) == [
        "t.txt:2: adds", "t.txt:10: stops", "t.txt:14: reads what nobody wrote",
      ]
    )
    #expect(cases[0].memory == [1, 2, 3])
    #expect(cases[0].code == [.alu(.mov, .doubleWord, .r0, .immediate(1)), .exit])
    #expect(cases[0].expectation == .returns(1, memory: [1, 2, 4]))
    #expect(cases[0].judgement == .main)
    #expect(cases[1].expectation == .stops("budget"))
    #expect(cases[1].judgement == .agrees)
    #expect(cases[1].untracked == cases[1].expectation)
    #expect(cases[2].untracked == .returns(0, memory: nil))
  }

  @Test(arguments: [
    ("r0: 1", 1, "a case begins with '== ' and its name"),
    (
      "== a\n    exit\nr0 1", 3,
      "neither indented code nor a field (memory, r0, after, error, untracked, kernel)"
    ),
    (
      "== a\n    exit\nresult: 1", 3,
      "neither indented code nor a field (memory, r0, after, error, untracked, kernel)"
    ),
    ("== a\n    exit\nr0: 1\nr0: 2", 4, "a second 'r0' in one case"),
    ("== a\n    exit\n== b\n    exit\nr0: 1", 1, "neither 'r0' nor 'error'"),
    ("== a\n    exit\nr0: 1\nerror: budget", 4, "both 'r0' and 'error'"),
    ("== a\n    exit\nr0: one", 3, "'one' is no 64-bit number"),
    ("== a\n    exit\nr0: 0x10000000000000000", 3, "'0x10000000000000000' is no 64-bit number"),
    ("== a\nmemory: 123\n    exit\nr0: 1", 2, "half a byte in 'memory'"),
    ("== a\nmemory: 12 g3\n    exit\nr0: 1", 2, "'memory' is not hexadecimal"),
    ("== a\nmemory: 12\n    exit\nr0: 1\nafter: 1234", 5, "2 bytes after, but 1 before"),
    ("== a\n    exit\nerror: budget\nafter: 12", 4, "'after' of code that is stopped"),
    ("== a\n    exit\nerror: uninitialized", 1, "'error: uninitialized' needs 'untracked' too"),
    ("== a\n    exit\nr0: 1\nuntracked: 1", 4, "'untracked' of code that reads only what was written"),
    ("== a\nkernel: maybe\n    exit\nr0: 1", 2, "'maybe' is neither 'refuses' nor 'main'"),
    ("== a\n\n    r0 = 1\n    exit 5\nr0: 1", 4, "column 10: expected the end of the line, found '5'"),
    (
      "== a\n    goto nowhere\n    exit\nr0: 1", 2,
      "column 10: expected a label of this text, found 'nowhere'"
    ),
    ("== a\n    exit\nr0: 1\n== a\n    exit\nr0: 1", 4, "a second case named 'a'"),
  ])
  func `a malformed case is reported with its line`(text: String, line: Int, reason: String) {
    #expect(throws: MalformedCase(file: "t.txt", line: line, reason: reason)) {
      try ConformanceFile.cases(in: text, named: "t.txt")
    }
  }

  @Test func `the suite covers every family`() throws {
    let counts = try Dictionary(grouping: ConformanceFile.all(), by: \.file).mapValues(\.count)
    #expect(
      counts.keys.sorted() == [
        "alu32.txt", "alu64.txt", "atomic.txt", "byte-swap.txt", "calls.txt", "control-flow.txt",
        "div-mod.txt",
        "errors.txt", "jump32.txt", "jump64.txt", "load-store.txt", "mov.txt", "shifts.txt",
      ]
    )
    #expect(counts.values.reduce(0, +) >= 900)
    #expect(counts.values.allSatisfy { $0 >= 20 })
  }

  @Test func `every case survives encoding and its own text`() throws {
    for conformance in try ConformanceFile.all() {
      #expect(try Instruction.decode(bytes: conformance.code.encoded()) == conformance.code)
      #expect(try Assembler.assemble(Disassembler().listing(conformance.code)) == conformance.code)
    }
  }
}
