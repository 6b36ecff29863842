import BPFJIT
import Testing

@Suite struct `xdp run` {
  private let program = "Tests/Fixtures/command.o"
  private let firewall = "Programs/firewall/firewall.o"
  private let traffic = "Programs/firewall/traffic.pcap"

  @Test func `moves a capture's packets and prints the totals`() async throws {
    let call = try await Invocation.xdp("run", firewall, "--on", "pcap:\(traffic)", "--json")
    #expect(call.exitCode == 0, "\(call.messages)")
    #expect(call.messages.isEmpty)
    #expect(
      call.output.contains(CompiledProgram.isSupported ? #""engine": "jit""# : #""engine": "interpreter""#)
    )
    #expect(call.output.contains(#""name": "pcap:\#(traffic)""#))
    #expect(call.output.contains(#""mode": "native""#))
    let counts = try #require(call.output.firstMatch(of: /"received": ([0-9]+)/))
    let passed = try #require(call.output.firstMatch(of: /"drop": ([0-9]+), "pass": ([0-9]+), "tx": 0/))
    let received = try #require(Int(counts.1)), drop = try #require(Int(passed.1)),
      pass = try #require(Int(passed.2))
    #expect(received > 1000)
    #expect(drop > 0 && pass > 0 && drop + pass == received)
  }

  @Test(arguments: [("auto", "jit"), ("user", "jit"), ("jit", "jit"), ("interpreter", "interpreter")])
  func `compiles the program unless the interpreter is asked for`(engine: String, used: String) async throws {
    guard CompiledProgram.isSupported else { return }
    let call = try await Invocation.xdp(
      ["run", program, "--on", "memory:count=10", "--engine", engine, "--json"]
    )
    #expect(call.exitCode == 0)
    #expect(call.output.contains(#""engine": "\#(used)","#))
    #expect(call.output.contains(#""fallback": null,"#))
  }

  @Test func `says why the interpreter runs what cannot be compiled`() async throws {
    let arguments = ["run", program, "--unverified", "--on", "memory:count=1"]
    let reason = "machine code checks nothing, so --unverified programs run in the interpreter"
    let text = try await Invocation.xdp(arguments)
    #expect(text.exitCode == 0)
    #expect(text.output.contains(", interpreter, native mode\n"))
    #expect(text.output.contains("no machine code, so the interpreter ran: \(reason)\n"))
    let document = try await Invocation.xdp(arguments + ["--json"])
    #expect(document.output.contains(#""engine": "interpreter""#))
    #expect(document.output.contains(#""fallback": "\#(reason)""#))
    let forced = try await Invocation.xdp(arguments + ["--engine", "jit"])
    #expect(forced.exitCode == 2)
    #expect(forced.messages.contains("--engine jit: machine code checks nothing"))
  }

  @Test(.enabled("there is a code generator for this processor") { CompiledProgram.isSupported })
  func `tells perf where the functions of the machine code lie`() async throws {
    let call = try await Invocation.shell(
      """
      "$XDP" run \(program) --on memory:count=10 --perf-map >/dev/null & wait $!
      cat /tmp/perf-$!.map; rm -f /tmp/perf-$!.map
      """
    )
    let lines = call.output.split(separator: "\n").compactMap {
      $0.wholeMatch(of: /([0-9a-f]+) ([0-9a-f]+) xdp:classify:(\w+)/)
    }
    #expect(lines.count >= 2 && lines.count == call.output.split(separator: "\n").count)
    #expect(lines.contains { $0.3 == "classify" })
    // One behind the other, without a gap.
    for (line, next) in zip(lines, lines.dropFirst()) {
      let start = try #require(UInt64(line.1, radix: 16)), size = try #require(UInt64(line.2, radix: 16))
      #expect(UInt64(next.1, radix: 16) == start + size)
    }
  }

  @Test func `gives the same answer every time, for the capture is the clock`() async throws {
    let first = try await Invocation.xdp("run", firewall, "--on", "pcap:\(traffic)", "--json")
    let second = try await Invocation.xdp("run", firewall, "--on", "pcap:\(traffic)", "--json")
    let pattern = /"seconds": [0-9.e-]+/
    #expect(first.output.replacing(pattern, with: "") == second.output.replacing(pattern, with: ""))
  }

