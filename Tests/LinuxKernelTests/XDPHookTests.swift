import BPF
import LinuxKernel
import TestSupport
import Testing

/// Programs on the hooks of a veth pair in a namespace of the test's own.
@Suite(KernelAccess.required, .enabled(if: PrivateNetwork.command != nil, "iproute2 is not installed"))
struct `An interface's hook` {
  private static let lines = [
    "link add west type veth peer name east", "link set west up", "link set east up",
  ]

  private static func program(_ name: String, answer: Int32 = 2) throws -> LoadedProgram {
    try KernelEngine.load(
      Program(name, [.alu(.mov, .doubleWord, .r0, .immediate(answer)), .exit], license: "GPL")
    )
  }

  private static func inNetwork(_ body: @escaping @Sendable () throws -> Void) throws {
    try PrivateNetwork.with(lines, body)
  }

  @Test func `is described by the kernel`() throws {
    try Self.inNetwork {
      let west = try LinuxInterface(named: "west")
      #expect(west.kind == "veth" && west.mtu == 1500 && west.isUp && west.programs.isEmpty)
      #expect(west.receiveQueueCount >= 1 && west.transmitQueueCount >= 1)
      #expect(try LinuxInterface(ifindex: west.ifindex) == west)
      #expect(Set(try LinuxInterface.all().map(\.name)) == ["lo", "west", "east"])
    }
  }

  @Test(arguments: ["nothing", "a name of more than 15 bytes", ""])
  func `of an interface that is not there is refused with its name`(name: String) throws {
    try Self.inNetwork {
      let error = #expect(throws: KernelError.self) { try LinuxInterface(named: name) }
      #expect(error?.subject == name && error?.code == .noDevice && error?.advice.isEmpty == false)
    }
  }

  @Test(arguments: [HookMode.native, .generic])
  func `takes a program by netlink in either mode, and gives it back`(mode: HookMode) throws {
    try Self.inNetwork {
      let program = try Self.program("first")
      let hook = XDPHook(try LinuxInterface(named: "west"))
      #expect(try hook.attach(program, mode: mode) == XDPHook.Attachment(mode: mode))
      #expect(try LinuxInterface(named: "west").programs == [.init(id: program.id, mode: mode)])
      #expect(try LinuxInterface(named: "east").programs.isEmpty)
      try hook.detach(mode, expecting: program.id)
      #expect(try LinuxInterface(named: "west").programs.isEmpty)
    }
  }

  @Test func `takes the best mode where nobody chose, and says why not a better one`() throws {
    try Self.inNetwork {
      let program = try Self.program("first")
      let west = try XDPHook(LinuxInterface(named: "west")).attach(program)
      #expect(west.mode == .native && west.whyNotBetter == nil)
      let loopback = XDPHook(try LinuxInterface(named: "lo"))
      let lo = try loopback.attach(program)
      #expect(lo.mode == .generic && lo.whyNotBetter?.contains("native: not supported (EOPNOTSUPP)") == true)
      #expect(throws: KernelError.self) { try loopback.attach(program, mode: .offload) }
    }
  }

  @Test func `does not replace what it was not told to, and says who is there`() throws {
    try Self.inNetwork {
      let first = try Self.program("first"), second = try Self.program("second")
      let third = try Self.program("third")
      let hook = XDPHook(try LinuxInterface(named: "west"))
      try hook.attach(first, mode: .native)
      for mode in [HookMode.native, .generic] {
        let error = #expect(throws: KernelError.self) { try hook.attach(second, mode: mode) }
        #expect(error?.advice.contains("'first' (id \(first.id), native) is there already") == true)
      }
      #expect(throws: KernelError.self) {
        try hook.attach(second, mode: .native, replacing: third.id)
      }
      #expect(try LinuxInterface(named: "west").programs.map(\.id) == [first.id])
      try hook.attach(second, mode: .native, replacing: first.id)
      #expect(try LinuxInterface(named: "west").programs.map(\.id) == [second.id])
      #expect(throws: KernelError.self) { try hook.detach(.native, expecting: first.id) }
      #expect(try LinuxInterface(named: "west").programs.map(\.id) == [second.id])
    }
  }

  @Test func `keeps a link's program as long as the link, and lets only the link change it`() throws {
    try Self.inNetwork {
      let first = try Self.program("first"), second = try Self.program("second")
      let hook = XDPHook(try LinuxInterface(named: "west"))
      do {
        let link = try hook.link(first)
        #expect(link.attachment.mode == .native)
        #expect(try LinkInfo.all().contains { $0.id == link.id && $0.programID == first.id })
        let error = #expect(throws: KernelError.self) { try hook.attach(second, mode: .native) }
        #expect(error?.advice.contains("held by link \(link.id)") == true)
        #expect(throws: KernelError.self) { try link.replace(with: second, expecting: second) }
        try link.replace(with: second, expecting: first)
        #expect(try LinuxInterface(named: "west").programs.map(\.id) == [second.id])
      }
      #expect(try LinuxInterface(named: "west").programs.isEmpty)
    }
  }

  @Test func `is told of by the kernel with the program's name, tag, time and maps`() throws {
    let map = try KernelMap.make(
      MapDefinition(name: "counts", type: .array, keySize: 4, valueSize: 8, maxEntries: 1)
    )
    var program = Program(
      "a_name_of_more_than_fifteen",
      [.loadImmediate(.r1, .map(index: 0)), .alu(.mov, .doubleWord, .r0, .immediate(2)), .exit],
      license: "GPL"
    )
    program.maps = [map.definition]
    let loaded = try KernelEngine.load(program, maps: [map])
    let info = try #require(try ProgramInfo(id: loaded.id))
    #expect(info.id == loaded.id && info.type == 6 && info.name == "a_name_of_more_")
    #expect(info.tag.count == 16 && info.loadedAt > 0 && info.mapIDs == [map.id])
    #expect(try ProgramInfo.allXDP().contains(info))
    #expect(try ProgramInfo(id: .max) == nil)
  }
}
