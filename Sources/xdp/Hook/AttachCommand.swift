import ArgumentParser
import BPF
import LinuxKernel

/// `xdp attach`: puts a program on an interface's hook in the kernel.
struct AttachCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach",
    abstract: "Loads a program into the kernel and attaches it to an interface.",
    discussion: """
      The program stays when the command ends. Without --pin it is attached by netlink, so that ip shows, replaces \
      and detaches it too; with --pin it is held by a link whose file is its only owner. Of --mode auto's choices the \
      best that works is taken, and the answer says why not a better one.

      Example: xdp attach firewall.o eth0
      """
  )

  @OptionGroup var program: ProgramOptions

  @Argument(help: "The interface, in this network namespace.")
  var interface: String

  @Option(help: "Where it is to run: auto, native (the driver), generic (the stack), offload (the card).")
  var mode = ModeChoice.auto

  @Flag(help: "Takes the place of the program that is there, at once: no packet sees neither.")
  var replace = false

  @Option(
    help: ArgumentHelp(
      "Holds the program by a link that is pinned to this new file in a BPF file system.",
      valueName: "path"
    )
  )
  var pin: String?

  @Flag(help: "Says that the program takes packets of several buffers, as a section 'xdp.frags' does.")
  var frags = false

  @Option(
    help: ArgumentHelp("Fills a map, from a JSON file in the form of its dump.", valueName: "name=file")
  )
  var map: [Assignment] = []

  @Flag(help: "Prints JSON.")
  var json = false

  func run() async throws {
    if let reason = KernelEngine.unavailability {
      throw CommandError.refused("programs cannot be loaded here: \(reason)")
    }
    let opened = try await OpenedObject.open(program)
    var programs = try opened.programs(program.name, passages: true)
    if frags { programs[0].flags.insert(.frags) }
    let target = try CommandError.asking { () throws(KernelError) in try LinuxInterface(named: interface) }
    let loaded = try CommandError.asking { () throws(KernelError) in try KernelEngine.load(programs)[0] }
    for assignment in map { try MapFill(assignment).apply(to: loaded.maps, types: programs[0].btf) }
    try show(try CommandError.asking { () throws(KernelError) in try attach(loaded, to: target) }, loaded)
  }

  private func attach(
    _ program: LoadedProgram,
    to interface: LinuxInterface
  ) throws(KernelError) -> (attachment: XDPHook.Attachment, link: UInt32?) {
    let hook = XDPHook(interface)
    let present = interface.programs.first { mode.mode == nil || $0.mode == mode.mode }
    if let pin {
      if replace, let present {
        let link = try HookLink(pinnedAt: pin, on: hook, mode: present.mode)
        try link.replace(with: program)
        return (link.attachment, link.id)
      }
      let link = try hook.link(program, mode: mode.mode)
      try link.pin(to: pin)
      return (link.attachment, link.id)
    }
    if replace, let present {
      return (try hook.attach(program, mode: present.mode, replacing: present.id), nil)
    }
    return (try hook.attach(program, mode: mode.mode), nil)
  }

  private func show(
    _ result: (attachment: XDPHook.Attachment, link: UInt32?),
    _ program: LoadedProgram
  ) throws(CommandError) {
    var console = Console()
    let attachment = result.attachment
    if json {
      try console.print([
        "program": .string(program.name), "id": .number(Int(program.id)),
        "mode": .string(attachment.mode.rawValue), "requestedMode": .string(mode.rawValue),
        "reason": attachment.whyNotBetter.map(JSONValue.string) ?? .null,
        "link": result.link.map { .number(Int($0)) } ?? .null, "pin": pin.map(JSONValue.string) ?? .null,
      ])
    } else {
      let how = pin.map { ", pinned at \($0)" } ?? ""
      try console.print(
        "\(interface): '\(program.name)' (id \(program.id)) is attached, \(attachment.mode.rawValue)\(how)"
      )
      if let reason = attachment.whyNotBetter { try console.print("  not \(reason)") }
    }
    try console.flush()
  }
}