  @Test(arguments: ["native", "generic"]) func `stops after exactly so many packets`(
    mode: String
  ) async throws {
    for count in ["1", "63", "64", "65", "1000"] {
      let call = try await Invocation.xdp(
        "run",
        program,
        "--on",
        "memory:",
        "--count",
        count,
        "--mode",
        mode,
        "--json"
      )
      #expect(call.output.contains(#""received": \#(count),"#))
      #expect(call.output.contains(#""mode": "\#(mode)""#))
    }
  }

  @Test func `prints a table for people`() async throws {
    let call = try await Invocation.xdp("run", program, "--on", "memory:count=1000")
    #expect(call.output.hasPrefix("classify: 1,000 packets in "))
    #expect(call.output.contains("interface  received  aborted  drop  pass     tx  redirect  transmitted\n"))
    #expect(call.output.contains("memory        1,000        0     0     0  1,000         0        1,000\n"))
  }

  @Test func `stops after some time`() async throws {
    let call = try await Invocation.xdp("run", program, "--on", "memory:", "--duration", "0.2", "--json")
    #expect(call.exitCode == 0)
    let seconds = try #require(call.output.firstMatch(of: /"seconds": ([0-9.]+)/))
    let duration = try #require(Double(seconds.1))
    #expect(duration >= 0.2 && duration < 30)
  }

  @Test func `stops in time though the program never ends, and counts what it cut short`() async throws {
    let call = try await Invocation.xdp(
      "run",
      "Tests/Fixtures/endless.o",
      "--unverified",
      "--on",
      "memory:",
      "--duration",
      "0.2",
      "--json"
    )
    #expect(call.exitCode == 0)
    let seconds = try #require(call.output.firstMatch(of: /"seconds": ([0-9.]+)/))
    // The batch at hand alone would be a billion instructions.
    let duration = try #require(Double(seconds.1))
    #expect(duration >= 0.2 && duration < 10)
    #expect(call.output.contains(#""traps": 0"#))
    #expect(call.output.contains(#""interrupted": 64"#))
    #expect(call.messages.contains("memory: 64 packets cut short by the end of the run: aborted"))
  }

  @Test func `ends in time when it is interrupted, though the program never ends`() async throws {
    let call = try await Invocation.shell(
      """
      "$XDP" run Tests/Fixtures/endless.o --unverified --on memory: --duration 600 &
      \(Invocation.interruptLast); wait $!
      """
    )
    #expect(call.exitCode == 0)
    #expect(call.output.contains("endless: 64 packets in "))
    let seconds = try #require(call.output.firstMatch(of: /packets in ([0-9.]+) s/))
    #expect(try #require(Double(seconds.1)) < 60)
  }

