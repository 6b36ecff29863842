import Foundation
import TestSupport
import Testing

/// `xdp attach`, `status`, `map` and `detach`, in a network namespace that each call has for itself.
@Suite(KernelAccess.required, .enabled(if: PrivateNetwork.command != nil, "iproute2 is not installed"))
struct `Programs on hooks` {
  private static let firewall = "Programs/firewall/firewall.o"

  /// Runs lines of a shell in a namespace with a veth pair.
  private static func run(_ lines: String) async throws -> Invocation {
    let script = "ip link add west type veth peer name east && ip link set west up\n" + lines
    return try await Invocation.shell("unshare --net bash -c '\(script)'")
  }

  @Test func `are attached, shown, replaced and detached`() async throws {
    let call = try await Self.run(
      """
      "$XDP" attach \(Self.firewall) west && "$XDP" status west --json | grep -E "name|mode|owner"
      "$XDP" attach \(Self.firewall) west && echo twice
      "$XDP" attach \(Self.firewall) west --replace && "$XDP" detach west && "$XDP" status west
      "$XDP" detach west; echo $?
      """
    )
    let output = call.output.replacing(/id \d+|program \d+/) { "\($0.output.split(separator: " ")[0]) N" }
    #expect(
      output == """
        west: 'firewall' (id N) is attached, native
              "name": "west",
                  "name": "firewall",
                  "mode": "native",
                  "owner": "netlink",
        west: 'firewall' (id N) is attached, native
        west: program N is detached, native
        interface  mode  program  id  tag  held by  runs  ns a run
        west       -
        1

        """
    )
    #expect(call.messages.contains("RTM_SETLINK of 'west' failed: busy (EBUSY)"))
    #expect(call.messages.contains("'firewall' (id "))
    #expect(call.messages.contains("west has no program on its hook"))
  }

  @Test func `have maps that are listed, read and changed`() async throws {
    let call = try await Self.run(
      """
      "$XDP" attach \(Self.firewall) west --json > attached.$$
      program=$(grep -o "\\"id\\": [0-9]*" attached.$$ | grep -o "[0-9]*"); rm attached.$$
      map=$("$XDP" map list --program $program | grep closed_ports | grep -o "^ *[0-9]*")
      "$XDP" map set $map "{\\"protocol\\": 6, \\"port\\": 23}" 7 && "$XDP" map dump $map
      "$XDP" map get $map "{\\"protocol\\": 6, \\"port\\": 23}" && "$XDP" map show $map | grep -o "hash.*1024"
      "$XDP" map delete $map "{\\"protocol\\": 6, \\"port\\": 23}" && "$XDP" map dump $map --json
      "$XDP" map get $map "{\\"protocol\\": 6, \\"port\\": 23}"; echo $?
      "$XDP" map set $map "{\\"protocl\\": 6}" 7; echo $?
      """
    )
    #expect(
      call.output == """
        {"protocol": 6, "port": 23} → 7
        7
        hash    4      8     1024
        []
        1
        2

        """
    )
    #expect(call.messages.contains("the map 'closed_ports' has no such key"))
    #expect(call.messages.contains("protocl"))
  }

  @Test(arguments: [
    ("attach OBJECT nowhere", 3, "there is no such interface in this network namespace"),
    ("attach OBJECT lo --mode native", 3, "EOPNOTSUPP"), ("status nowhere", 3, "nowhere"),
    ("map dump nothing", 2, "there is no map 'nothing'"), ("map dump /no/pin", 3, "/no/pin"),
    ("detach west --id 1 --all", 2, "exclude each other"),
  ])
  func `are refused with the reason`(words: String, code: Int32, message: String) async throws {
    let call = try await Self.run("\"$XDP\" " + words.replacing("OBJECT", with: Self.firewall))
    #expect(call.exitCode == code)
    #expect(call.messages.contains(message), "\(call.messages)")
  }
}
