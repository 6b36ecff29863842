import JSON
import TestSupport
import Testing

/// `run` and `test` verify before they run.
@Suite struct `A program that is refused` {
  private static let packet = ["--packet", "020000000001020000000002aabb"]
  private static let object = ["Tests/Fixtures/verify.o", "--program", "packet_bounds"]

  @Test(arguments: [["test"] + object + packet, ["run"] + object + ["--on", "memory:count=1"]])
  func `does not run, and the verifier says why`(arguments: [String]) async throws {
    let call = try await Invocation.xdp(arguments)
    #expect(call.exitCode == 1)
    #expect(call.output.isEmpty)
    try Golden.expect(call.messages, "refused.txt")
  }

  @Test func `is judged no more than other programs where it is not asked for`() async throws {
    let call = try await Invocation.xdp(
      ["test", "Tests/Fixtures/verify.o", "--program", "careful"] + Self.packet
    )
    #expect(call.exitCode == 0)
    #expect(call.messages.isEmpty)
  }

  @Test(arguments: [["test"] + object + packet, ["run"] + object + ["--on", "memory:count=1,size=64"]])
  func `runs unverified`(arguments: [String]) async throws {
    let call = try await Invocation.xdp(arguments + ["--unverified"])
    #expect(call.exitCode == 0, "\(call.messages)")
    #expect(call.output.contains("packet_bounds"))
    #expect(call.output.contains("interpreter"))
  }

  @Test(arguments: [[], ["--json"], ["--trace"], ["--why", "pass"], ["--engine", "oracle"]])
  func `is refused for every form of report`(options: [String]) async throws {
    let call = try await Invocation.xdp(["test"] + Self.object + Self.packet + options)
    #expect(call.exitCode == 1)
    #expect(call.output.isEmpty)
    #expect(call.messages.contains("error: reads") || call.messages.contains("error: accesses"))
  }

  @Test func `may be one that a tail call leads to`() async throws {
    let call = try await Invocation.shell(
      #"""
      folder=$(mktemp -d)
      cat > $folder/f.c <<'END'
      int second(unsigned *ctx) __attribute__((section("?xdp")));
      struct { int (*type)[3]; int (*max_entries)[1]; unsigned *key; int (*values[])(unsigned *); } programs
        __attribute__((section(".maps"), used)) = { .values = { [0] = second } };
      int second(unsigned *ctx) { return *(unsigned char *)(long)ctx[0]; }
      static long (*tail_call)(void *, void *, unsigned) = (void *)12;
      __attribute__((section("xdp"))) int first(unsigned *ctx) { tail_call(ctx, &programs, 0); return 2; }
      END
      "$XDP" test $folder/f.c --program first --packet 00; code=$?; rm -r $folder; exit $code
      """#
    )
    #expect(call.exitCode == 1)
    #expect(call.messages.contains("the verifier refuses 'second', so it does not run"), "\(call.messages)")
  }

  @Test func `cannot be forced on the kernel`() async throws {
    let call = try await Invocation.xdp(
      ["test"] + Self.object + Self.packet + ["--engine", "kernel", "--unverified"]
    )
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("--unverified has no effect on --engine kernel"))
  }

  @Test(KernelAccess.required) func `is refused by the kernel in its own words where that runs it`()
    async throws
  {
    let call = try await Invocation.xdp(["test"] + Self.object + Self.packet + ["--engine", "kernel"])
    #expect(call.exitCode == 1)
    #expect(call.messages.contains("the kernel's verifier refuses 'packet_bounds'"))
  }
}
