import Testing

@Suite struct `xdp inspect` {
  @Test func `shows programs, maps and globals`() async throws {
    let call = try await Invocation.xdp("inspect", "Tests/Fixtures/command.o")
    #expect(call.exitCode == 0)
    try Golden.expect(call.output, "inspect.txt")
  }

  @Test func `prints its document`() async throws {
    let call = try await Invocation.xdp("inspect", "Tests/Fixtures/command.o", "--json")
    #expect(call.messages.isEmpty)
    try Golden.expect(call.output, "inspect.json")
  }

  @Test func `shows instructions under their source lines`() async throws {
    let call = try await Invocation.xdp(
      "inspect",
      "Tests/Fixtures/command.o",
      "--program",
      "careless",
      "--disassemble"
    )
    try Golden.expect(call.output, "inspect-disassemble.txt")
  }

  @Test func `puts the instructions into the document`() async throws {
    let call = try await Invocation.xdp(
      "inspect",
      "Tests/Fixtures/command.o",
      "--program",
      "careless",
      "--disassemble",
      "--json"
    )
    try Golden.expect(call.output, "inspect-disassemble.json")
  }

  @Test(arguments: [
    ("classifier", "classifier"), ("tc", "tc"), ("tcx/ingress", "tcx"), ("iter/bpf_map", "iter"),
    ("tp_btf/xdp_exception", "tp_btf"), ("fentry.s/f", "fentry"), ("?lsm.s/f", "lsm"),
    ("cgroup/skb", "cgroup"),
    ("tp/xdp/xdp_exception", "tp"), ("xdp", "xdp"), ("xdp.frags/cpumap", "xdp/cpumap"), ("prog", "xdp"),
  ])
  func `says what programs of other kinds are, and nothing runs them`(
    section: String,
    type: String
  ) async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); printf 'int f(void *ctx) __attribute__((section("\(section)")));
      int f(void *ctx) { return 2; }' > $folder/f.c; clang -O2 -g -target bpf -c $folder/f.c -o $folder/f.o
      "$XDP" inspect $folder/f.o; "$XDP" inspect $folder/f.o --json
      for program in '' '--program f'
      do "$XDP" test $folder/f.o --packet 00 $program; echo exit $?
      "$XDP" run $folder/f.o --on memory:count=1 $program > $folder/out; echo exit $?; done; rm -r $folder
      """
    )
    #expect(call.output.contains(#""attachType": "\#(type)""#), "\(call.output)\(call.messages)")
    let isOther = !type.hasPrefix("xdp")
    #expect(call.output.contains("a \(type) program, which cannot be run here") == isOther)
    #expect(call.messages.contains("holds no XDP program, but programs of \(type)") == isOther)
    #expect(
      call.messages.contains("'f' is a \(type) program by its section '\(section)': only XDP programs")
        == isOther
    )
    #expect(call.output.split(separator: "\n").filter { $0 == "exit \(isOther ? 2 : 0)" }.count == 4)
  }

  @Test func `prints types as C declarations`() async throws {
    let call = try await Invocation.xdp("inspect", "Tests/Fixtures/command.o", "--btf")
    #expect(call.output.contains("struct endpoint {\n\tu8 address[4];\n\tu16 port;\n"))
    #expect(call.output.contains("MODE_STRICT = 7"))
  }

  @Test func `sets globals by their types`() async throws {
    let settings = [
      "limit=0x20", "label=eth0", "mode=MODE_STRICT", "enabled=false",
      #"last={"address":[1,2,3,4],"port":99}"#,
      "total=18446744073709551615",
    ]
    let call = try await Invocation.xdp(
      ["inspect", "Tests/Fixtures/command.o", "--json"] + settings.flatMap { ["--set", $0] }
    )
    for value in [
      #""value": 32"#, #""value": "eth0""#, #""value": "MODE_STRICT""#, #""value": false"#,
      #""value": {"address": [1, 2, 3, 4], "port": 99, "pad": 0}"#, #""value": "18446744073709551615""#,
    ] {
      #expect(call.output.contains(value))
    }
  }

  @Test(arguments: [
    ("limit=abc", "expected a number"), ("limit=4294967296", "32 bits"), ("limit=-1", "32 bits"),
    ("nope=1", "variables: limit, enabled"), (#"last={"x":1}"#, "known are address, port, pad"),
    (#"last={"port":65536}"#, ".port"), ("mode=X", "MODE_OFF, MODE_COUNT, MODE_STRICT"),
    ("label=12345678901234567", "17 elements for an array of 16"), ("enabled=maybe", "maybe"),
    ("limit", "name=value"),
  ])
  func `refuses a setting that does not fit, and says what would`(setting: String, hint: String) async throws
  {
    let call = try await Invocation.xdp("inspect", "Tests/Fixtures/command.o", "--set", setting)
    #expect(call.exitCode == 2)
    #expect(call.messages.contains(setting))
    #expect(call.messages.contains(hint))
    #expect(call.output.isEmpty)
  }

  @Test func `resizes maps`() async throws {
    let call = try await Invocation.xdp("inspect", "Tests/Fixtures/command.o", "--max-entries", "flows=99")
    #expect(call.output.contains("99 entries"))
  }

  @Test(arguments: ["flows=0", "flows=x", "flows=-1", "flow=1", ".data=2", "flows=99999999999"])
  func `refuses a size that no map can have`(setting: String) async throws {
    let call = try await Invocation.xdp("inspect", "Tests/Fixtures/command.o", "--max-entries", setting)
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("--max-entries \(setting)"))
  }

  @Test(arguments: [
    ("nope.o", "cannot read the program 'nope.o'"), ("Tests/Fixtures/command.swift", "is Swift"),
    ("rules.yaml", "is a rule file"), ("README.md", "neither an object file nor a source"),
    ("Sources", "'Sources'"),
  ])
  func `refuses what is no program, and says what would be one`(path: String, hint: String) async throws {
    let call = try await Invocation.xdp("inspect", path)
    #expect(call.exitCode == 2)
    #expect(call.messages.contains(hint))
  }

  @Test func `names the programs where one is asked for that is not there`() async throws {
    let call = try await Invocation.xdp("inspect", "Tests/Fixtures/command.o", "--program", "nope")
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("classify, careless"))
  }

  @Test func `builds a C source first`() async throws {
    let call = try await Invocation.xdp("inspect", "Tests/Fixtures/command.c", "--program", "classify")
    #expect(call.exitCode == 0, "\(call.messages)")
    #expect(call.output.contains("classify"))
  }

  @Test func `shows the compiler's warnings for a C source, and goes on`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); printf 'int pass(void *ctx) __attribute__((section("xdp")));
      int pass(void *ctx) { int unused; return 2; }' > $folder/w.c
      "$XDP" inspect $folder/w.c --json > $folder/out; code=$?; rm -r $folder; exit $code
      """
    )
    #expect(call.exitCode == 0)
    #expect(call.messages.contains("warning: unused variable 'unused'"))
  }

  @Test func `shows the compiler's diagnostics for a C source that does not compile`() async throws {
    let call = try await Invocation.xdp("inspect", "Tests/Fixtures/broken.c")
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("broken.c:2:10: error:"))
    #expect(call.output.isEmpty)
  }

  @Test func `names the kernel's types that it cannot read`() async throws {
    let call = try await Invocation.xdp("inspect", "Tests/Fixtures/command.o", "--kernel-btf", "README.md")
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("--kernel-btf README.md"))
  }
}

