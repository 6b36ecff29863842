import BPF

/// A network interface as the kernel describes it, at the moment it was asked (`RTM_GETLINK`).
public struct LinuxInterface: Hashable, Sendable {
  /// A program on the interface's hook.
  public struct Program: Hashable, Sendable {
    /// The program's number.
    public var id: UInt32
    /// Where it runs.
    public var mode: HookMode

    /// Names a program.
    public init(id: UInt32, mode: HookMode) {
      self.id = id
      self.mode = mode
    }
  }

  /// Its name.
  public var name: String
  /// Its number in this network namespace.
  public var ifindex: UInt32
  /// The largest packet without the Ethernet header, in bytes.
  public var mtu: UInt32
  /// What kind of device it is, such as `veth`; empty for hardware.
  public var kind: String
  /// Whether it is up.
  public var isUp: Bool
  /// How many receive queues it has.
  public var receiveQueueCount: UInt32
  /// How many transmit queues it has.
  public var transmitQueueCount: UInt32
  /// The programs that see its packets first: one a mode at most, and native and generic never both.
  public var programs: [Program]

  /// Asks about an interface by its name.
  public init(named name: String) throws(KernelError) { try self.init(name: name, ifindex: 0) }

  /// Asks about an interface by its number.
  public init(ifindex: UInt32) throws(KernelError) { try self.init(name: nil, ifindex: ifindex) }

  private init(name: String?, ifindex: UInt32) throws(KernelError) {
    let subject = name ?? "ifindex \(ifindex)"
    var message = NetlinkMessage(
      type: 18,
      flags: .acknowledge,
      fixed: InterfaceHeader(ifindex: ifindex).bytes
    )
    if let name {
      guard (1...15).contains(name.utf8.count) else {
        throw KernelError(
          command: "RTM_GETLINK",
          subject: name,
          code: .noDevice,
          advice: "an interface's name has 1 to 15 bytes"
        )
      }
      message.add(3, text: name)
    }
    var socket = try NetlinkSocket(.route)
    let answers: [[UInt8]]
    do throws(KernelError) {
      answers = try socket.ask(message, "RTM_GETLINK", about: subject)
    } catch {
      guard error.code == .noDevice else { throw error }
      throw KernelError(
        command: error.command,
        subject: subject,
        code: error.code,
        advice: "there is no such interface in this network namespace; ip link shows those there are"
      )
    }
    guard let answer = answers.first, let found = Self(answer) else {
      throw KernelError(command: "RTM_GETLINK", subject: subject, code: .ioError)
    }
    self = found
  }

  /// All interfaces of this network namespace, by number.
  public static func all() throws(KernelError) -> [LinuxInterface] {
    let message = NetlinkMessage(type: 18, flags: .dump, fixed: InterfaceHeader(ifindex: 0).bytes)
    var socket = try NetlinkSocket(.route)
    return try socket.ask(message, "RTM_GETLINK", about: "all interfaces").compactMap { Self($0) }
      .sorted { $0.ifindex < $1.ifindex }
  }

  /// Reads an answer: `struct ifinfomsg`, then attributes.
  private init?(_ answer: [UInt8]) {
    guard answer.count >= InterfaceHeader.byteCount else { return nil }
    let attributes = NetlinkAttributes(answer[InterfaceHeader.byteCount...])
    name = attributes.text(3) ?? ""
    ifindex = answer.word(at: 4)
    isUp = answer.word(at: 8) & 1 != 0
    mtu = attributes.word(4) ?? 0
    kind = attributes.within(18).text(1) ?? ""
    transmitQueueCount = attributes.word(31) ?? 1
    receiveQueueCount = attributes.word(32) ?? 1
    let hook = attributes.within(43)
    programs = HookMode.allCases.compactMap { mode in
      hook.word(mode.programAttribute).flatMap { $0 == 0 ? nil : Program(id: $0, mode: mode) }
    }
    // Kernels before 4.17 tell of one program only, and its mode beside it.
    let modes: [UInt8: HookMode] = [1: .native, 2: .generic, 3: .offload]
    if programs.isEmpty, let id = hook.word(4), id != 0, let mode = hook.byte(2).flatMap({ modes[$0] }) {
      programs = [Program(id: id, mode: mode)]
    }
  }
}
