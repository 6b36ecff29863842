import TestSupport
import Testing

@Suite struct `Traces of xdp test` {
  private let program = "Tests/Fixtures/trace.o"
  /// An Ethernet frame of 60 bytes with an IPv4 header of this protocol.
  private func ipv4(_ kind: String = "11", first: String = "02") -> [String] {
    [
      "--packet",
      first + "00000000010200000000020800450000140000000040" + kind + "0000c0000201c0000202"
        + String(repeating: "00", count: 26),
    ]
  }

  @Test func `show every instruction, map change and packet change below its source line`() async throws {
    let call = try await Invocation.xdp(["test", program, "--program", "push", "--trace"] + ipv4() + ipv4())
    #expect(call.exitCode == 0)
    try Golden.expect(call.output, "trace.txt")
  }

  @Test func `are the same as lines of JSON`() async throws {
    let call = try await Invocation.xdp(["test", program, "--program", "push", "--trace-json"] + ipv4())
    #expect(call.exitCode == 0)
    try Golden.expect(call.output, "trace.jsonl")
    // Each line is a document, and the same instructions are in both forms.
    let text = try await Invocation.xdp(["test", program, "--program", "push", "--trace"] + ipv4())
    let steps = call.output.split(separator: "\n").filter { $0.hasPrefix(#"{"event": "step""#) }
    #expect(text.output.contains("after \(steps.count) instructions"))
    #expect(call.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
  }

  @Test func `end with the trap and where it was`() async throws {
    let arguments =
      ["test", program, "--unverified", "--program", "careless"] + [
        "--packet", "020000000001020000000002aabb",
      ]
    let call = try await Invocation.xdp(arguments + ["--trace"])
    #expect(call.exitCode == 1)
    #expect(call.output.contains("stopped: reads 1 byte at offset 40 of the packet of 14 bytes"))
    let why = try await Invocation.xdp(arguments + ["--why", "aborted"])
    #expect(why.exitCode == 0)
    #expect(why.output.contains("ingress_ifindex is 1"))
    #expect(why.output.contains("→ stopped: reads 1 byte at offset 40"))
  }

  @Test func `of the oracle are of the oracle, with its own strictness`() async throws {
    let call = try await Invocation.xdp(
      ["test", program, "--program", "push", "--engine", "oracle", "--trace"] + ipv4()
    )
    #expect(call.output.contains("push, oracle: 1 packet: 1 tx"))
  }

  @Test func `of one packet run those before it, and nothing after it`() async throws {
    let arguments = ["test", program, "--program", "push", "--at", "2"] + ipv4() + ipv4() + ipv4() + ipv4()
    let call = try await Invocation.xdp(arguments + ["--trace"])
    #expect(call.output.hasPrefix("packet 2: "))
    #expect(call.output.contains(#"{"packets": 2, "limit": 2} → {"packets": 3, "limit": 2}"#))
    #expect(call.output.contains("push, interpreter: 3 packets: 1 drop, 2 tx"))
    let beyond = try await Invocation.xdp(
      ["test", program, "--program", "push", "--at", "4"] + ipv4() + ipv4()
    )
    #expect(beyond.exitCode == 2)
    #expect(beyond.messages.contains("--at 4: there is no such packet: the last one is 1"))
  }

  /// A UDP packet of 442 bytes, of which only the first 20 are in one piece.
  private static let inPieces =
    ["test", "Tests/Fixtures/programs/jumbo.o", "--linear", "20", "--packet"]
    + [
      "0200000000010200000000020800450001ac0000000040110000c0000201c000020212340035019800"
        + "00" + String(repeating: "ab", count: 400)
    ]

  @Test func `of a packet in pieces name the headers, writes and cuts of all its pieces`() async throws {
    let sum = try await Invocation.xdp(Self.inPieces + ["--program", "sum", "--trace"])
    let headers = [
      "   0  Ethernet  02:00:00:00:00:02 → 02:00:00:00:00:01, IPv4",
      "  14  IPv4      192.0.2.1 → 192.0.2.2, UDP, TTL 64, length 428",
      "  34  UDP       4660 → 53, length 408",
    ]
    let lines = sum.output.split(separator: "\n").map(String.init)
    #expect(Array(lines[1...3]) == headers)
    let after = try #require(lines.firstIndex(of: "packet after: 442 bytes"))
    #expect(Array(lines[(after + 1)...(after + 3)]) == headers)
    #expect(lines.contains("          pkt+434: abababababababab → fba63743ac38c62b"))
    #expect(lines.contains("  rest: 400 bytes → 400 bytes, others"))

    let document = try await Invocation.xdp(Self.inPieces + ["--program", "sum", "--trace-json"])
    let write =
      #""packetWrite": {"offset": 434, "length": 8, "name": null, "old": "abababababababab", "new": "fba63743ac38c62b"}"#
    #expect(document.output.contains(write))

    let cut = try await Invocation.xdp(Self.inPieces + ["--program", "cut", "--trace"])
    #expect(
      cut.output.contains(
        "          packet: its end moved by -34; it has 408 bytes now, 20 of them in the linear part\n"
      )
    )
  }

  @Test func `of a packet in pieces tell how much of it a program sees`() async throws {
    let call = try await Invocation.xdp(
      ["test", "Tests/Fixtures/programs/http_get.o"] + Self.inPieces[2...] + ["--why", "pass"]
    )
    #expect(call.output.contains("→ the packet's linear part has 20 bytes, but 34 are needed"))
  }

  @Test func `of long runs are not kept`() async throws {
    // 100,000 rounds of three instructions, of which a story looks at the last.
    let call = try await Invocation.xdp(
      ["test", program, "--unverified", "--program", "spin", "--why", "aborted", "--at", "0"]
        + ipv4(first: "01")
    )
    #expect(call.exitCode == 1)
    #expect(call.output.contains("instructions the last "))
    #expect(call.output.contains("returns 1, XDP_DROP"))
  }

  @Test(arguments: [
    ["--trace", "--json"], ["--trace", "--trace-json"], ["--trace", "--why", "drop"],
    ["--engine", "kernel", "--trace"], ["--engine", "kernel", "--why", "drop"],
    ["--engine", "kernel", "--why", "drop", "--json"], ["--at", "-1"],
  ])
  func `refuse what makes no sense together`(options: [String]) async throws {
    let call = try await Invocation.xdp(["test", program, "--program", "push"] + ipv4() + options)
    #expect(call.exitCode == 2, "\(call.output)")
    #expect(!call.messages.isEmpty)
  }
}

@Suite struct `Stories of xdp test` {
  private static let firewall =
    ["test", "Programs/firewall/firewall.o", "--input", "Programs/firewall/traffic.pcap"]
    + ["blocked_v4", "blocked_v6", "closed_ports"].flatMap {
      ["--map", "\($0)=Programs/firewall/\($0).json"]
    }

