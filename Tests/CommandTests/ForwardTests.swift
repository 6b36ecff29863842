import Foundation
import Testing

@Suite struct `Packets that are sent on` {
  private let program = "Tests/Fixtures/forward.o"
  private let frame = "00112233445502aabbccddee08004500003200000000401100000a010007c0000209deadbeef"
  private let routes = """
    {"interfaces": [{"ifindex": 1, "mac": "02:00:00:00:00:01", "addresses": ["10.1.0.1/24"]},
                    {"ifindex": 7, "mac": "02:00:00:00:00:07", "addresses": ["10.7.0.1/24"]}],
     "routes": [{"to": "192.0.2.0/24", "via": "10.7.0.254", "ifindex": 7}],
     "neighbours": [{"address": "10.7.0.254", "ifindex": 7, "mac": "02:00:00:00:07:fe"}]}
    """

  @Test func `find their way by the routes of a file`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); printf '%s' '\(routes)' > $folder/routes.json
      "$XDP" test \(program) --program route --packet \(frame) --routes $folder/routes.json --json; rm -r $folder
      """
    )
    #expect(call.exitCode == 0, "\(call.messages)")
    #expect(call.output.contains(#""action": "redirect""#))
    #expect(call.output.contains(#""ifindex": 7"#))
    #expect(call.output.contains(#""data": "0200000007fe0200000000070800"#))
  }

  @Test func `without routes stop a program that asks for them`() async throws {
    let call = try await Invocation.xdp("test", program, "--program", "route", "--packet", frame)
    #expect(call.exitCode == 1)
    #expect(call.output.contains("bpf_fib_lookup: there is no routing table: none was given (--routes)"))
  }

  @Test(arguments: [
    (
      #"{"routes": [{"to": "10.0.0.0/40", "ifindex": 1}]}"#,
      "routes, entry 0: to: a prefix such as 10.0.0.0/8"
    ),
    (#"{"routes": [{"to": "10.0.0.0/8"}]}"#, "routes, entry 0: ifindex: it is missing"),
    (#"{"neighbours": [{"address": "::1", "ifindex": -1}]}"#, "neighbours, entry 0: ifindex: a whole number"),
    (
      #"{"interfaces": [{"ifindex": 1, "mac": 5}]}"#,
      "interfaces, entry 0: mac: an Ethernet address is needed"
    ),
    (#"{"interface": []}"#, #"there is no member "interface""#), ("[]", "the file: an object is needed"),
    ("{", "routes.json"),
  ])
  func `need a file that says what it means`(text: String, message: String) async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); printf '%s' '\(text)' > $folder/routes.json
      "$XDP" test \(program) --program route --packet \(frame) --routes $folder/routes.json; code=$?
      rm -r $folder; exit $code
      """
    )
    #expect(call.exitCode == 2)
    #expect(call.messages.contains(message), "\(call.messages)")
  }

  @Test func `pass the program of a devmap's entry on their way out`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d)
      "$XDP" test Tests/Fixtures/command.o \(Packets.options([4, 1, 6]).joined(separator: " ")) \
        --output $folder/in.pcapng > $folder/text
      printf '%s' '[{"key": 0, "value": {"ifindex": 7, "program": "leave"}}]' > $folder/targets.json
      "$XDP" run \(program) --program send --on pcap:$folder/in.pcapng --redirect 7=pcap:,$folder/away.pcapng \
        --map targets=$folder/targets.json --json
      "$XDP" test \(program) --program leave --input $folder/away.pcapng --json; rm -r $folder
      """
    )
    #expect(call.output.contains(#""redirect": 3"#), "\(call.messages)")
    #expect(call.output.contains(#""droppedOnTheWay": 1"#))
    #expect(call.output.contains(#""transmitted": 2"#))
    #expect(call.output.components(separatedBy: #""data": "0"#).count == 3)
  }

  @Test func `need a program that is there`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d)
      printf '%s' '[{"key": 0, "value": {"ifindex": 7, "program": "nobody"}}]' > $folder/targets.json
      "$XDP" run \(program) --program send --on memory:count=1 --map targets=$folder/targets.json; code=$?
      rm -r $folder; exit $code
      """
    )
    #expect(call.exitCode == 2)
    #expect(call.messages.contains("no program 'nobody' is loaded; there are send, leave"))
  }
}
