import BPF
import Testing

@Suite struct `Files of verifier cases` {
  @Test func `are read whole`() throws {
    let text = """
      # a comment
      map: ring ringbuf 0 0 4096

      == one
      attach: devmap
      flags: frags
          r1 = map[ring]
          call kernel bpf_preempt_disable
          exit
      kernel: refuses some words
      ours: accepts because ours knows more
      """
    let cases = try VerifierCaseFile.cases(in: text, named: "t.txt")
    #expect(cases.map(\.testDescription) == ["t.txt:4: one"])
    let program = try #require(cases.first?.program)
    #expect(
      program.instructions == [
        .loadImmediate(.r1, .map(index: 0)), .call(.kernelFunction(btfID: 0, module: 0)), .exit,
      ]
    )
    #expect(program.externs.map(\.slots) == [[2]])
    #expect(program.lines.mapValues(\.line) == [0: 7, 2: 8, 3: 9])
    #expect(program.attachType == .devmap && program.flags == .frags && program.license == "GPL")
    #expect(cases.first?.kernel == .refuses("some words"))
    #expect(cases.first?.difference == VerifierCase.Difference(accepts: true, reason: "ours knows more"))
  }

  @Test func `repeat lines with the round for the sign`() throws {
    let text = """
      map: repeat 2: m# array 4 4 1
      == one
          repeat 2: r1 = map[m#] | r0 = #
          exit
      kernel: accepts
      """
    let program = try #require(VerifierCaseFile.cases(in: text, named: "t.txt").first?.program)
    #expect(
      program.instructions == [
        .loadImmediate(.r1, .map(index: 0)), .alu(.mov, .doubleWord, .r0, .immediate(0)),
        .loadImmediate(.r1, .map(index: 1)), .alu(.mov, .doubleWord, .r0, .immediate(1)), .exit,
      ]
    )
    #expect(program.maps.map(\.name) == ["m0", "m1"])
  }

  @Test(arguments: [
    ("    exit", 1, "a case begins with '== ' and its name"),
    ("== a\n    exit", 1, "no 'kernel'"),
    ("kernel: accepts", 1, "'kernel' before the first case"),
    (
      "== a\n    exit\nkernel: maybe", 3,
      "'maybe' is neither 'accepts' nor 'refuses' with words of the reason"
    ),
    ("== a\n    exit 5\nkernel: accepts", 2, "column 10: expected the end of the line, found '5'"),
    ("== a\nmap: m hash 4\n    exit\nkernel: accepts", 2, "a map has a name, a type, key, value and entries"),
    ("== a\n    r1 = map[m]\n    exit\nkernel: accepts", 2, "no map 'm'"),
    ("== a\n    r1 = type t\n    exit\nkernel: accepts", 2, "no struct 't'"),
    ("== a\nfunction: int f()\n    exit\nkernel: accepts", 2, "no function of this name in the code"),
  ])
  func `that are malformed are reported with the line`(text: String, line: Int, reason: String) {
    #expect(throws: MalformedVerifierCase(file: "t.txt", line: line, reason: reason)) {
      try VerifierCaseFile.cases(in: text, named: "t.txt")
    }
  }

  @Test func `hold cases of both verdicts`() throws {
    let cases = try VerifierCaseFile.all()
    #expect(cases.count >= 400)
    #expect(cases.count { $0.kernel == .accepts } >= 160)
    #expect(!cases.contains { $0.kernel == .refuses("") })
    // Whatever we refuse has the words in which we do.
    #expect(!cases.contains { !($0.difference?.accepts ?? ($0.kernel == .accepts)) && $0.message == nil })
  }
}
