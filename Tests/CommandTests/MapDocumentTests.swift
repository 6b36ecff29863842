import TestSupport
import Testing

/// Maps of every family as the command prints them, and as `--map` files fill them.
@Suite struct `Maps in documents` {
  private let program = "Tests/Fixtures/families.o"

  /// Runs the fixture with map files, given as names and contents, over packets.
  private func run(
    _ files: [(map: String, contents: String)],
    _ options: String,
    packets: [String]
  ) async throws -> Invocation {
    let made = files.map { "printf '%s' '\($0.contents)' > $folder/\($0.map)" }
    let named = files.map { "--map \($0.map)=$folder/\($0.map)" }
    return try await Invocation.shell(
      """
      folder=$(mktemp -d); \(made.joined(separator: "; "))
      "$XDP" test \(program) --clock 1 --seed 7 \(options) \(named.joined(separator: " ")) \
      \(packets.map { "--packet \($0)" }.joined(separator: " "))
      code=$?; rm -r $folder; exit $code
      """
    )
  }

  private let packets = ["0511", "0611", "0512", "0711"].map { $0 + String(repeating: "00", count: 16) }

  @Test(arguments: ["interpreter", "oracle"])
  func `queues have records, maps of maps their inner maps`(engine: String) async throws {
    let call = try await run(
      [
        ("tenants", #"[{"key": 17, "value": [{"key": 5, "value": {"first": 50, "second": 40}}]}]"#),
        (
          "slots",
          #"[{"key": 1, "value": []}, {"key": 0, "value": [{"key": 1, "value": "0100000002000000"}]}]"#
        ),
        ("waiting", #"{"records": ["0100000002000000", "0300000004000000"]}"#),
        ("undone", #"{"records": ["09000000", "08000000"]}"#),
        ("known", #"{"records": ["06000000"]}"#),
        ("ports", #"[{"key": 77, "value": {"first": 1, "second": 0}}]"#),
        ("cpus", #"[{"key": 0, "value": {"first": 192, "second": 0}}]"#),
      ],
      "--json --engine \(engine)",
      packets: packets
    )
    #expect(call.exitCode == 0, "\(call.messages)")
    let maps = call.output.drop { $0 != "{" }.split(separator: #""maps":"#).last.map(String.init) ?? ""
    try Golden.expect(maps, "families.json")
  }

  @Test(KernelAccess.required) func `the kernel's maps read the same`() async throws {
    let call = try await run(
      [
        ("tenants", #"[{"key": 17, "value": [{"key": 5, "value": {"first": 50, "second": 40}}]}]"#),
        ("waiting", #"{"records": ["0100000002000000", "0300000004000000"]}"#),
        ("undone", #"{"records": ["09000000", "08000000"]}"#),
        ("cpus", #"[{"key": 0, "value": {"first": 192, "second": 0}}]"#),
      ],
      "--engine all",
      packets: packets
    )
    #expect(call.exitCode == 0, "\(call.output)\(call.messages)")
  }

  /// The program drops a packet whose output nobody takes in: number 13 asks for more than the packet has.
  @Test(KernelAccess.required) func `perf events have a reader on every engine`() async throws {
    let packets = (0..<14).map {
      "--packet 0202020202020303030303030800" + String(repeating: "45", count: $0)
    }
    let call = try await Invocation.shell(
      "\"$XDP\" test Tests/Fixtures/programs/mirror.o --engine all \(packets.joined(separator: " "))"
    )
    #expect(call.exitCode == 0, "\(call.output)\(call.messages)")
    #expect(call.messages == "")
    #expect(call.output.contains("mirror, kernel: 14 packets: 1 drop, 13 pass\n"), "\(call.output)")
    #expect(
      call.output.contains(
        """
        readers (perf_event_array)
          "01000000000000000e0000000008030303030303000000000202020202020303030303030800"
          "02000000000000000f000000000803030303030300000000020202020202030303030303080045"

        """
      ),
      "\(call.output)"
    )
  }

  @Test(arguments: [
    ("tenants", #"[{"key": 1, "value": [{"key": 1}]}]"#, "entry 0: value: entry 0: an entry has"),
    ("tenants", #"[{"key": 1, "value": 7}]"#, "entry 0: value: the entries of a map are an array"),
    ("tenants", #"[{"key": 1, "value": []}, {"key": 1, "value": []}]"#, "entry 1: has the key of entry 0"),
    (
      "tenants", #"[{"key": 1, "value": [{"key": 2, "value": "00"}]}]"#,
      "entry 0: value: entry 0: value: "
    ), ("slots", #"[{"key": 2, "value": []}]"#, "entry 0: value: map 'slots'"),
    (
      "recent", #"[{"key": 1, "values": [1]}, {"key": 2, "values": [1]}, {"key": 1, "values": [1]}]"#,
      "entry 2: has the key of entry 0"
    ),
    ("recent", #"[{"key": "x", "values": [1]}]"#, "entry 0: key: "),
    ("waiting", #"[]"#, #"the contents of a queue are {"records": ["hex", …]}"#),
    ("waiting", #"{"records": ["00"]}"#, "record 0: 8 bytes are needed"),
    ("undone", #"{"records": ["01000000", "02000000", "03000000", "04000000"]}"#, "record 0: map 'undone'"),
    ("ports", #"[{"key": 1, "value": {"first": 0, "second": 0}}]"#, "entry 0: value: map 'ports'"),
    ("cpus", #"[{"key": 0, "value": {"first": 20000, "second": 0}}]"#, "at most 16384 packets"),
    ("events", #"{"records": []}"#, "a perf_event_array cannot be filled from a file"),
  ])
  func `an entry that does not fit is named`(map: String, contents: String, hint: String) async throws {
    let call = try await run([(map, contents)], "", packets: [packets[0]])
    #expect(call.exitCode == 2)
    #expect(call.messages.contains(hint), "\(call.messages)")
  }
}
