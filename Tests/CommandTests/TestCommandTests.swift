import BPFJIT
import TestSupport
import Testing

@testable import xdp

@Suite struct `xdp test` {
  private let program = "Tests/Fixtures/command.o"
  /// A clock and a seed make every run the same.
  private let fixed = ["--clock", "1234", "--seed", "7"]

  @Test(.enabled("there is a code generator for this processor") { CompiledProgram.isSupported })
  func `machine code gives the interpreter's documents`() async throws {
    let arguments = [
      "test", "Programs/firewall/firewall.o", "--input", "Programs/firewall/traffic.pcap", "--json",
      "--map", "blocked_v4=Programs/firewall/blocked_v4.json", "--engine",
    ]
    let interpreted = try await Invocation.xdp(arguments + ["interpreter"])
    let compiled = try await Invocation.xdp(arguments + ["jit"])
    #expect(compiled.exitCode == 0)
    #expect(compiled.output.contains(#""engine": "jit""#))
    let renamed = compiled.output.replacing(#""engine": "jit""#, with: #""engine": "interpreter""#)
    #expect(renamed == interpreted.output)
    let unverified = try await Invocation.xdp(arguments + ["jit", "--unverified"])
    #expect(unverified.exitCode == 2)
    #expect(unverified.messages.contains("machine code checks nothing"))
  }

  @Test func `reports each verdict and the packet after it`() async throws {
    let call = try await Invocation.xdp(["test", program] + Packets.options(0...12) + fixed)
    #expect(call.exitCode == 0)
    #expect(call.messages.isEmpty)
    try Golden.expect(call.output, "test.txt")
  }

  @Test func `prints its document`() async throws {
    let call = try await Invocation.xdp(["test", program, "--json"] + Packets.options(0...12) + fixed)
    #expect(call.exitCode == 0)
    #expect(call.messages.isEmpty)
    try Golden.expect(call.output, "test.json")
  }

  @Test func `gives the same for the same clock and seed, and other numbers for another seed`() async throws {
    let first = try await Invocation.xdp(["test", program, "--json"] + Packets.options([12]) + fixed)
    let again = try await Invocation.xdp(["test", program, "--json"] + Packets.options([12]) + fixed)
    let other = try await Invocation.xdp(
      ["test", program, "--json", "--clock", "1234", "--seed", "8"] + Packets.options([12])
    )
    #expect(first.output == again.output)
    #expect(first.output != other.output)
  }

  @Test(arguments: ["interpreter", "oracle"])
  func `names source line, slot and access where a packet stops the program, with exit code 1`(
    engine: String
  ) async throws {
    let arguments =
      ["test", program, "--unverified", "--program", "careless", "--engine", engine] + Packets.options([0])
    let call = try await Invocation.xdp(arguments)
    #expect(call.exitCode == 1)
    #expect(call.output.contains("command.c:"))
    #expect(call.output.contains("(slot 7)"))
    let document = try await Invocation.xdp(arguments + ["--json"])
    #expect(document.exitCode == 1)
    #expect(document.output.contains(#""engine": "\#(engine)""#))
    #expect(document.output.contains(#""slot": 7, "file": "./command.c", "line": "#))
  }

  @Test(arguments: ["interpreter", "oracle"])
  func `stops a packet that takes more than its budget`(engine: String) async throws {
    let arguments =
      ["test", program, "--engine", engine, "--packet", Packets.choosing(11)] + fixed + ["--budget"]
    let little = try await Invocation.xdp(arguments + ["1"]),
      enough = try await Invocation.xdp(arguments + ["9999"])
    #expect(little.exitCode == 1)
    #expect(little.output.contains("used up its instruction budget"))
    #expect(enough.exitCode == 0)
  }

  @Test func `fills maps in the form that it prints them`() async throws {
    let first = try await Invocation.shell(
      """
      file=$(mktemp) && printf '%s' '[{"key": {"address": [2, 170, 187, 204], "port": 221, "pad": 0},
        "value": {"packets": 41, "bytes": "9007199254740993", "mode": "MODE_STRICT", "seen": true}}]' > $file
      "$XDP" test \(program) --json --map flows=$file --packet \(Packets.choosing(11)); rm $file
      """
    )
    #expect(first.output.contains(#""packets": 42, "bytes": "9007199254741013", "mode": "MODE_STRICT""#))
  }

  @Test(arguments: [
    ("flows", "{}", "an array of"), ("flows", #"[{"key": 1}]"#, #"members "key" and "value""#),
    ("flows", #"[{"key": {"port": 1}, "value": {"x": 1}}]"#, "entry 0: value: value: no member 'x'"),
    (
      "flows", #"[{"key": "00", "value": {}}]"#,
      "entry 0: key: value: expected the members of struct endpoint"
    ), ("flows", "[1,]", "line 1, column 4"),
    ("events", "[]", #"{"records": ["hex", …]}"#), ("events", #"{"records": [1]}"#, "record 0"),
    ("events", #"{"records": ["00", "0"]}"#, "record 1: a byte is two"),
    ("nope", "[]", "there are ports, counters, flows"),
    ("counters", #"[{"key": 0, "value": 1}]"#, #""values""#),
    ("counters", #"[{"key": 0, "values": [1, 2]}]"#, "of 1 at most"),
    ("stamps", #"[{"key": 4, "value": 1}]"#, "entry 0"),
    ("flows", #"[{"key":{},"value":{},"x":1}]"#, #"no member "x""#),
  ])
  func `refuses entries that do not fit, and says where`(
    map: String,
    entries: String,
    hint: String
  ) async throws {
    let call = try await Invocation.shell(
      """
      file=$(mktemp) && printf '%s' '\(entries)' > $file
      "$XDP" test \(program) --map \(map)=$file --packet \(Packets.choosing(0)); code=$?; rm $file; exit $code
      """
    )
    #expect(call.exitCode == 2)
    #expect(call.messages.contains(hint), "\(call.messages)")
  }

  @Test func `fills a ring buffer with what it prints of one`() async throws {
    let call = try await Invocation.shell(
      """
      file=$(mktemp) && printf '{"records": ["0a0b", "", "ff"]}' > $file
      "$XDP" test \(program) --json --map events=$file --packet \(Packets.choosing(10)); rm $file
      """
    )
    #expect(call.exitCode == 0, "\(call.messages)")
    #expect(
      call.output.contains(#""events": {"records": ["0a0b", "", "ff", "0a1122334455"]}"#),
      "\(call.output)"
    )
  }

  @Test func `says the same of two equal runs that trap`() async throws {
    let arguments =
      ["test", program, "--unverified", "--json", "--program", "careless"] + Packets.options([0])
    let first = try await Invocation.xdp(arguments), second = try await Invocation.xdp(arguments)
    #expect(first.output == second.output)
    #expect(first.output.contains(#""message": "#))
  }

  @Test(arguments: ["--clock=5", "--clock=capture", "--seed=1", "--memory-limit=1M"])
  func `refuses for the kernel what only user space knows`(option: String) async throws {
    let call = try await Invocation.xdp(
      ["test", program, "--engine", "kernel", option] + Packets.options([0])
    )
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("has no effect on --engine kernel"))
  }

  @Test func `says where a redirect through a map goes`() async throws {
    let call = try await Invocation.shell(
      """
      file=$(mktemp) && printf '%s' '[{"key": "01000000", "value": "09000000"}]' > $file
      "$XDP" test \(program) --json --map ports=$file --packet \(Packets.choosing(5)); rm $file
      """
    )
    #expect(call.output.contains(#""redirect": {"map": "ports", "key": 1, "ifindex": 9, "flags": 1}"#))
  }

  @Test func `reports only the packets that are asked for, and counts all`() async throws {
    let drops = try await Invocation.xdp(
      ["test", program, "--json", "--why", "drop"] + Packets.options([0, 1, 2, 1])
    )
    #expect(drops.output.contains(#""index": 1,"#))
    #expect(drops.output.contains(#""index": 3,"#))
    #expect(!drops.output.contains(#""index": 0,"#))
    #expect(drops.output.contains(#""drop": 2, "pass": 1, "tx": 1"#))
    let second = try await Invocation.xdp(["test", program, "--at", "2"] + Packets.options([0, 1, 2, 1]))
    #expect(second.output.hasPrefix("#2 "))
    #expect(!second.output.contains("#3 "))
  }

  @Test func `reads captures and writes one with verdicts`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d) && "$XDP" test \(program) --input Programs/firewall/traffic.pcap --output $folder/out.pcapng \
        --max-entries events=65536 > $folder/first && "$XDP" test \(program) --input $folder/out.pcapng > $folder/second
      code=$?; head -c 4 $folder/out.pcapng | od -An -tx1; grep -a -c 'XDP_DROP (classify)' $folder/out.pcapng
      tail -n +1 $folder/second | grep -c '^#'; rm -r $folder; exit $code
      """
    )
    let lines = call.output.split(separator: "\n")
    #expect(call.exitCode == 0, "\(call.messages)")
    #expect(lines.first == " 0a 0d 0d 0a")
    #expect(lines.last.flatMap { Int($0) } ?? 0 > 1000)
  }

  @Test func `ends with exit code 130 when it is interrupted, and says so`() async throws {
    let packets = Packets.options(repeatElement(0, count: 100))
    let call = try await Invocation.shell(
      """
      "$XDP" test Tests/Fixtures/endless.o --unverified --json \(packets.joined(separator: " ")) &
      \(Invocation.interruptLast); wait $!
      """
    )
    #expect(call.exitCode == 130)
    #expect(call.messages.contains("interrupted"))
    #expect(!call.output.contains(#""index": 99,"#))
    #expect(call.output.hasSuffix("}\n"))
  }

  @Test func `keeps the capture's places, and says what it left out`() async throws {
    let file = try Packets.capture(lengths: [60, 5, 80_000, 60, 13, 14])
    defer { Packets.remove(file) }
    let call = try await Invocation.xdp(
      ["test", program, "--json", "--input", file] + Packets.options([0])
    )
    #expect(call.exitCode == 0)
    let places = call.output.matches(of: /"index": ([0-9]+),\s+"action"/).map { Int($0.1) }
    #expect(places == [0, 3, 5, 6])
    for (index, length) in [(1, 5), (2, 80_000), (4, 13)] {
      #expect(call.output.contains(#"{"index": \#(index), "length": \#(length), "reason": ""#))
    }
    #expect(
      call.messages.contains("2 packets left out, first #1 of 5 bytes: shorter than an Ethernet header")
    )
    #expect(call.messages.contains("1 packet left out, #2 of 80000 bytes: longer than 73152 bytes"))
  }

  @Test(KernelAccess.required) func `says which packets the kernel's test run does not take`() async throws {
    let short = ["--packet", "00112233445566778899aabbcc"]
    let kernel = try await Invocation.xdp(["test", program, "--engine", "kernel"] + short)
    #expect(kernel.exitCode == 2)
    #expect(kernel.messages.contains("packet 0: the kernel's test run takes packets of 14 bytes and more"))
    let all = try await Invocation.xdp(["test", program, "--engine", "all"] + Packets.options([1]) + short)
    #expect(all.exitCode == 0, "\(all.output)\(all.messages)")
    #expect(all.output.contains("no difference"))
    #expect(all.messages.contains("1 packet left out, #1 of 13 bytes: the kernel's test run takes"))
  }

  @Test(arguments: [
    (["--packet", "0"], "two hexadecimal digits"), (["--packet", "zz"], "hexadecimal digit"),
    (["--input", "nope.pcap"], "nope.pcap"), (["--input", "README.md"], "README.md"), ([], "--input"),
    (["--packet", "00", "--linear", "5"], "--linear 5"), (["--packet", "00", "--clock", "now"], "clock"),
    (["--packet", "00", "--why", "maybe"], "maybe"), (["--packet", "00", "--memory-limit", "0"], "0"),
  ])
  func `ends bad input with exit code 2 and says what is wrong`(
    arguments: [String],
    hint: String
  ) async throws {
    let call = try await Invocation.xdp(["test", program] + arguments)
    #expect(call.exitCode == 2)
    #expect(call.messages.contains(hint))
  }

  @Test func `lists the programs where it has to be told which`() async throws {
    let call = try await Invocation.xdp("test", "Tests/Fixtures/exec.o", "--packet", "00")
    #expect(call.exitCode == 2)
    #expect(
      call.messages.contains("choose one with --program, of first, sum")
        || call.messages.contains("sum, first")
    )
  }

  @Test func `keeps maps within the memory limit`() async throws {
    let arguments = ["test", program, "--memory-limit", "1M", "--max-entries", "flows=100000000"]
    let call = try await Invocation.xdp(arguments + Packets.options([0]))
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("flows"))
  }

  @Test(arguments: [(nil, 8 << 30), (1 << 40, 8 << 30), (4 << 30, 4 << 30)])
  func `limits maps to what the machine has`(memory: Int?, limit: Int) throws {
    #expect(PhysicalMemory.mapLimit(having: memory) == limit)
    let load = try RunOptions.parse([]).load
    let machine = try #require(PhysicalMemory.byteCount)
    #expect(load.memoryLimit.byteCount == PhysicalMemory.mapLimit(having: machine))
    #expect(try RunOptions.parse(["--memory-limit", "3M"]).load.memoryLimit.byteCount == 3 << 20)
  }

  /// Half a minute and more, if each value were looked at by itself.
  @Test(.timeLimit(.minutes(1))) func `lists what large per-CPU arrays hold`() async throws {
    let call = try await Invocation.xdp(
      ["test", program, "--max-entries", "counters=100000000"] + Packets.options([7])
    )
    let few = try await Invocation.xdp(["test", program] + Packets.options([7]))
    #expect(call.exitCode == 0)
    #expect(few.output.contains("counters (percpu_array)\n  7 → [1]"))
    #expect(call.output == few.output)
  }

  @Test(KernelAccess.required) func `finds no difference between the interpreter and the kernel`()
    async throws
  {
    // Random numbers and clocks (12) differ by their nature, packets too short for the kernel's test run cannot be run.
    let arguments =
      ["test", program, "--engine", "all"] + Packets.options([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 11])
    let call = try await Invocation.xdp(arguments)
    #expect(call.exitCode == 0, "\(call.output)\(call.messages)")
    #expect(call.output.contains("no difference"))
    let document = try await Invocation.xdp(arguments + ["--json"])
    #expect(document.output.contains(#""difference": null"#))
    #expect(document.output.contains(#""engine": "kernel""#))
  }

  @Test(KernelAccess.required) func `compares machine code too, or says why it is left out`() async throws {
    guard CompiledProgram.isSupported else { return }
    let whole = try await Invocation.xdp(
      ["test", program, "--engine", "all", "--json"] + Packets.options([1])
    )
    let engines = whole.output.matches(of: /"engine": "([a-z]+)"/).map { String($0.1) }
    #expect(engines == ["interpreter", "jit", "kernel"])
    #expect(whole.output.contains(#""absent": [],"#))
    let arguments = ["test", program, "--unverified", "--engine", "all"] + Packets.options([1])
    let part = try await Invocation.xdp(arguments + ["--json"])
    #expect(part.exitCode == 0)
    #expect(
      part.output.contains(/"absent": \[\s*\{\s*"engine": "jit",\s+"reason": "machine code checks nothing/)
    )
    #expect(part.messages.contains("warning: jit is left out: machine code checks nothing"))
  }

  @Test(KernelAccess.required) func `names the first difference between the interpreter and the kernel`()
    async throws
  {
    let arguments = ["test", program, "--engine", "all", "--clock", "1"] + Packets.options([0, 12])
    let call = try await Invocation.xdp(arguments + ["--json"])
    #expect(call.exitCode == 1)
    #expect(
      call.output.contains(
        #""difference": {"packet": null, "engines": ["interpreter", "kernel"], "field": "maps.stamps"}"#
      )
    )
  }

  @Test(KernelAccess.required) func `gives the kernel's reason for a program that it refuses`() async throws {
    let call = try await Invocation.xdp(
      ["test", program, "--program", "careless", "--engine", "kernel"] + Packets.options([0])
    )
    #expect(call.exitCode == 1)
    #expect(call.messages.contains("the kernel's verifier refuses 'careless'"))
  }
}
