import BPF

/// A link that holds a program on an interface's hook: the program goes with the last reference to the link.
///
/// The kernel takes it off even where the process is killed. A pin keeps it beyond the process.
public final class HookLink: Sendable {
  /// The kernel's number for it.
  public let id: UInt32
  /// The interface.
  public let hook: XDPHook
  /// Where the program runs.
  public let attachment: XDPHook.Attachment
  private let descriptor: Descriptor

  init(
    _ descriptor: consuming Descriptor,
    holding program: LoadedProgram,
    on hook: XDPHook,
    _ attachment: XDPHook.Attachment
  ) throws(KernelError) {
    guard let info = try LinkInfo(descriptor) else {
      throw KernelError(command: BPFCommand.linkCreate.name, subject: hook.name, code: .invalid)
    }
    id = info.id
    self.hook = hook
    self.attachment = attachment
    self.descriptor = descriptor
  }

  /// Puts another program in the place of the one that is there, so that no packet sees neither.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - expected: The one that must be there; nil for whichever.
  /// - Throws: The kernel's refusal.
  public func replace(
    with program: LoadedProgram,
    expecting expected: LoadedProgram? = nil
  ) throws(KernelError) {
    var call = BPFCall()
    call.set(UInt32(bitPattern: program.descriptor.rawValue), at: 4)
    if let expected {
      call.set(4, at: 8)
      call.set(UInt32(bitPattern: expected.descriptor.rawValue), at: 12)
    }
    do throws(BPFCallFailure) {
      try call.perform(.linkUpdate, descriptor)
    } catch {
      throw KernelError(error, subject: hook.name)
    }
  }

  /// Takes the program off; the link stays and holds nothing.
  public func detach() throws(KernelError) {
    var call = BPFCall()
    do throws(BPFCallFailure) {
      try call.perform(.linkDetach, descriptor)
    } catch {
      throw KernelError(error, subject: hook.name)
    }
  }

  /// Keeps the link beyond this process: `path` is a new file in a BPF file system.
  public func pin(to path: String) throws(KernelError) { try BPFFileSystem.pin(descriptor, to: path) }

  /// Takes over the link that a pin holds, to replace its program or to take it off.
  ///
  /// - Parameters:
  ///   - path: The pin.
  ///   - hook: The interface that it must be of.
  ///   - mode: Where its program runs.
  /// - Throws: That the pin is no link of this interface, or the kernel's refusal.
  public init(pinnedAt path: String, on hook: XDPHook, mode: HookMode) throws(KernelError) {
    let descriptor = try BPFFileSystem.open(path)
    guard let info = try? LinkInfo(descriptor), info.ifindex == hook.ifindex else {
      throw KernelError(
        command: BPFCommand.openPin.name,
        subject: path,
        code: .invalid,
        advice: "what is pinned there is no link that holds a program on \(hook.name)"
      )
    }
    id = info.id
    self.hook = hook
    attachment = XDPHook.Attachment(mode: mode)
    self.descriptor = descriptor
  }
}
