import ArgumentParser
import LinuxKernel

/// `xdp detach`: takes programs off an interface's hook.
struct DetachCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detach",
    abstract: "Takes a program off an interface in the kernel.",
    discussion: """
      What a link holds goes with the link: remove its pin, or end the process that owns it.

      Example: xdp detach eth0
      """
  )

  @Argument(help: "The interface, in this network namespace.")
  var interface: String

  @Option(help: ArgumentHelp("The program, where there are several; see xdp status.", valueName: "number"))
  var id: UInt32?

  @Flag(help: "Takes all programs off.")
  var all = false

  func validate() throws {
    if id != nil, all { throw ValidationError("--id and --all exclude each other") }
  }

  func run() throws {
    let target = try CommandError.asking { () throws(KernelError) in try LinuxInterface(named: interface) }
    let programs = target.programs.filter { id == nil || $0.id == id }
    guard !programs.isEmpty else {
      let what = id.map { "no program \($0)" } ?? "no program"
      throw CommandError.no("\(interface) has \(what) on its hook")
    }
    guard programs.count == 1 || all else {
      let ids = programs.map { "\($0.id) (\($0.mode.rawValue))" }.joined(separator: ", ")
      throw CommandError.badInput("\(interface) has several programs: choose with --id, of \(ids), or --all")
    }
    let hook = XDPHook(target)
    var console = Console()
    for program in programs {
      try CommandError.asking { () throws(KernelError) in try hook.detach(program.mode, expecting: program.id)
      }
      try console.print("\(interface): program \(program.id) is detached, \(program.mode.rawValue)")
    }
    try console.flush()
  }
}