  @Test func `ends with its totals when it is interrupted`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); "$XDP" run \(program) --on memory: --redirect 7=pcap:,$folder/away --duration 60 --json &
      while [ ! -e $folder/away ]; do sleep 0.05; done
      kill -INT $!; wait $!; code=$?; rm -r $folder; exit $code
      """
    )
    #expect(call.exitCode == 0)
    #expect(call.output.contains(#""verdicts": "#))
    #expect(call.output.hasSuffix("}\n"))
    #expect(!call.output.contains(#""seconds": 60"#))
  }

  @Test func `writes what it decided, and sends redirected packets where they go`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); "$XDP" test \(program) \(Packets.options([4, 4, 0, 1]).joined(separator: " ")) \
        --output $folder/in.pcapng > $folder/text
      "$XDP" run \(program) --on pcap:$folder/in.pcapng,$folder/out.pcapng --redirect 7=pcap:,$folder/away.pcapng
      grep -a -o 'XDP_[A-Z]* (classify)' $folder/out.pcapng; "$XDP" test \(program) --input $folder/away.pcapng | grep '^#'
      rm -r $folder
      """
    )
    #expect(
      call.output.contains("XDP_REDIRECT (classify)\nXDP_REDIRECT (classify)\nXDP_PASS (classify)\nXDP_DROP")
    )
    #expect(call.output.contains("#0     redirect  20 bytes"))
    #expect(call.output.contains("#1     redirect  20 bytes"))
    #expect(!call.output.contains("#2 "))
  }

  @Test func `carries packets over a wire, and ends when nothing moves any more`()
    async throws
  {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); "$XDP" test \(program) \(Packets.options([4, 4, 0, 1]).joined(separator: " ")) \
        --output $folder/in.pcapng > $folder/text
      wire="memory:wire=a --redirect 7=memory:wire=a --json"
      "$XDP" run \(program) --count 10 --on pcap:$folder/in.pcapng $wire
      "$XDP" test \(program) \(Packets.options([0, 1]).joined(separator: " ")) --output $folder/in.pcapng > $folder/text
      "$XDP" run \(program) --on pcap:$folder/in.pcapng $wire; rm -r $folder
      """
    )
    // What comes over the wire is redirected into it again.
    let received = call.output.matches(of: /"received": ([0-9]+)/).map(\.1)
    #expect(received == ["4", "6", "2", "0"], "\(call.messages)")
  }

  @Test func `tells of packets that went nowhere`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); "$XDP" test \(program) \(Packets.options([4, 9]).joined(separator: " ")) \
        --output $folder/in.pcapng > $folder/text; "$XDP" run \(program) --on pcap:$folder/in.pcapng; rm -r $folder
      """
    )
    #expect(call.output.contains("1 packet redirected to no known interface"))
    #expect(call.output.contains("1 packet got a number that is no action, first 77"))
  }

  @Test(arguments: [
    (["--on", "eth0"], Int32(3), "--on eth0"), (["--on", "xsk:eth0"], 3, "AF_XDP"),
    (["--on", "memory:", "--engine", "kernel"], 3, "--engine kernel"),
    (["--on", "memory:", "--mode", "offload"], 3, "offload"), (["--on", "nope:1"], 2, "nope:"),
    (["--on", "pcap:nope.pcap"], 2, "nope.pcap"), (["--on", "memory:colour=1"], 2, "colour"), ([], 2, "--on"),
    (["--on", "memory:", "--redirect", "1=memory:"], 2, "interface 1 already"),
    (["--on", "memory:", "--redirect", "x=memory:"], 2, "no interface's number"),
    (["--on", "memory:", "--duration", "-1"], 2, "duration"), (["--on", "pcap:README.md"], 2, "README.md"),
    (["--on", "memory:wire=a"], 2, "memory:wire=a: one end of the wire is missing"),
    (["--on", "memory:wire=a", "memory:wire=a", "memory:wire=a"], 2, "both ends of the wire are in use"),
  ])
  func `refuses what it cannot do, and says why`(arguments: [String], code: Int32, hint: String) async throws
  {
    let call = try await Invocation.xdp(["run", program] + arguments)
    #expect(call.exitCode == code)
    #expect(call.messages.contains(hint))
    #expect(call.output.isEmpty)
  }

  @Test func `refuses to write over what it reads, as bad usage`() async throws {
    for arguments in [
      "run \(firewall) --on pcap:$file,$file", "run \(firewall) --on pcap:$file --redirect 9=pcap:,$file",
      "test \(firewall) --input $file --output $file",
    ] {
      let call = try await Invocation.shell(
        """
        file=$(mktemp) && cp \(traffic) $file && "$XDP" \(arguments); code=$?
        cmp \(traffic) $file || code=99; rm $file; exit $code
        """
      )
      #expect(call.exitCode == 2, "\(arguments)")
      #expect(call.messages.contains(" read"), "\(call.messages)")
    }
  }

  @Test func `says where the program belongs when --on has swallowed it`() async throws {
    let call = try await Invocation.xdp("run", "--on", "memory:", program)
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("put the program first"))
  }

  @Test func `reports what came before damage in a capture, and fails`() async throws {
    let call = try await Invocation.shell(
      """
      file=$(mktemp) && head -c 100000 \(traffic) > $file && "$XDP" run \(firewall) --on pcap:$file --json
      code=$?; rm $file; exit $code
      """
    )
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("damaged") || call.messages.contains("truncated"))
    #expect(call.output.contains(#""verdicts""#))
  }
}