@Suite struct `The command` {
  @Test(arguments: [["run"], ["test"], ["exec"], ["inspect"], []])
  func `has help with an example`(command: [String]) async throws {
    let call = try await Invocation.xdp(command + ["--help"])
    #expect(call.exitCode == 0)
    #expect(call.messages.isEmpty)
    #expect(call.output.contains("Example: "))
  }

  @Test(arguments: [["nope"], ["inspect"], ["inspect", "a.o", "--nope"], ["exec", "--engine", "nope"]])
  func `ends bad usage with exit code 2`(arguments: [String]) async throws {
    let call = try await Invocation.xdp(arguments)
    #expect(call.exitCode == 2)
    #expect(call.output.isEmpty)
    #expect(!call.messages.isEmpty)
  }

  @Test func `ends quietly when its reader has gone`() async throws {
    let call = try await Invocation.shell(
      "\"$XDP\" inspect Tests/Fixtures/command.o --json | head -c 1; true"
    )
    #expect(call.output == "{")
    #expect(call.messages.isEmpty)
  }

  @Test func `says so when standard output cannot be written`() async throws {
    let call = try await Invocation.shell("\"$XDP\" inspect Tests/Fixtures/command.o > /dev/full")
    #expect(call.exitCode == 3)
    #expect(call.messages.contains("standard output"))
  }

  @Test(arguments: ["--help", "run --help", "--version-is-none --help"])
  func `says so when help cannot be written`(arguments: String) async throws {
    let call = try await Invocation.shell("\"$XDP\" \(arguments) > /dev/full")
    #expect(call.exitCode == 3)
    #expect(call.messages.contains("standard output"))
  }

  @Test(arguments: [
    ["inspect", "/dev/zero"], ["inspect", "Tests/Fixtures/command.o", "--kernel-btf", "/dev/zero"],
    ["test", "Tests/Fixtures/command.o", "--packet", "00", "--map", "flows=/dev/zero"],
  ])
  func `refuses a file without end at a stated size`(arguments: [String]) async throws {
    let call = try await Invocation.xdp(arguments)
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("larger than 256 MiB"))
  }

  @Test(arguments: [("", true), ("1", false)])
  func `shows colour on a terminal unless NO_COLOR is set to something`(
    value: String,
    isShown: Bool
  ) async throws {
    let call = try await Invocation.shell(
      "export NO_COLOR='\(value)'; script -qec \"'$XDP' inspect nope.o\" /dev/null < /dev/null; true"
    )
    guard call.output.contains("nope.o") else { return }
    #expect(call.output.contains("\u{1B}[") == isShown)
  }

  @Test func `does not write into a file that it opened when standard output is closed`() async throws {
    let call = try await Invocation.shell("\"$XDP\" inspect Tests/Fixtures/command.o >&-")
    #expect(call.exitCode == 0)
  }

  @Test func `writes no colour into a file`() async throws {
    let call = try await Invocation.shell("unset NO_COLOR; \"$XDP\" inspect nope.o")
    #expect(!call.messages.contains("\u{1B}"))
  }
}
