import ArgumentParser
import LinuxKernel

/// `xdp status`: who sits on which interface's hook.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Shows the programs on interfaces' hooks in the kernel.",
    discussion: """
      Without an interface, all of this network namespace are shown. Run time and count are there where the kernel \
      counts them (sysctl kernel.bpf_stats_enabled=1).

      Example: xdp status eth0 --json
      """
  )

  @Argument(help: "The interface; all, if none is named.")
  var interface: String?

  @Flag(help: "Prints JSON.")
  var json = false

  func run() throws {
    let status = try CommandError.asking { () throws(KernelError) in
      guard let interface else { return try HookStatus(of: LinuxInterface.all()) }
      return try HookStatus(of: [LinuxInterface(named: interface)])
    }
    var console = Console()
    if json {
      try console.print(status.document)
    } else {
      for line in status.lines { try console.print(line) }
    }
    try console.flush()
  }
}
