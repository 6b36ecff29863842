import JSON
import TestSupport
import Testing

@Suite struct `xdp inspect --jit` {
  private let object = "Tests/Fixtures/programs/counters.o"

  private func members(_ value: JSONValue?) throws -> JSONObject {
    guard case .object(let object)? = value else { throw NotThere() }
    return object
  }

  private func elements(_ value: JSONValue?) throws -> [JSONValue] {
    guard case .array(let array)? = value else { throw NotThere() }
    return array
  }

  private struct NotThere: Error {}

  @Test(arguments: ["x86-64", "arm64"])
  func `lists all bytes once, in order, by instruction`(instructionSet: String) async throws {
    let call = try await Invocation.xdp("inspect", object, "--jit", instructionSet, "--json")
    #expect(call.exitCode == 0, "\(call.messages)")
    let program = try members(try elements(try members(try JSONParser.parse(call.output))["programs"]).first)
    let code = try members(program["machineCode"])
    #expect(code["instructionSet"] == .string(instructionSet))
    var end = 0, slots: [Int128] = []
    for part in try elements(code["code"]) {
      let part = try members(part)
      #expect(part["offset"] == .number(end))
      guard case .string(let digits)? = part["bytes"] else { throw NotThere() }
      end += digits.utf8.count / 2
      if case .integer(let slot)? = part["slot"] {
        slots.append(slot)
        guard case .string? = part["text"] else { throw NotThere() }
      }
    }
    #expect(code["bytes"] == .number(end))
    #expect(slots == slots.sorted() && slots.first == 0 && slots.count > 5)
    let names = try elements(code["functions"]).map { try members($0)["name"] }
    #expect(names.contains(.string("run")) && names.contains(program["name"] ?? .null))
  }

  @Test func `shows each instruction with its source line and the machine's bytes`() async throws {
    let call = try await Invocation.xdp(
      "inspect",
      "Tests/Fixtures/command.o",
      "--program",
      "classify",
      "--jit",
      "x86-64"
    )
    #expect(call.exitCode == 0, "\(call.messages)")
    #expect(call.output.hasPrefix("classify: "))
    #expect(call.output.contains(/\n; .*@ \.\/command\.c:\d+\n +\d+: r\d = .*\n +[0-9a-f]+  [0-9a-f]{2}/))
    #expect(call.output.contains("\nclassify:\n"))
  }

  @Test func `says why there is no machine code`() async throws {
    let refused = try await Invocation.xdp(
      "inspect",
      "Tests/Fixtures/command.o",
      "--program",
      "careless",
      "--jit",
      "arm64"
    )
    #expect(refused.exitCode == 1)
    #expect(refused.messages.contains("the verifier refuses 'careless'"))
    let unknown = try await Invocation.xdp("inspect", object, "--jit", "mips")
    #expect(unknown.exitCode == 2)
    #expect(unknown.messages.contains("mips"))
  }
}
