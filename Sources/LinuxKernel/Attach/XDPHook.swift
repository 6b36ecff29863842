import BPF

/// The place on an interface where a program sees each packet first.
///
/// A program that is attached by netlink stays when the process ends, and `ip` shows, replaces and detaches it. One that a
/// `HookLink` holds goes with the link.
public struct XDPHook: Hashable, Sendable {
  /// Which mode a program got, and why not a better one.
  public struct Attachment: Hashable, Sendable {
    /// Where the program runs.
    public var mode: HookMode
    /// Why it does not run in a better place, where one was tried; nil where none was.
    public var whyNotBetter: String?

    /// Makes a description.
    public init(mode: HookMode, whyNotBetter: String? = nil) {
      self.mode = mode
      self.whyNotBetter = whyNotBetter
    }
  }

  /// The interface's name, for errors.
  public let name: String
  /// The interface's number.
  public let ifindex: UInt32

  /// The hook of an interface.
  public init(_ interface: LinuxInterface) {
    name = interface.name
    ifindex = interface.ifindex
  }

  /// Attaches a program by netlink.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - mode: Where it is to run; nil for the best place that works.
  ///   - expected: The number of the program that it replaces, which must be there; nil where there must be none.
  /// - Returns: Where it runs.
  /// - Throws: The kernel's refusal, which says who is there already.
  @discardableResult
  public func attach(
    _ program: LoadedProgram,
    mode: HookMode? = nil,
    replacing expected: UInt32? = nil
  ) throws(KernelError) -> Attachment {
    try inBestMode(mode) { mode throws(KernelError) in
      try set(program.descriptor, mode: mode, replacing: expected)
    }
  }

  /// Takes the program of a mode off by netlink.
  ///
  /// - Parameters:
  ///   - mode: Where it runs.
  ///   - expected: Its number, which must be there.
  /// - Throws: The kernel's refusal.
  public func detach(_ mode: HookMode, expecting expected: UInt32) throws(KernelError) {
    guard let old = try ObjectKind.program.open(expected) else { throw gone(expected) }
    try request(-1, flags: mode.flag | Self.replace, expected: old.rawValue)
  }

  /// Attaches a program by a link, which takes it off when it goes.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - mode: Where it is to run; nil for the best place that works.
  /// - Returns: The link, and where the program runs.
  /// - Throws: The kernel's refusal, which says who is there already.
  public func link(
    _ program: LoadedProgram,
    mode: HookMode? = nil
  ) throws(KernelError) -> HookLink {
    var descriptor: Int32 = -1
    let attachment = try inBestMode(mode) { mode throws(KernelError) in
      var call = BPFCall()
      call.set(ifindex, at: 4)
      call.set(Self.attachType, at: 8)
      call.set(mode.flag, at: 12)
      do throws(BPFCallFailure) {
        descriptor = try call.perform(.linkCreate, program.descriptor)
      } catch {
        throw explained(KernelError(error, subject: name))
      }
    }
    return try HookLink(Descriptor(owning: descriptor), holding: program, on: self, attachment)
  }

  /// `BPF_XDP`.
  private static let attachType: UInt32 = 37
  /// `XDP_FLAGS_UPDATE_IF_NOEXIST` and `XDP_FLAGS_REPLACE`.
  private static let onlyIfNone: UInt32 = 1, replace: UInt32 = 1 << 4

  /// Tries the driver and then the stack, where nobody chose.
  private func inBestMode(
    _ mode: HookMode?,
    _ attach: (HookMode) throws(KernelError) -> Void
  ) throws(KernelError) -> Attachment {
    if let mode {
      try attach(mode)
      return Attachment(mode: mode)
    }
    do throws(KernelError) {
      try attach(.native)
      return Attachment(mode: .native)
    } catch {
      // What is refused for another reason than the driver's would be refused by the stack too.
      let native = error
      guard [.notSupported, .notSupportedInternal, .invalid, .noMemory].contains(native.code) else {
        throw native
      }
      do throws(KernelError) {
        try attach(.generic)
      } catch {
        throw native.code == .invalid ? native : error
      }
      return Attachment(mode: .generic, whyNotBetter: "native: \(native.short)")
    }
  }

  private func set(
    _ program: borrowing Descriptor,
    mode: HookMode,
    replacing expected: UInt32?
  ) throws(KernelError) {
    guard let expected else {
      return try request(program.rawValue, flags: mode.flag | Self.onlyIfNone, expected: nil)
    }
    guard let old = try ObjectKind.program.open(expected) else { throw gone(expected) }
    try request(program.rawValue, flags: mode.flag | Self.replace, expected: old.rawValue)
  }

  private func gone(_ id: UInt32) -> KernelError {
    KernelError(
      command: "RTM_SETLINK",
      subject: name,
      code: .noEntry,
      advice: "program \(id), which was to be there, is gone; xdp status \(name) shows who is there"
    )
  }

  private func request(_ program: Int32, flags: UInt32, expected: Int32?) throws(KernelError) {
    var message = NetlinkMessage(
      type: 19,
      flags: .acknowledge,
      fixed: InterfaceHeader(ifindex: ifindex).bytes
    )
    message.add(43) { hook in
      hook.add(1, UInt32(bitPattern: program))
      hook.add(3, flags)
      if let expected { hook.add(8, UInt32(bitPattern: expected)) }
    }
    var socket = try NetlinkSocket(.route)
    do throws(KernelError) {
      _ = try socket.ask(message, "RTM_SETLINK", about: name)
    } catch {
      throw explained(error)
    }
  }

  /// A refusal with who is on the hook already.
  private func explained(_ error: KernelError) -> KernelError {
    guard [.busy, .exists].contains(error.code), let holder = try? holders() else { return error }
    var error = error
    error.advice =
      (error.advice.isEmpty ? [] : [error.advice] + []).joined() + (error.advice.isEmpty ? "" : "; ")
      + holder
    return error
  }

  /// Who is on the hook, for a person.
  private func holders() throws(KernelError) -> String {
    let interface = try LinuxInterface(ifindex: ifindex)
    let links = try LinkInfo.all()
    let parts = interface.programs.map { program in
      let name = (try? ProgramInfo(id: program.id))?.name ?? "a program"
      let link = links.first { $0.ifindex == ifindex && $0.programID == program.id }
      let how = link.map { ", held by link \($0.id), which only its owner or its pin can change" } ?? ""
      return "'\(name)' (id \(program.id), \(program.mode.rawValue)) is there already\(how)"
    }
    return parts.joined(separator: "; ")
  }
}

extension KernelError {
  /// The number's text and the kernel's words, without what was asked.
  fileprivate var short: String { "\(code)" + (advice.isEmpty ? "" : "; \(advice)") }
}
