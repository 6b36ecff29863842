import Testing
import XDP
import XDPDrivers

@Suite struct `Interface argument` {
  @Test(arguments: [
    ("eth0", InterfaceArgument.kernel("eth0")),
    ("enp0s31f6.100", .kernel("enp0s31f6.100")),
    ("pcap:in.pcap", .pcap(input: "in.pcap", output: nil)),
    ("pcap:a/in.pcap,/tmp/b:c.pcapng", .pcap(input: "a/in.pcap", output: "/tmp/b:c.pcapng")),
    ("pcap:,out.pcapng", .pcap(input: nil, output: "out.pcapng")),
    ("tap:tap0", .tap("tap0")),
    ("packet:veth1", .packet("veth1")),
    ("xsk:eth0", .xsk("eth0", queue: nil)),
    ("xsk:eth0:3", .xsk("eth0", queue: 3)),
  ])
  func `is read and printed`(text: String, expected: InterfaceArgument) throws {
    #expect(try InterfaceArgument(parsing: text) == expected)
    #expect("\(expected)" == text)
  }

  @Test(arguments: [
    ("", "interface '': an interface's name is missing"),
    ("traffic.pcap", "interface 'traffic.pcap': this is no interface's name; a capture is pcap:traffic.pcap"),
    ("/tmp/x", "interface '/tmp/x': this is no interface's name; a capture is pcap:/tmp/x"),
    ("a name", "interface 'a name': 'a name' cannot be an interface's name"),
    ("sixteen-bytes-xx", "interface 'sixteen-bytes-xx': an interface's name has at most 15 bytes"),
    ("pcap:", "interface 'pcap:': a file is missing: pcap:IN.pcap[,OUT.pcapng]"),
    ("pcap:,", "interface 'pcap:,': a file is missing: pcap:IN.pcap[,OUT.pcapng]"),
    ("pcap:in,", "interface 'pcap:in,': a file is missing: pcap:IN.pcap[,OUT.pcapng]"),
    ("pcap:x,x", "interface 'pcap:x,x': the capture to write is the one to read"),
    ("xsk:eth0:-1", "interface 'xsk:eth0:-1': '-1' is no queue's number"),
    ("xsk:eth0:65536", "interface 'xsk:eth0:65536': '65536' is no queue's number"),
    ("tap:", "interface 'tap:': an interface's name is missing"),
    (
      "pcapng:x",
      "interface 'pcapng:x': there is no kind 'pcapng:'; possible are "
        + "NAME, pcap:IN[,OUT], tap:NAME, packet:NAME, xsk:NAME[:QUEUE], memory:DESCRIPTION"
    ),
  ])
  func `that means nothing says what would`(text: String, message: String) {
    let error = #expect(throws: InterfaceArgumentError.self) { try InterfaceArgument(parsing: text) }
    #expect(error?.description == message)
  }

  @Test(arguments: ["eth0", "tap:t", "packet:p", "xsk:x"])
  func `that cannot be opened yet says so and names what can`(text: String) throws {
    let argument = try InterfaceArgument(parsing: text)
    let refusal = try #require(argument.refusal)
    #expect(refusal.hasSuffix("not supported yet; pcap: and memory: can be used"))
    let error = #expect(throws: DriverError.self) { try argument.open(index: 1) }
    #expect(error?.description == "\(text): open: \(refusal)")
  }

  @Test func `opens a capture and made-up traffic under the number it is given`() throws {
    let traffic = "\(TemporaryFile.repository)/Programs/firewall/traffic.pcap"
    for (text, name) in [("pcap:\(traffic)", traffic), ("memory:count=3", "memory"), ("pcap:,out", "out")] {
      let argument = try InterfaceArgument(parsing: text)
      #expect(argument.refusal == nil)
      #expect(try argument.open(index: 7).interface == NetworkInterface(name: name, index: 7))
    }
    let error = #expect(throws: DriverError.self) {
      try InterfaceArgument(parsing: "pcap:/nonexistent").open(index: 1)
    }
    #expect(error?.description == "/nonexistent: open: cannot read the capture: No such file or directory")
  }
}
