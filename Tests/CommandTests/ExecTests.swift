import BPFJIT
import Testing

@Suite struct `xdp exec` {
  private static let engines = ["interpreter", "oracle"] + (CompiledProgram.isSupported ? ["jit"] : [])

  /// The instructions `r0 = 42; exit`.
  private let answer = "b7 00 00 00 2a 00 00 00 95 00 00 00 00 00 00 00"
  /// The instructions `r0 = *(u8 *)(r1 +3); exit`.
  private let fourthByte = "7110030000000000 9500000000000000"
  /// The instructions `r0 = r2; exit`.
  private let length = "bf20000000000000 9500000000000000"

  @Test func `prints r0 in hex`() async throws {
    let call = try await Invocation.xdp("exec", input: answer)
    #expect(call.output == "0x2a\n")
    #expect(call.messages.isEmpty)
    #expect(call.exitCode == 0)
  }

  @Test(arguments: engines)
  func `gives the program memory in r1 and its length in r2`(engine: String) async throws {
    let byte = try await Invocation.xdp(
      "exec",
      "--memory",
      "aa bb cc dd",
      "--engine",
      engine,
      input: fourthByte
    )
    #expect(byte.output == "0xdd\n")
    let count = try await Invocation.xdp("exec", "--memory", "aabbcc", "--engine", engine, input: length)
    #expect(count.output == "0x3\n")
  }

  @Test(arguments: ["interpreter", "oracle"])
  func `stops a program that leaves its memory, with exit code 1`(engine: String) async throws {
    let call = try await Invocation.xdp("exec", "--memory", "aabbcc", "--engine", engine, input: fourthByte)
    #expect(call.output.isEmpty)
    #expect(call.messages.contains("slot 0"))
    #expect(call.exitCode == 1)
  }

  @Test func `prints the trap as JSON and nothing else on standard output`() async throws {
    let call = try await Invocation.xdp("exec", "--json", "--memory", "aabbcc", input: fourthByte)
    #expect(call.output.contains(#""r0": null"#))
    #expect(call.output.contains(#""slot": 0"#))
    #expect(call.exitCode == 1)
  }

  @Test(arguments: [
    ("aa  bb  cc  dd  ", "", "dd\n"), ("aabbccdd", "--debug", "dd\n"),
  ])
  func `speaks the protocol of the conformance runner`(
    memory: String,
    option: String,
    output: String
  ) async throws {
    let call = try await Invocation.xdp("exec", "--plugin", memory, option, input: fourthByte)
    #expect(call.output == output)
    #expect(call.exitCode == 0)
  }

  @Test func `runs without memory as the conformance runner calls it`() async throws {
    for arguments in [["exec", "--plugin", "", ""], ["exec", "--plugin"]] {
      let call = try await Invocation.xdp(arguments, input: answer)
      #expect(call.output == "2a\n")
    }
  }

  @Test func `prints all 64 bits`() async throws {
    let call = try await Invocation.xdp("exec", "--plugin", input: "b7000000ffffffff 9500000000000000")
    #expect(call.output == "ffffffffffffffff\n")
  }

  @Test func `takes an ELF object, as bytes and as hex`() async throws {
    let plain = try await Invocation.shell("\"$XDP\" exec --program sum < Tests/Fixtures/exec.o")
    #expect(plain.output == "0x6\n", "\(plain.messages)")
    let hex = try await Invocation.shell(
      "od -An -v -tx1 Tests/Fixtures/exec.o | \"$XDP\" exec --plugin '01 02 03' --elf --program sum"
    )
    #expect(hex.output == "6\n", "\(hex.messages)")
  }

  @Test func `refuses a program that uses maps, and a name for instructions that have none`() async throws {
    let maps = try await Invocation.shell("\"$XDP\" exec --program classify < Tests/Fixtures/command.o")
    #expect(maps.exitCode == 2)
    #expect(maps.messages.contains("'classify' uses maps (") && maps.messages.contains("xdp test"))
    let named = try await Invocation.xdp("exec", "--program", "sum", input: answer)
    #expect(named.exitCode == 2)
    #expect(named.messages.contains("--program sum: standard input holds instructions"))
    #expect(named.output.isEmpty)
  }

  @Test(arguments: ["/dev/zero", "/dev/urandom"])
  func `refuses a program without end at a stated size`(device: String) async throws {
    let call = try await Invocation.shell("\"$XDP\" exec < \(device)")
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("larger than 32 MiB"))
  }

  @Test(arguments: [
    ("xyz", "'x', is not a hexadecimal digit"), ("b7", "multiple of 8"), ("", "no instruction"),
    ("ff00000000000000", "slot 0: no instruction has opcode 0xff"), ("7f454c46", "standard input"),
  ])
  func `refuses what is no program`(input: String, hint: String) async throws {
    let call = try await Invocation.xdp("exec", input: input)
    #expect(call.exitCode == 2)
    #expect(call.messages.hasPrefix("error: "))
    #expect(call.messages.contains(hint))
    #expect(call.output.isEmpty)
  }

  @Test(.enabled("there is a code generator for this processor") { CompiledProgram.isSupported })
  func `verifies what is to be machine code, and refuses with the slots as they came`() async throws {
    let call = try await Invocation.xdp(
      "exec",
      "--memory",
      "aabbcc",
      "--engine",
      "jit",
      input: "b701000000000000" + fourthByte.prefix(16)
    )
    #expect(call.exitCode == 1)
    #expect(call.output.isEmpty)
    #expect(call.messages.contains("the verifier refuses these instructions"))
    #expect(call.messages.contains("slot 1: error:"))
    #expect(call.messages.contains(" 1: r0 = *(u8 *)(r1 +3)"))
    #expect(call.messages.contains("--engine interpreter runs them all the same"))
  }

  @Test(.enabled("there is a code generator for this processor") { CompiledProgram.isSupported })
  func `runs machine code for the conformance runner, and shows the memory afterwards`() async throws {
    // r0 = 0x1_0000_0000 | *(u8 *)(r1 +3), and *(u8 *)(r1 +0) = 7
    let code = """
      1800000000000000 0000000001000000 7113030000000000 4f30000000000000
      7201000007000000 9500000000000000
      """
    let plugin = try await Invocation.xdp("exec", "--plugin", "aabbccdd", "--engine", "jit", input: code)
    #expect(plugin.output == "1000000dd\n")
    #expect(plugin.exitCode == 0)
    let document = try await Invocation.xdp(
      "exec",
      "--memory",
      "aabbccdd",
      "--engine",
      "jit",
      "--json",
      input: code
    )
    #expect(document.output.contains(#""r0": "0x1000000dd""#))
    #expect(document.output.contains(#""memory": "07bbccdd""#))
    #expect(document.output.contains(#""trap": null"#))
  }

  @Test func `makes no machine code of what is not to be verified`() async throws {
    let call = try await Invocation.xdp("exec", "--engine", "jit", "--unverified")
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("machine code checks nothing"))
  }
}
