import BPF
import Testing

@testable import BPFVerifier

@Suite struct `A rejection in words` {
  private static let line = SourceLine(
    file: "drop_udp.c",
    line: 14,
    column: 7,
    text: "  if (eth->h_proto == htons(ETH_P_IP))"
  )

  private static func rejection(lines: [Int: SourceLine], at slot: Int?, help: String = "") -> Rejection {
    Rejection(
      program: Program(
        "drop_udp",
        [
          .loadImmediate(.r2, .value(7)), .load(.half, .r0, from: Address(.r2, 12)), .exit,
        ],
        lines: lines
      ),
      violation: Violation(
        .packetBounds,
        "reads packet bytes up to 14, but only 12 are known to exist",
        at: slot
      ),
      path: [0],
      notes: [.init("r2 is the start of the packet", at: 0), .init("nothing else is known", at: nil)],
      help: help,
      statistics: VerifierStatistics()
    )
  }

  @Test func `reads as a compiler's error`() {
    let lines = [
      0: SourceLine(file: "./drop_udp.c", line: 11, column: 3, text: ""), 2: Self.line,
    ]
    let rejection = Self.rejection(lines: lines, at: 2, help: "return early unless data + 14 <= data_end")
    #expect(
      rejection.description == """
        drop_udp.c:14:7: error: reads packet bytes up to 14, but only 12 are known to exist
         14 |   if (eth->h_proto == htons(ETH_P_IP))
            |       ^
         2: r0 = *(u16 *)(r2 +12)
        note: r2 is the start of the packet, at slot 0 (drop_udp.c:11)
        note: nothing else is known
        help: return early unless data + 14 <= data_end
        """
    )
  }

  @Test func `names the slot where there are no lines, and no instruction where none begins`() {
    #expect(
      Self.rejection(lines: [:], at: 2).description == """
        drop_udp: slot 2: error: reads packet bytes up to 14, but only 12 are known to exist
         2: r0 = *(u16 *)(r2 +12)
        note: r2 is the start of the packet, at slot 0
        note: nothing else is known
        """
    )
    #expect(Self.rejection(lines: [:], at: 1).description.hasPrefix("drop_udp: slot 1: error: "))
    #expect(!Self.rejection(lines: [:], at: 1).description.contains("\n 1: "))
    #expect(Self.rejection(lines: [2: Self.line], at: nil).description.hasPrefix("drop_udp: error: reads"))
  }

  @Test(arguments: [
    (0, "   |"), (1, "    | ^"), (3, "    | \t ^"), (6, "    | \t ä ^"), (99, "    | \t ä x ^"),
  ])
  func `puts the caret below its column, whatever stands before it`(column: Int, margin: String) {
    // The column counts bytes, of which ä has two.
    let line = SourceLine(file: "a.c", line: 14, column: column, text: "\t ä x ")
    let caret = Self.rejection(lines: [2: line], at: 2).description.split(separator: "\n")
      .first { $0.hasSuffix("^") }
    let expected = column == 0 ? nil : margin.replacing("ä", with: " ").replacing("x", with: " ")
    #expect(caret.map(String.init) == expected)
  }

  @Test func `dresses its parts`() {
    let text = RejectionText(Self.rejection(lines: [2: Self.line], at: 2, help: "h")) { "<\($0) \($1)>" }
    #expect(
      text.lines.filter { $0.contains("<") } == [
        "<place drop_udp.c:14:7:> <errorLabel error:> <message reads packet bytes up to 14, but only 12 are known to exist>",
        "    |       <caret ^>",
        "<noteLabel note:> r2 is the start of the packet, at slot 0",
        "<noteLabel note:> nothing else is known",
        "<helpLabel help:> h",
      ]
    )
  }
}