  @Test func `tell why the demo's first dropped packet was dropped`() async throws {
    let call = try await Invocation.xdp(Self.firewall + ["--why", "drop"])
    #expect(call.exitCode == 0)
    try Golden.expect(call.output, "why-drop.txt")
  }

  /// Packets of the demo, and what their story hangs on.
  @Test(arguments: [
    (268, "blocked_v4 holds {\"length\": 32, \"address\": [203, 0, 113, 7]}: IPv4 source 203.0.113.7"),
    (280, "which covers IPv6 source 2001:db8:bad::7"),
  ])
  func `name the entry of a map and where its key came from`(packet: Int, words: String) async throws {
    let call = try await Invocation.xdp(Self.firewall + ["--at", "\(packet)", "--why", "drop"])
    #expect(call.exitCode == 0)
    #expect(call.output.contains(words), "\(call.output)")
  }

  @Test func `tell of every dropped packet of the demo something that names a header, a map or its length`()
    async throws
  {
    let list = try await Invocation.xdp(Self.firewall)
    let drops = list.output.split(separator: "\n").filter { $0.contains(" drop ") && $0.hasPrefix("#") }
      .compactMap { Int($0.dropFirst().prefix { $0.isNumber }) }
    #expect(drops.count == 1303)
    for packet in drops.prefix(16) + drops.suffix(2) {
      let call = try await Invocation.xdp(Self.firewall + ["--at", "\(packet)", "--why", "drop"])
      #expect(call.exitCode == 0)
      let names = ["holds", "the packet has", "buckets", "fragmentation", "length is", "version is"]
      #expect(names.contains { call.output.contains($0) }, "\(call.output)")
      #expect(call.output.split(separator: "\n").count < 40)
    }
  }

  @Test func `say so where the verdict is another, and where there is none`() async throws {
    let passed = try await Invocation.xdp(Self.firewall + ["--at", "0", "--why", "drop"])
    #expect(passed.exitCode == 1)
    #expect(passed.output.hasPrefix("packet 0: pass (XDP_PASS)"))
    let none = try await Invocation.xdp(Self.firewall + ["--why", "tx"])
    #expect(none.exitCode == 1)
    #expect(none.output.isEmpty)
    #expect(
      none.messages.contains("no packet got the verdict tx: 1,823 packets: 1,303 drop, 520 pass")
        || none.messages.contains("no packet got the verdict tx: 1,823 packets: 1303 drop, 520 pass")
    )
  }

  /// A UDP packet of the documentation's addresses, which `choose` drops.
  private static let chosen =
    ["test", "Tests/Fixtures/trace.o", "--program", "choose", "--packet"]
    + [
      "0200000000010200000000020800450000140000000040110000c0000201c0000202"
        + String(repeating: "00", count: 26)
    ]

  @Test func `are the member "why" of the document`() async throws {
    let call = try await Invocation.xdp(Self.chosen + ["--why", "drop", "--json"])
    #expect(call.exitCode == 0)
    #expect(call.messages.isEmpty)
    try Golden.expect(call.output, "why.json")
  }

