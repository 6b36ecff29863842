import JSON
import Testing

@Suite struct `xdp verify --log` {
  private static let object = ["verify", "Tests/Fixtures/verify.o", "--program", "packet_bounds"]

  @Test(arguments: [1, 2]) func `tells the states as the kernel does`(level: Int) async throws {
    let call = try await Invocation.xdp(Self.object + ["--log", "\(level)"])
    #expect(call.exitCode == 1)
    let log = call.output.components(upTo: "verify.c:50:15: error")
    try Golden.expect(log, "log-\(level).txt")
  }

  @Test func `keeps nothing but the figures of a program that is accepted at level 1`() async throws {
    let call = try await Invocation.xdp(
      "verify",
      "Tests/Fixtures/verify.o",
      "--program",
      "careful",
      "--log",
      "1"
    )
    #expect(call.exitCode == 0)
    #expect(call.output.hasPrefix("processed "))
  }

  @Test func `is a member of the document`() async throws {
    let call = try await Invocation.xdp(Self.object + ["--log", "2", "--json"])
    guard case .object(let document) = try JSONParser.parse(call.output),
      case .string(let log)? = document["log"]
    else {
      Issue.record("no log: \(call.output)")
      return
    }
    #expect(log.hasPrefix("0: R1=ctx() R10=fp0\n"))
  }

  @Test func `has no third level`() async throws {
    #expect(try await Invocation.xdp(Self.object + ["--log", "3"]).exitCode == 2)
  }
}

extension String {
  /// What comes before a piece of it.
  fileprivate func components(upTo piece: String) -> String {
    firstRange(of: piece).map { String(self[..<$0.lowerBound]) } ?? self
  }
}