  /// Text and JSON answer with the same exit code, and both say why there is no story.
  @Test(arguments: [
    (["--why", "tx"], 1, "no packet got the verdict tx: 1 packet: 1 drop\n"),
    (["--why", "drop"], 0, ""), (["--why", "tx", "--at", "0"], 1, ""),
  ])
  func `end with the same exit code in either form`(
    options: [String],
    code: Int32,
    messages: String
  )
    async throws
  {
    let text = try await Invocation.xdp(Self.chosen + options)
    let json = try await Invocation.xdp(Self.chosen + options + ["--json"])
    #expect([text.exitCode, json.exitCode] == [code, code])
    #expect([text.messages, json.messages] == [messages, messages])
    #expect(json.output.contains(#""why": null"#) == text.output.isEmpty)
  }

  @Test(KernelAccess.required) func `stand beside a comparison with the kernel`() async throws {
    let call = try await Invocation.xdp(Self.chosen + ["--why", "drop", "--json", "--engine", "all"])
    let alone = try await Invocation.xdp(Self.chosen + ["--why", "drop", "--json"])
    #expect(call.exitCode == 0)
    let story = try #require(alone.output.range(of: "  \"why\": "))
    #expect(call.output.hasSuffix(alone.output[story.lowerBound...]))
  }

  @Test func `leave out what only counts, and tell a choice of addresses`() async throws {
    let packet = "0200000000010200000000020800450000140000000040110000c0000201c0000202"
    let call = try await Invocation.xdp(
      "test",
      "Tests/Fixtures/trace.o",
      "--program",
      "choose",
      "--packet",
      packet + String(repeating: "00", count: 26),
      "--why",
      "drop"
    )
    #expect(call.output.contains("→ Ethernet type is IPv4"))
    #expect(call.output.contains("→ IPv4 protocol is UDP"))
    #expect(!call.output.contains("flows"))
  }
}

@Suite struct `Two engines side by side` {
  @Test(KernelAccess.required) func `show verdict, bytes and maps, and what the interpreter did`()
    async throws
  {
    // The kernel's clock cannot be set: what the program stores of it differs.
    let arguments = ["test", "Tests/Fixtures/command.o", "--engine", "all", "--clock", "1"]
    let call = try await Invocation.xdp(arguments + Packets.options([0, 12]))
    #expect(call.exitCode == 1)
    #expect(call.output.contains("interpreter and kernel differ at the end: maps.stamps"))
    #expect(call.output.contains("They agree about every packet: verdict, bytes and metadata."))
    let rows = call.output.split(separator: "\n").map(String.init)
    #expect(
      rows.contains { $0.hasPrefix("  stamps[0]") && $0.contains("changed last by packet 1, command.c:") }
    )
  }

  @Test(KernelAccess.required) func `are not run again over packets that are gone`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); mkfifo $folder/pipe; cat \(try Packets.capture(lengths: [60])) > $folder/pipe &
      "$XDP" test Tests/Fixtures/trace.o --program late --engine all --clock 1 --input $folder/pipe
      code=$?; rm -r $folder; exit $code
      """
    )
    #expect(call.exitCode == 1)
    #expect(call.output.contains("interpreter and kernel differ at packet 0: returned"))
    #expect(call.output.contains("/pipe' cannot be read a second time, to show what each engine did."))
  }

  @Test(KernelAccess.required) func `show a packet's verdicts and bytes with their names`() async throws {
    let packet = "0200000000010200000000020800450000140000000040110000c0000201c0000202"
    let call = try await Invocation.xdp(
      "test",
      "Tests/Fixtures/trace.o",
      "--program",
      "late",
      "--engine",
      "all",
      "--clock",
      "1",
      "--packet",
      packet + String(repeating: "00", count: 26)
    )
    #expect(call.exitCode == 1)
    #expect(call.output.contains("interpreter and kernel differ at packet 0: returned"))
    let lines = call.output.split(separator: "\n").map(String.init)
    let cells = lines.map { $0.split(separator: " ").joined(separator: " ") }
    #expect(cells.contains("verdict drop (XDP_DROP) pass (XDP_PASS)"))
    #expect(cells.contains("byte 22, IPv4 TTL 40 3f"))
    #expect(cells.contains("maps equal equal"))
    // The kernel's own steps stand beside ours, and its time beside the clock that was set.
    #expect(
      cells.contains("trace.c:78 6: call bpf_ktime_get_ns#5 6: call bpf_ktime_get_ns#5")
        && cells.contains {
          $0.hasPrefix("> trace.c:78 7: if r0 < 0x3e8 goto pc+4 r0 1 7: if r0 < 0x3e8 goto pc+4 r0 0x")
        }
    )
    #expect(cells.contains { $0.hasPrefix("has ended trace.c:79 10: *(u8 *)(r7 +22) = r1 r7 0xffff") })
    #expect(
      cells.contains("Copies of the program write down 14 of its 14 instructions, and what these read.")
    )
  }
}
